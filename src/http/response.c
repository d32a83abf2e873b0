#include "http/response.h"

#include <assert.h>
#include <strings.h>

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

struct slice response_bytes(const struct response *response)
{
    if (response->lent)
        return (struct slice){response->lent, response->lent_len};
    return (struct slice){response->body.data, response->body.len};
}

void response_give_back(struct response *response)
{
    if (response->lent)
        response->give_back(response->lender);
    response->lent = NULL;
}

void response_standing_header(struct response *response, const char *name, const char *value)
{
    assert(response->kept == response->header_count);
    response_header(response, name, value);
    response->kept = response->header_count;
}

void response_replace_header(struct response *response, const char *name, const char *value)
{
    if (strcasecmp(name, "Content-Type") == 0) {
        response->content_type = value;
        return;
    }
    for (size_t i = 0; i < response->header_count; i++) {
        if (strcasecmp(response->headers[i].name, name) != 0)
            continue;
        response->headers[i].value = value;
        return;
    }
    response_header(response, name, value);
}

void response_clear(struct response *response)
{
    response_give_back(response);
    response->ready_made = NULL;
    response->status = 0;
    response->content_type = NULL;
    response->body.len = 0;
    response->close = false;
    response->header_count = response->kept;
}
