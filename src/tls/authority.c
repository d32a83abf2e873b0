#include "tls/authority.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tls/ca_bundle.h"
#include "tls/certificate.h"
#include "tls/folder.h"
#include "tls/names.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)AUTHORITY_REASON >= (int)FOLDER_REASON, "reasons are handed on");

#define CA         "ca.pem"
#define CA_KEY     "ca-key.pem"
#define BUNDLE     "ca-bundle.pem"
#define SERVER     "server.pem"
#define SERVER_KEY "server-key.pem"

#define AFRESH                                                                                                         \
    "delete " CA " and " CA_KEY " and start again: that makes a new authority, which clients must be told to trust "   \
    "anew"

enum { MOST = 64 * 1024 }; // bytes of a file of ours; with 100 long names it has half as many
enum { LOCK_WAIT = 5000 }; // ms; who makes everything needs some 10
enum { RENEW_BEFORE = 90 * 86400 };
enum { COMMON_NAME = 65 };
enum { OURS = 0600, EVERYBODYS = 0644 };

struct opening {
    struct folder folder;
    struct names names;
    char host[NAME_TEXT]; // the one of them that nobody asked for by itself; "": there is none
    int64_t now;
    struct certificate *ca;
    char *reason;
};

bool authority_name_is_valid(const char *name)
{
    char text[NAME_TEXT];

    return name_write(text, name);
}

char *authority_ca_path(const char *folder)
{
    return folder_join(folder, CA);
}

char *authority_bundle_path(const char *folder)
{
    return folder_join(folder, BUNDLE);
}

void identity_free(struct identity *identity)
{
    free(identity->certificate);
    free(identity->key);
    *identity = (struct identity){0};
}

/* --- names ----------------------------------------------------------------------------------------------------------- */

static bool add_name(struct opening *opening, const char *name)
{
    char text[NAME_TEXT];

    if (!name_write(text, name))
        return folder_tell(&opening->folder, NULL, opening->reason,
                           "no certificate can have the name \"%.80s\": host names, *.names and IP addresses can",
                           name);
    if (!names_add(&opening->names, text))
        return folder_tell(&opening->folder, NULL, opening->reason,
                           "more than %d names were asked for, counting those that are always there", (int)NAMES_MOST);
    return true;
}

static const char *const always[] = {"localhost",
                                     "127.0.0.1",
                                     "::1",
                                     "api.replicate.com",
                                     "stream.replicate.com",
                                     "replicate.delivery",
                                     "*.replicate.delivery",
                                     NULL};

static bool add_names(struct opening *opening, const char *const *names)
{
    for (const char *const *name = always; *name; name++)
        add_name(opening, *name);
    for (; *names; names++)
        if (!add_name(opening, *names))
            return false;
    return true;
}

/* Clients are sent to the address where the server listens, so the certificate is to be for it. But who says where to
 * listen has not asked for that: where it cannot be, as with "127.1", it is not. */
static void add_host(struct opening *opening, const char *host)
{
    if (!host || !name_write(opening->host, host) || names_have(&opening->names, opening->host) ||
        !names_add(&opening->names, opening->host))
        opening->host[0] = '\0';
}

/* RFC 6125, 6.4.3: a star stands for one label. */
static bool speaks_for(const char *certified, const char *name)
{
    const char *behind = strchr(name, '.');

    if (strncmp(certified, "*.", 2) == 0)
        return behind && strcmp(behind, certified + 1) == 0;
    return strcmp(certified, name) == 0;
}

bool authority_speaks_for(const char *const *names, const char *host)
{
    char wanted[NAME_TEXT], text[NAME_TEXT];

    if (!name_write(wanted, host))
        return false;
    for (const char *const *name = always; *name; name++) // each is as name_write writes it: this is asked often
        if (speaks_for(*name, wanted))
            return true;
    for (; *names; names++)
        if (name_write(text, *names) && speaks_for(text, wanted))
            return true;
    return false;
}

/* --- the authority --------------------------------------------------------------------------------------------------- */

static bool refuse(const struct opening *opening, const char *name, const char *why)
{
    return folder_tell(&opening->folder, name, opening->reason, "%s", why);
}

static void warn_if_open(const struct opening *opening, const char *name, const struct folder_file *file)
{
    char text[FOLDER_REASON];

    if (!(file->mode & 077)) // else mounted volumes show any mode: no reason to refuse it
        return;
    folder_tell(&opening->folder, name, text, "others can read this key: its mode is %04o, and should be 0600",
                (unsigned int)file->mode);
    log_warn("%s", text);
}

/* Frees the text. */
static enum folder_kept keep(const struct opening *opening, const char *name, char *text, mode_t mode)
{
    enum folder_kept kept = folder_write(&opening->folder, name, text, strlen(text), mode, opening->reason);

    free(text);
    return kept;
}

/* What a person finds in the list of a browser: at most 64 characters (RFC 5280, A.1), of ASCII. */
static void write_common_name(char text[COMMON_NAME])
{
    const struct passwd *user = getpwuid(geteuid());
    char host[256] = "", uid[24];

    snprintf(uid, sizeof(uid), "%ld", (long)geteuid());
    if (gethostname(host, sizeof(host) - 1) != 0)
        strcpy(host, "localhost");
    snprintf(text, COMMON_NAME, "replicate-mock local authority %.14s@%.17s", user ? user->pw_name : uid, host);
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

static bool make_ca(struct opening *opening)
{
    char name[COMMON_NAME], text[FOLDER_REASON];

    write_common_name(name);
    opening->ca = certificate_new_authority(name, &opening->names, opening->now);
    if (keep(opening, CA_KEY, certificate_key_pem(opening->ca), OURS) != FOLDER_WRITTEN)
        return false;
    if (keep(opening, CA, certificate_pem(opening->ca), EVERYBODYS) != FOLDER_WRITTEN) {
        folder_remove(&opening->folder, CA_KEY); // one without the other would be refused from now on
        return false;
    }
    folder_tell(&opening->folder, CA, text, "made a certificate authority, \"%s\", which clients have to trust", name);
    log_info("%s", text);
    return true;
}

static void write_date(char text[TIME_TEXT], int64_t seconds)
{
    int64_t most = TIME_MAX_NS / NS_PER_S;

    time_format(text, (seconds < 0 ? 0 : seconds > most ? most : seconds) * NS_PER_S, TIME_MILLIS);
}

static bool is_current(const struct opening *opening)
{
    char begins[TIME_TEXT], ends[TIME_TEXT], now[TIME_TEXT];
    bool too_early = opening->now < certificate_begins(opening->ca);

    if (!too_early && opening->now < certificate_ends(opening->ca))
        return true;
    write_date(begins, certificate_begins(opening->ca));
    write_date(ends, certificate_ends(opening->ca));
    write_date(now, opening->now);
    return folder_tell(&opening->folder, CA, opening->reason, "%s: good from %s to %s, and it is %s: %s",
                       too_early ? "is not valid yet" : "has expired", begins, ends, now,
                       too_early ? "set the clock, or " AFRESH : AFRESH);
}

/* The authority is older than the server's place. */
static void drop_host(struct opening *opening)
{
    char text[FOLDER_REASON];

    if (!*opening->host || certificate_permits(opening->ca, opening->host))
        return;
    folder_tell(
        &opening->folder, CA, text,
        "may not vouch for \"%.80s\", where the server listens, and clients will refuse that: do without, or %s",
        opening->host, AFRESH);
    log_warn("%s", text);
    opening->names.count--; // it was added last
    opening->host[0] = '\0';
}

static bool permits_names(const struct opening *opening)
{
    for (size_t i = 0; i < opening->names.count; i++)
        if (!certificate_permits(opening->ca, opening->names.text[i]))
            return folder_tell(&opening->folder, CA, opening->reason,
                               "may not vouch for \"%.80s\", because it was made without that name: do without it, or "
                               "%s",
                               opening->names.text[i], AFRESH);
    return true;
}

static bool judge_ca(struct opening *opening)
{
    if (!certificate_is_ours(opening->ca))
        return refuse(opening, CA,
                      "is not an authority that replicate-mock made: name an empty folder, or one of its own");
    if (!certificate_is_authority(opening->ca))
        return refuse(opening, CA, "is no authority's certificate (it has no CA:TRUE): " AFRESH);
    if (!certificate_is_signed_by(opening->ca, opening->ca))
        return refuse(opening, CA, "is damaged: its signature is not of its text: put the right one back, or " AFRESH);
    if (!is_current(opening))
        return false;
    drop_host(opening);
    return permits_names(opening);
}

static bool read_ca(struct opening *opening, const struct folder_file *pem, const struct folder_file *key)
{
    char why[CERTIFICATE_WHY];

    opening->ca = certificate_read(pem->text, pem->len, why);
    if (!opening->ca)
        return folder_tell(&opening->folder, CA, opening->reason, "%s: put the right one back, or %s", why, AFRESH);
    if (!judge_ca(opening))
        return false;
    if (!certificate_read_key(opening->ca, key->text, key->len, why))
        return folder_tell(&opening->folder, CA_KEY, opening->reason, "%s: put the right one back, or %s", why, AFRESH);
    warn_if_open(opening, CA_KEY, key);
    return true;
}

/* It is never made anew while anything of it is there: clients trust it. */
static bool open_ca(struct opening *opening)
{
    struct folder_file pem = {0}, key = {0};
    enum folder_found has_pem = folder_read(&opening->folder, CA, MOST, &pem, opening->reason),
                      has_key = FOLDER_REFUSED;
    bool opened = false;

    if (has_pem <= FOLDER_LACKS)
        has_key = folder_read(&opening->folder, CA_KEY, MOST, &key, opening->reason);
    if (has_pem == FOLDER_LACKS && has_key == FOLDER_LACKS)
        opened = make_ca(opening);
    else if (has_pem == FOLDER_HAS && has_key == FOLDER_HAS)
        opened = read_ca(opening, &pem, &key);
    else if (has_pem == FOLDER_HAS && has_key == FOLDER_LACKS)
        refuse(opening, CA_KEY, "is missing, and " CA " is there: put its key back, or " AFRESH);
    else if (has_pem == FOLDER_LACKS && has_key == FOLDER_HAS)
        refuse(opening, CA, "is missing, and " CA_KEY " is there: put the certificate back, or " AFRESH);
    free(pem.text);
    free(key.text);
    return opened;
}

/* --- the server's certificate ---------------------------------------------------------------------------------------- */

/* One that ends with its authority cannot be renewed. */
static bool is_due(const struct opening *opening, const struct certificate *server)
{
    int64_t ends = certificate_ends(server);

    return opening->now < certificate_begins(server) ||
           (ends - opening->now < RENEW_BEFORE && ends < certificate_ends(opening->ca));
}

/* NULL: it is to be made anew. */
static struct certificate *read_server(const struct opening *opening, const struct folder_file *pem,
                                       const struct folder_file *key)
{
    char why[CERTIFICATE_WHY];
    struct certificate *server = certificate_read(pem->text, pem->len, why);

    if (server && certificate_read_key(server, key->text, key->len, why) &&
        certificate_is_signed_by(server, opening->ca) && certificate_has_names(server, &opening->names) &&
        !is_due(opening, server)) {
        warn_if_open(opening, SERVER_KEY, key);
        return server;
    }
    certificate_free(server);
    return NULL;
}

/* The authority's certificate is not put behind the server's: a client either has it, or must not trust it. */
static struct certificate *make_server(const struct opening *opening)
{
    struct certificate *server = certificate_new_server(opening->ca, &opening->names, opening->now);
    enum folder_kept kept = keep(opening, SERVER_KEY, certificate_key_pem(server), OURS);

    if (kept == FOLDER_WRITTEN) // whoever ends between the two leaves two that do not fit: they are made anew
        kept = keep(opening, SERVER, certificate_pem(server), EVERYBODYS);
    if (kept == FOLDER_READ_ONLY)
        log_info("%s: the server's certificate stays in memory", opening->reason);
    if (kept != FOLDER_FAILED)
        return server;
    certificate_free(server);
    return NULL;
}

static struct certificate *open_server(const struct opening *opening)
{
    struct folder_file pem = {0}, key = {0};
    struct certificate *server = NULL;
    enum folder_found has_pem = folder_read(&opening->folder, SERVER, MOST, &pem, opening->reason), has_key = has_pem;

    if (has_pem != FOLDER_REFUSED)
        has_key = folder_read(&opening->folder, SERVER_KEY, MOST, &key, opening->reason);
    if (has_pem == FOLDER_HAS && has_key == FOLDER_HAS)
        server = read_server(opening, &pem, &key);
    if (!server && has_key != FOLDER_REFUSED)
        server = make_server(opening);
    free(pem.text);
    free(key.text);
    return server;
}

/* --- the bundle ------------------------------------------------------------------------------------------------------ */

static bool is_in_folder(const struct opening *opening, const struct buf *text, enum folder_found *found)
{
    struct folder_file file = {0};

    *found = folder_read(&opening->folder, BUNDLE, CA_BUNDLE_MOST + MOST, &file, opening->reason);
    bool same = *found == FOLDER_HAS && file.len == text->len && memcmp(file.text, text->data, text->len) == 0;
    free(file.text);
    return same;
}

static bool open_bundle(const struct opening *opening)
{
    struct buf text = {0};
    enum folder_found found;
    enum folder_kept kept = FOLDER_WRITTEN;
    char *ca = certificate_pem(opening->ca);

    ca_bundle_write(&text, ca);
    free(ca);
    if (!is_in_folder(opening, &text, &found) && found != FOLDER_REFUSED)
        kept = folder_write(&opening->folder, BUNDLE, text.data, text.len, EVERYBODYS, opening->reason);
    buf_free(&text);
    if (kept == FOLDER_READ_ONLY)
        log_warn("%s: clients that need it %s", opening->reason,
                 found == FOLDER_LACKS ? "have none" : "have one that is not up to date");
    return found != FOLDER_REFUSED && kept != FOLDER_FAILED;
}

/* --- all of it ------------------------------------------------------------------------------------------------------- */

static bool open_all(struct opening *opening, struct identity *identity)
{
    if (!folder_lock(&opening->folder, LOCK_WAIT, opening->reason) || !open_ca(opening) || !open_bundle(opening))
        return false;
    struct certificate *server = open_server(opening);
    if (!server)
        return false;
    *identity = (struct identity){
        .certificate = certificate_pem(server), .key = certificate_key_pem(server), .for_host = *opening->host != '\0'};
    certificate_free(server);
    return true;
}

bool authority_open(struct identity *identity, const char *folder, const char *const *names, const char *host,
                    int64_t now, char reason[AUTHORITY_REASON])
{
    struct opening opening = {.folder.path = folder, .now = now, .reason = reason};

    *identity = (struct identity){0};
    if (!add_names(&opening, names))
        return false;
    add_host(&opening, host);
    if (!folder_open(&opening.folder, folder, 0700, reason))
        return false;
    bool opened = open_all(&opening, identity);
    folder_close(&opening.folder);
    certificate_free(opening.ca);
    return opened;
}
