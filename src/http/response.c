#include "http/response.h"

#include <assert.h>

void response_header(struct response *response, const char *name, const char *value)
{
    assert(response->header_count < RESPONSE_MAX_HEADERS);
    response->headers[response->header_count].name = name;
    response->headers[response->header_count++].value = value;
}

void response_lend(struct response *response, const char *bytes, size_t len, void (*give_back)(void *lender),
                   void *lender)
{
    response_give_back(response);
    response->lent = bytes ? bytes : "";
    response->lent_len = len;
    response->give_back = give_back;
    response->lender = lender;
}

void response_give_back(struct response *response)
{
    if (response->lent)
        response->give_back(response->lender);
    response->lent = NULL;
}

void response_clear(struct response *response)
{
    struct buf body = {.data = response->body.data, .cap = response->body.cap};

    response_give_back(response);
    *response = (struct response){.body = body};
}
