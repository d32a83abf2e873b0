#include "http/auth.h"

#include <strings.h>

const char *auth_token(const struct request *request)
{
    static const char *const schemes[] = {"Bearer ", "Token "};
    const char *header = request->headers[HEADER_AUTHORIZATION];

    for (size_t i = 0; header && i < 2; i++) {
        size_t len = strlen(schemes[i]);
        if (strncasecmp(header, schemes[i], len) != 0)
            continue;
        const char *token = header + len;
        while (*token == ' ')
            token++;
        return *token ? token : NULL;
    }
    return NULL;
}
