#include "tls/names.h"
#include "base/chars.h"

#include <arpa/inet.h>
#include <string.h>

enum { LABEL_MOST = 63 }; // RFC 1035, 2.3.4

size_t name_address(unsigned char bytes[NAME_ADDRESS], const char *name)
{
    if (inet_pton(AF_INET, name, bytes) == 1)
        return 4;
    return inet_pton(AF_INET6, name, bytes) == 1 ? 16 : 0;
}

bool name_of_address(char text[NAME_TEXT], const unsigned char *bytes, size_t len)
{
    return (len == 4 || len == 16) && inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, text, NAME_TEXT);
}

/* Underscores are no part of host names (RFC 1123, 2.1), but of names that Docker Compose gives to its services. */
static bool is_label(const char *label, size_t len)
{
    if (len == 0 || len > LABEL_MOST || label[0] == '-' || label[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!char_is_alnum(label[i]) && label[i] != '-' && label[i] != '_')
            return false;
    return true;
}

/* A last label of digits alone is an address that was mistyped: "127.0.1", "10.0.0.256". */
static bool is_host_name(const char *name)
{
    if (strncmp(name, "*.", 2) == 0) // RFC 6125, 6.4.3: the whole of the first label
        name += 2;
    for (;;) {
        size_t len = strcspn(name, ".");
        if (!is_label(name, len))
            return false;
        if (name[len] == '\0')
            return strspn(name, "0123456789") < len;
        name += len + 1;
    }
}

bool name_write(char text[NAME_TEXT], const char *name)
{
    unsigned char bytes[NAME_ADDRESS];
    size_t len = strlen(name), address = name_address(bytes, name);

    if (address > 0)
        return name_of_address(text, bytes, address);
    if (len >= NAME_TEXT || !is_host_name(name))
        return false;
    for (size_t i = 0; i <= len; i++)
        text[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    return true;
}

bool names_have(const struct names *names, const char *text)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->text[i], text) == 0)
            return true;
    return false;
}

bool names_add(struct names *names, const char *text)
{
    if (names_have(names, text))
        return true;
    if (names->count == NAMES_MOST)
        return false;
    strcpy(names->text[names->count++], text);
    return true;
}
