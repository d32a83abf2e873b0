#include "out/receivers.h"
#include "base/buf.h"
#include "base/id.h"

#include <arpa/inet.h>
#include <stdlib.h>

static struct slice key_of(const void *value)
{
    const struct receiver *receiver = value;

    return (struct slice){receiver->key, receiver->key_len};
}

void receivers_init(struct receivers *receivers, int most, int most_each)
{
    *receivers = (struct receivers){.most = most, .most_each = most_each};
    map_init(&receivers->by_key, key_of, id_random_key());
    list_init(&receivers->ready);
}

void receivers_free(struct receivers *receivers)
{
    map_free(&receivers->by_key);
}

/* --- what is near ----------------------------------------------------------------------------------------------- */

static bool is_near_ipv4(const uint8_t address[4])
{
    static const struct {
        uint32_t net;
        int bits;
    } nets[] = {{0x00000000, 8},   // this host
                {0x7f000000, 8},   // loopback
                {0x0a000000, 8},   // private
                {0xac100000, 12},  // the same
                {0xc0a80000, 16},  // the same
                {0xa9fe0000, 16}}; // link-local
    uint32_t number = (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];

    for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
        if ((number ^ nets[i].net) >> (32 - nets[i].bits) == 0)
            return true;
    return false;
}

static bool is_near_ipv6(const struct in6_addr *address)
{
    if (IN6_IS_ADDR_V4MAPPED(address))
        return is_near_ipv4(&address->s6_addr[12]);
    return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address) || IN6_IS_ADDR_LINKLOCAL(address) ||
           (address->s6_addr[0] & 0xfe) == 0xfc; // unique local
}

static bool is_near_name(const char *name, size_t len)
{
    static const char *const names[] = {"localhost", ".localhost", "host.docker.internal"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t end = strlen(names[i]);
        if (len >= end && strcmp(name + len - end, names[i]) == 0 && (len == end || names[i][0] == '.'))
            return true;
    }
    return !strchr(name, '.');
}

static bool is_near(const char *host, size_t len)
{
    char name[256];
    struct in6_addr ipv6;
    uint8_t ipv4[4];

    if (len == 0 || len >= sizeof(name))
        return false;
    len -= host[len - 1] == '.' || host[len - 1] == ']';
    memcpy(name, host, len);
    name[len] = '\0';
    if (name[0] == '[')
        return inet_pton(AF_INET6, name + 1, &ipv6) == 1 && is_near_ipv6(&ipv6);
    return inet_pton(AF_INET, name, ipv4) == 1 ? is_near_ipv4(ipv4) : is_near_name(name, len);
}

/* --- turns ------------------------------------------------------------------------------------------------------ */

static struct receiver *receiver_new(const struct buf *key, size_t host_at, size_t host_len)
{
    struct receiver *receiver = xcalloc(1, sizeof(*receiver) + key->len);

    memcpy(receiver->key, key->data, key->len);
    receiver->key_len = key->len;
    receiver->host = receiver->key + host_at;
    receiver->host_len = host_len;
    receiver->is_near = is_near(receiver->host, host_len);
    list_init(&receiver->ready);
    list_init(&receiver->waiting);
    return receiver;
}

/* After anything has changed: it stands in line where it may be sent to, and goes when nothing is left of it. */
static void settle(struct receivers *receivers, struct receiver *receiver)
{
    bool waits = !list_empty(&receiver->waiting);

    if (!waits || receiver->under_way >= receivers->most_each)
        list_remove(&receiver->ready);
    else if (list_empty(&receiver->ready))
        list_append(&receivers->ready, &receiver->ready);
    if (waits || receiver->under_way > 0)
        return;
    map_remove(&receivers->by_key, receiver);
    free(receiver);
}

struct receiver *receivers_join(struct receivers *receivers, struct list *link, const char *scheme, const char *host,
                                const char *port)
{
    struct buf key = {0};

    buf_printf(&key, "%s://%s:%s", scheme, host, port);
    for (size_t i = 0; i < key.len; i++)
        if (key.data[i] >= 'A' && key.data[i] <= 'Z')
            key.data[i] += 'a' - 'A';
    struct receiver *receiver = map_find(&receivers->by_key, key.data, key.len);
    if (!receiver) {
        receiver = receiver_new(&key, strlen(scheme) + strlen("://"), strlen(host));
        map_put(&receivers->by_key, receiver);
    }
    buf_free(&key);
    list_append(&receiver->waiting, link);
    settle(receivers, receiver);
    return receiver;
}

struct list *receivers_next(struct receivers *receivers)
{
    struct receiver *receiver = list_first(&receivers->ready, struct receiver, ready);

    if (!receiver || receivers->under_way >= receivers->most)
        return NULL;
    struct list *link = receiver->waiting.next;
    list_remove(link);
    receiver->under_way++;
    receivers->under_way++;
    list_remove(&receiver->ready); // to the end of the line
    settle(receivers, receiver);
    return link;
}

void receivers_leave(struct receivers *receivers, struct receiver *receiver, struct list *link, bool under_way)
{
    list_remove(link);
    receiver->under_way -= under_way;
    receivers->under_way -= under_way;
    settle(receivers, receiver);
}
