/* What a certificate speaks for: host names, names with a star, IP addresses. */
#ifndef TLS_NAMES_H
#define TLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum {
    NAME_TEXT = 254,   /* room for the longest name and the NUL */
    NAME_ADDRESS = 16, /* bytes of the longest address */
    NAMES_MOST = 100,  /* in one certificate: PEM of so many is still a small file */
};

struct names {
    size_t count;
    char text[NAMES_MOST][NAME_TEXT]; /* each as name_write writes it, none twice */
};

/* Writes a name as certificates have it: host names in lower case (GnuTLS compares them by their bytes), addresses in
 * their shortest form. False: it is neither of the two. */
bool name_write(char text[NAME_TEXT], const char *name);

/* The bytes of an address, in the order of the network: 4 or 16. 0: it is a host name. */
size_t name_address(unsigned char bytes[NAME_ADDRESS], const char *name);

/* And back. False: no address has so many bytes. */
bool name_of_address(char text[NAME_TEXT], const unsigned char *bytes, size_t len);

bool names_have(const struct names *names, const char *text);

/* Adds what name_write wrote, unless it is there. False: there is no room. */
bool names_add(struct names *names, const char *text);

#endif
