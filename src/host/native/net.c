/* Connecting: a connect asks for the name's addresses, tries them one after the other
   (IPv4 first: hardly any router lacks it, and a broken IPv6 would cost seconds), then TLS. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"

enum { NEXT_ADDRESS_MS = 3000 }; /* an address that says nothing for so long makes room for the next one */

typedef struct {
    Op *op;
    Lookup *lookup;
    Handle *h;
    Timer timer;
    char *host, *name, *pin, *pem;
    int port, secure, mozilla, n, at, err;
    size_t pem_len;
    Ip ips[IPS_MAX];
} Dial;

socklen_t sockaddr_of(const Ip *ip, int port, struct sockaddr_storage *to)
{
    struct sockaddr_in *four = (struct sockaddr_in *)to;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
    memset(to, 0, sizeof *to);
    if (ip->len == 4) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        memcpy(&four->sin_addr, ip->bytes, 4);
        return sizeof *four;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    memcpy(&six->sin6_addr, ip->bytes, 16);
    return sizeof *six;
}

/* Lets go of everything but the operation, which the caller ends. */
static Op *dial_free(Dial *d)
{
    Op *op = d->op;
    timer_drop(&d->timer);
    if (d->lookup != NULL) lookup_stop(d->lookup);
    if (d->h != NULL) handle_close(d->h);
    free(d->host);
    free(d->name);
    free(d->pin);
    free(d->pem);
    free(d);
    return op;
}

static void dial_stop(Op *op)
{
    op_canceled(dial_free(op->of));
}

static void dial_failed(Dial *d, int code, const char *why)
{
    char said[2 * MC_WHY];
    snprintf(said, sizeof said, "%s", why);
    op_fail(dial_free(d), code, "%s", said);
}

static void dial_exhausted(Dial *d)
{
    char why[2 * MC_WHY];
    int code = code_of(d->err);
    const char *said = code == CODE_REFUSED ? "refused the connection: nothing listens on that port."
        : code == CODE_UNREACHABLE ? "cannot be reached: there is no route to it."
        : code == CODE_RESET ? "broke the connection off."
        : code == CODE_TIMEDOUT ? "did not answer." : "could not be connected.";
    snprintf(why, sizeof why, "%s port %d %s", d->host, d->port, said);
    dial_failed(d, code, why);
}

static void dial_done(Dial *d)
{
    Handle *h = d->h;
    d->h = NULL;
    stream_set(h);
    handle_number(h);
    op_number(dial_free(d), h->number);
}

static void dial_shake(Handle *h)
{
    Dial *d = h->of;
    char why[MC_WHY] = "";
    int r = tls_handshake(h, why);
    if (r == MC_AGAIN) return;
    if (r == 0) dial_done(d);
    else dial_failed(d, -r, why);
}

static void dial_next(Dial *d);

static void dial_ready(Handle *h)
{
    Dial *d = h->of;
    uint8_t first;
    if (!h->can_write) return;
    /* Not SO_ERROR: emulators of other processors hand that over with the wrong numbers. */
    d->err = recv(h->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno == EAGAIN || errno == EINTR ? 0 : errno;
    if (d->err != 0) {
        d->h = NULL;
        handle_close(h);
        return dial_next(d);
    }
    timer_drop(&d->timer);
    if (!d->secure) return dial_done(d);
    char why[MC_WHY] = "";
    TlsWant want = { .name = d->name, .pin = d->pin, .mozilla = d->mozilla, .pem = d->pem, .pem_len = d->pem_len };
    int r = tls_start(h, &want, why);
    if (r != 0) return dial_failed(d, -r, why);
    h->ready = dial_shake;
    dial_shake(h);
}

static void dial_slow(Timer *t)
{
    Dial *d = t->of;
    d->err = ETIMEDOUT;
    handle_close(d->h);
    d->h = NULL;
    dial_next(d);
}

static void dial_next(Dial *d)
{
    struct sockaddr_storage to;
    timer_drop(&d->timer);
    while (d->at < d->n) {
        const Ip *ip = &d->ips[d->at++];
        socklen_t len = sockaddr_of(ip, d->port, &to);
        int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
        if (fd < 0 || (connect(fd, (struct sockaddr *)&to, len) != 0 && errno != EINPROGRESS)) {
            d->err = errno;
            if (fd >= 0) close(fd);
            continue;
        }
        d->h = handle_new(fd, 1);
        if (d->h == NULL) {
            d->err = errno;
            continue;
        }
        d->h->ready = dial_ready;
        d->h->of = d;
        if (d->at < d->n) timer_set(&d->timer, mono_ms() + NEXT_ADDRESS_MS);
        return;
    }
    dial_exhausted(d);
}

static void dial_found(void *of, const Ip *ips, int n, const char *why)
{
    Dial *d = of;
    d->lookup = NULL;
    if (n == 0) return dial_failed(d, CODE_DNS, why);
    d->n = n;
    memcpy(d->ips, ips, sizeof *ips * (size_t)n);
    dial_next(d);
}

static int dial_args(Dial *d, Args a)
{
    int64_t port = 0;
    size_t len;
    d->host = args_text(a, "host", &len);
    if (d->host == NULL || len == 0 || args_int(a, "port", 1, 65535, &port) != 1) return 0;
    d->port = (int)port;
    Args tls = args_of(a, "tls");
    d->secure = !JS_IsUndefined(tls);
    if (d->secure) {
        char *roots = args_text(tls, "roots", &len);
        d->mozilla = roots != NULL && strcmp(roots, "mozilla") == 0;
        int known = d->mozilla || (roots != NULL && strcmp(roots, "none") == 0);
        free(roots);
        d->name = args_text(tls, "name", &len);
        d->pin = args_text(tls, "pin", &len);
        d->pem = args_text(tls, "extraPem", &d->pem_len);
        if (!known || d->name == NULL) d->port = 0;
    }
    args_free(tls);
    return d->port != 0;
}

/* A fingerprint as people write it: colons, spaces and capitals do not matter. */
static void plain_pin(char *pin)
{
    char *to = pin;
    for (; pin != NULL && *pin != 0; pin++)
        if (*pin != ':' && *pin != ' ') *to++ = *pin >= 'A' && *pin <= 'F' ? (char)(*pin + 32) : *pin;
    if (to != NULL) *to = 0;
}

void net_connect(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    Dial *d = calloc(1, sizeof *d);
    if (d == NULL) return op_errno(op, ENOMEM);
    d->op = op;
    d->timer.fire = dial_slow;
    d->timer.of = d;
    Args args = args_parse(a);
    int good = dial_args(d, args);
    args_free(args);
    if (!good) return dial_failed(d, CODE_INVALID, "A connection needs a host and a port.");
    if (d->secure && tls_start == NULL) return dial_failed(d, CODE_UNSUPPORTED, "This build has no TLS.");
    plain_pin(d->pin);
    op->of = d;
    op->stop = dial_stop;
    d->lookup = lookup_start(d->host, dial_found, d);
    if (d->lookup == NULL) dial_failed(d, CODE_BUSY, "The system has no memory left for this.");
}
