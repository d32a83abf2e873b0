/* The values of options: each function reads one kind of text. */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include "config.h"

/* Puts the text's value at `field`, which is the config's and of the type that the function says. NULL: fine; otherwise
 * what would be right: "a whole number from 0 to 65535". */
typedef const char *value_parser(struct config *config, void *field, const char *text);

value_parser value_text;           /* const char *: not empty */
value_parser value_url;            /* const char *: without the slash at its end */
value_parser value_list;           /* const char *const *, NULL-terminated: each call adds one */
value_parser value_names;          /* the same, of names that a certificate may have */
value_parser value_port;           /* int */
value_parser value_tls_port;       /* int; "off" is -1 */
value_parser value_count;          /* size_t, from 1 */
value_parser value_seed;           /* uint64_t; sets config->seeded */
value_parser value_duration;       /* int64_t nanoseconds */
value_parser value_size;           /* size_t bytes */
value_parser value_speed;          /* double */
value_parser value_time;           /* int64_t nanoseconds since 1970; "now" is 0 */
value_parser value_auth;           /* bool */
value_parser value_clock;          /* bool: manual */
value_parser value_unknown_models; /* bool: accept */
value_parser value_switch;         /* bool */
value_parser value_secret;         /* const char *: whsec_… */
value_parser value_message_id;     /* const char * */
value_parser value_timestamp;      /* const char *: seconds since 1970 */
value_parser value_output_urls;    /* enum output_urls */
value_parser value_rate_limit;     /* struct limit_tier */
value_parser value_log_format;     /* bool: json */
value_parser value_log_level;      /* enum log_level */

#endif
