#include "api/cors.h"

void cors_allow_any_origin(struct exchange *exchange)
{
    if (exchange->request.headers[HEADER_ORIGIN])
        response_header(&exchange->response, "Access-Control-Allow-Origin", "*");
}

void cors_answer_preflight(struct exchange *exchange, const char *allow)
{
    struct response *response = &exchange->response;
    const char *asked = exchange->request.headers[HEADER_ACCESS_CONTROL_REQUEST_HEADERS];

    response->status = 204;
    response_header(response, "Allow", allow);
    response_header(response, "Access-Control-Allow-Origin", "*");
    response_header(response, "Access-Control-Allow-Methods", allow);
    response_header(response, "Access-Control-Allow-Headers", asked ? asked : "authorization, content-type, prefer");
    response_header(response, "Access-Control-Max-Age", "86400");
}
