#include "http/response.h"

#include <assert.h>

void response_header(struct response *response, const char *name, const char *value)
{
    assert(response->header_count < RESPONSE_MAX_HEADERS);
    response->headers[response->header_count].name = name;
    response->headers[response->header_count++].value = value;
}

void response_clear(struct response *response)
{
    struct buf body = {.data = response->body.data, .cap = response->body.cap};

    *response = (struct response){.body = body};
}
