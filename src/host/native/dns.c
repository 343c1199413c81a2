/* Names to addresses without waiting: an address as it is, /etc/hosts, then the name servers of
   /etc/resolv.conf over UDP, for IPv4 and IPv6 at once, one server after the other. Each try has a
   socket of its own (so a port of its own) and random numbers (RFC 5452). Nothing is kept. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"

/* A test build looks elsewhere. */
const char *dns_hosts_file = "/etc/hosts", *dns_conf_file = "/etc/resolv.conf";
int dns_port = 53;

enum { FILE_MAX = 16384, PACKET_MAX = 1232, OTHER_FAMILY_MS = 500, PORT_TRIES = 4, EACH_MAX = IPS_MAX / 2 };

struct Lookup {
    Found *found;
    void *of;
    Timer timer;
    Handle *h;
    DnsConf conf;
    char name[NAME_MAX_BYTES + 1], asked[2 * NAME_MAX_BYTES + 2];
    int try, searched, answered[2], silent, over;
    uint16_t ids[2];
    Ip ips[2][EACH_MAX];
    int counts[2];
};

static const int types[2] = { DNS_TYPE_A, DNS_TYPE_AAAA };

static void read_file(const char *path, char text[FILE_MAX])
{
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    while (fd >= 0 && len < FILE_MAX - 1) {
        ssize_t n = read(fd, text + len, FILE_MAX - 1 - len);
        if (n > 0) len += (size_t)n;
        else if (n == 0 || errno != EINTR) break;
    }
    if (fd >= 0) close(fd);
    text[len] = 0;
}

void lookup_stop(Lookup *l)
{
    timer_drop(&l->timer);
    if (l->h != NULL) handle_close(l->h);
    free(l);
}

static void finish(Lookup *l)
{
    Found *found = l->found;
    void *of = l->of;
    Ip ips[IPS_MAX];
    char why[MC_WHY] = "";
    int n = 0;
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < l->counts[t]; i++) ips[n++] = l->ips[t][i];
    if (n == 0 && l->silent) snprintf(why, sizeof why, "The name server did not answer for %s.", l->name);
    else if (n == 0) snprintf(why, sizeof why, "The name %s has no address.", l->name);
    lookup_stop(l);
    found(of, ips, n, why);
}

static void try_next(Lookup *l);

static void finish_soon(Lookup *l)
{
    l->over = 1;
    timer_set(&l->timer, 0);
}

/* Both are answered, or one is and the other was given its time. */
static void settled(Lookup *l)
{
    int n = l->counts[0] + l->counts[1];
    if (n == 0 && l->searched) {
        /* As it was written, after the search domain had nothing. */
        l->searched = 0;
        l->try = 0;
        memcpy(l->asked, l->name, sizeof l->name);
        return try_next(l);
    }
    finish(l);
}

static void timed_out(Timer *t)
{
    Lookup *l = t->of;
    if (l->over || l->counts[0] + l->counts[1] > 0) finish(l);
    else try_next(l);
}

static void dns_ready(Handle *h)
{
    Lookup *l = h->of;
    uint8_t packet[PACKET_MAX];
    while (h->can_read) {
        ssize_t len = recv(h->fd, packet, sizeof packet, 0);
        if (len < 0 && errno == EINTR) continue;
        if (len < 0 && errno == EAGAIN) h->can_read = 0;
        if (len < 0 && errno != EAGAIN) return try_next(l); /* nobody listens there */
        for (int t = 0; len >= 0 && t < 2; t++) {
            if (l->answered[t]) continue;
            int n = dns_answer(packet, (size_t)len, l->asked, l->ids[t], types[t], l->ips[t], EACH_MAX);
            if (n == DNS_STRANGE) continue;
            if (n == DNS_FAILED) return try_next(l);
            l->answered[t] = 1;
            l->counts[t] = n;
        }
        if (l->answered[0] && l->answered[1]) return settled(l);
        if (l->counts[0] + l->counts[1] > 0) timer_set(&l->timer, mono_ms() + OTHER_FAMILY_MS);
    }
}

/* A socket to that server from a random port; -1 when there is no way to it. */
static int socket_to(const Ip *server)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    struct sockaddr_in four = { .sin_family = AF_INET };
    struct sockaddr *at = server->len == 4 ? (struct sockaddr *)&four : (struct sockaddr *)&six;
    socklen_t len = server->len == 4 ? sizeof four : sizeof six;
    uint16_t port;
    int fd = socket(at->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    for (int i = 0; fd >= 0 && i < PORT_TRIES; i++) {
        if (getrandom(&port, sizeof port, 0) != sizeof port) break;
        four.sin_port = six.sin6_port = htons((uint16_t)(port | 0x4000)); /* without a free one the kernel chooses */
        if (bind(fd, at, len) == 0) break;
    }
    four.sin_port = six.sin6_port = htons((uint16_t)dns_port);
    memcpy(&four.sin_addr, server->bytes, 4);
    memcpy(&six.sin6_addr, server->bytes, 16);
    if (fd < 0 || connect(fd, at, len) == 0) return fd;
    close(fd);
    return -1;
}

static int ask(Lookup *l)
{
    uint8_t packet[PACKET_MAX];
    int fd = socket_to(&l->conf.servers[l->try % l->conf.count]);
    if (fd < 0 || (l->h = handle_new(fd, 1)) == NULL) return 0;
    l->h->ready = dns_ready;
    l->h->of = l;
    do
        if (getrandom(l->ids, sizeof l->ids, 0) != sizeof l->ids) return 0;
    while (l->ids[0] == l->ids[1]);
    for (int t = 0; t < 2; t++) {
        int len = dns_ask(packet, sizeof packet, l->asked, l->ids[t], types[t]);
        if (len == 0 || send(fd, packet, (size_t)len, 0) != len) return 0;
    }
    return 1;
}

static void try_next(Lookup *l)
{
    if (l->counts[0] + l->counts[1] > 0) return finish_soon(l);
    for (; l->try < l->conf.count * l->conf.attempts; l->try++) {
        if (l->h != NULL) handle_close(l->h);
        l->h = NULL;
        memset(l->answered, 0, sizeof l->answered);
        if (!ask(l)) continue;
        l->try++;
        return timer_set(&l->timer, mono_ms() + l->conf.timeout_s * 1000);
    }
    l->silent = 1;
    finish_soon(l);
}

static int ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), tail = strlen(end);
    return len >= tail && strcasecmp(name + len - tail, end) == 0 && (len == tail || name[len - tail - 1] == '.');
}

Lookup *lookup_start(const char *name, Found *found, void *of)
{
    char text[FILE_MAX];
    uint8_t packet[PACKET_MAX];
    Lookup *l = calloc(1, sizeof *l);
    if (l == NULL) return NULL;
    l->found = found;
    l->of = of;
    l->timer = (Timer){ .fire = timed_out, .of = l };
    snprintf(l->name, sizeof l->name, "%s", name);
    memcpy(l->asked, l->name, sizeof l->name);
    int known = ip_parse(name, &l->ips[0][0]);
    read_file(dns_hosts_file, text);
    if (!known) known = dns_hosts(text, name, l->ips[0], EACH_MAX);
    /* RFC 6761: these two are never asked for. */
    if (!known && ends_with(name, "localhost")) known = ip_parse("127.0.0.1", &l->ips[0][0]);
    l->counts[0] = known;
    if (known || ends_with(name, "invalid") || strlen(name) > NAME_MAX_BYTES || !dns_ask(packet, sizeof packet, name, 0, 1)) {
        finish_soon(l);
        return l;
    }
    read_file(dns_conf_file, text);
    dns_conf(text, &l->conf);
    if (strchr(name, '.') == NULL && l->conf.search[0] != 0) {
        l->searched = 1;
        snprintf(l->asked, sizeof l->asked, "%s.%s", name, l->conf.search);
    }
    timer_set(&l->timer, 0);
    return l;
}

/* ---- RESOLVE */

static void resolved(void *of, const Ip *ips, int n, const char *why)
{
    char text[IPS_MAX * 68 + 4] = "[", address[64];
    size_t at = 1;
    if (n == 0) return op_fail(of, CODE_DNS, "%s", why);
    for (int i = 0; i < n; i++) {
        ip_text(&ips[i], address);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"", i > 0 ? "," : "", address);
    }
    text[at++] = ']';
    op_text(of, text, at);
}

static void resolve_stop(Op *op)
{
    lookup_stop(op->of);
    op_canceled(op);
}

void dns_resolve(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    size_t len = 0;
    const char *name = JS_ToCStringLen(mc_ctx, &len, a);
    if (name == NULL || len == 0 || len > NAME_MAX_BYTES || !utf8_whole(name, len)) {
        op_fail(op, CODE_DNS, "A name holds 1 to 253 characters.");
    } else if ((op->of = lookup_start(name, resolved, op)) == NULL) {
        op_errno(op, ENOMEM);
    } else {
        op->stop = resolve_stop;
    }
    if (name != NULL) JS_FreeCString(mc_ctx, name);
}
