/* Listeners: waiting connections stay in the kernel until somebody accepts them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"

/* Goes on whether somebody reads or not; who reads is told how it ended. */
static void shake(Handle *h)
{
    char why[MC_WHY];
    if (tls_handshake(h, why) == MC_AGAIN) return;
    stream_set(h);
    h->ready(h);
}

static void accepted(Op *op, TlsServer *tls, int fd, const struct sockaddr_storage *from)
{
    Ip ip = { .len = from->ss_family == AF_INET6 ? 16 : 4 };
    char peer[64], text[128];
    if (ip.len == 16) memcpy(ip.bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
    else memcpy(ip.bytes, &((const struct sockaddr_in *)from)->sin_addr, 4);
    ip_text(&ip, peer);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    Handle *h = handle_new(fd, 0);
    if (h == NULL) return op_errno(op, errno);
    h->can_read = h->can_write = 1;
    if (tls != NULL && !tls_serve(h, tls)) {
        handle_close(h);
        return op_errno(op, ENOMEM);
    }
    stream_set(h);
    if (tls != NULL) h->ready = shake;
    int n = snprintf(text, sizeof text, "{\"handle\":%u,\"peer\":\"%s\"}", h->number, peer);
    op_text(op, text, (size_t)n);
}

static void listener_ready(Handle *h)
{
    struct sockaddr_storage from;
    while (h->reader != NULL && h->can_read) {
        socklen_t len = sizeof from;
        int fd = accept4(h->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        Op *op = h->reader;
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (fd < 0 && errno == EAGAIN) h->can_read = 0;
        if (fd < 0 && errno == EAGAIN) return;
        h->reader = NULL;
        if (fd < 0) return op_errno(op, errno);
        accepted(op, h->of, fd, &from);
    }
}

void stream_accept(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    Handle *h = handle_get(a);
    if (h == NULL || h->ready != listener_ready) return op_fail(op, CODE_INVALID, stream_closed);
    if (h->reader != NULL) return op_fail(op, CODE_INVALID, "An accept is under way on this handle.");
    h->reader = op;
    op->on = h;
    op->stop = reader_stop;
    listener_ready(h);
}

static void listen_failed(Op *op, const char *host, int port)
{
    int err = errno;
    if (err == EADDRINUSE) return op_fail(op, CODE_EXISTS, "Port %d of %s is taken by another program.", port, host);
    if (err == EACCES) return op_fail(op, CODE_DENIED, "This user may not listen on port %d.", port);
    if (err == EADDRNOTAVAIL) return op_fail(op, CODE_UNREACHABLE, "This machine does not have the address %s.", host);
    op_fail(op, code_of(err), "Port %d of %s cannot be listened on (error %d).", port, host, err);
}

static void listener_let_go(Handle *h)
{
    if (h->of != NULL) tls_server_free(h->of);
}

/* Takes over `tls`, unless it fails: → 0 */
static int listen_on(Op *op, const char *host, const Ip *ip, int port, TlsServer *tls)
{
    struct sockaddr_storage at;
    socklen_t len = sockaddr_of(ip, port, &at);
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return listen_failed(op, host, port), 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    len = bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, LISTEN_WAITING_MAX) == 0 ? sizeof at : 0;
    if (len == 0 || getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        listen_failed(op, host, port);
        close(fd);
        return 0;
    }
    int real = ntohs(ip->len == 4 ? ((struct sockaddr_in *)&at)->sin_port : ((struct sockaddr_in6 *)&at)->sin6_port);
    Handle *h = handle_new(fd, 0);
    if (h == NULL) return listen_failed(op, host, port), 0;
    h->ready = listener_ready;
    h->let_go = listener_let_go;
    h->of = tls;
    h->can_read = 1;
    char text[64];
    int n = snprintf(text, sizeof text, "{\"handle\":%u,\"port\":%d}", h->number, real);
    op_text(op, text, (size_t)n);
    return 1;
}

/* NULL: there is no such pair. */
static TlsServer *server_of(Args tls)
{
    size_t len;
    char *cert = args_text(tls, "certPem", &len), *key = args_text(tls, "keyPem", &len);
    TlsServer *server = cert != NULL && key != NULL ? tls_server_new(cert, key) : NULL;
    free(cert);
    free(key);
    return server;
}

void net_listen(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    Args args = args_parse(a), tls = args_of(args, "tls");
    int64_t port = 0;
    size_t len = 0;
    char *host = args_text(args, "host", &len);
    Ip ip = { .len = 4, .bytes = { 127, 0, 0, 1 } };
    TlsServer *server = NULL;
    if (host == NULL || len == 0 || args_int(args, "port", 0, 65535, &port) != 1)
        op_fail(op, CODE_INVALID, "A listener needs an address and a port.");
    else if (!ip_parse(host, &ip) && strcmp(host, "localhost") != 0)
        op_fail(op, CODE_DNS, "%.255s is no address of this machine.", host);
    else if (JS_IsUndefined(tls))
        listen_on(op, host, &ip, (int)port, NULL);
    else if (tls_server_new == NULL)
        op_fail(op, CODE_UNSUPPORTED, "This build listens without TLS only: build it with GATEWAY_TLS=yes.");
    else if ((server = server_of(tls)) == NULL)
        op_fail(op, CODE_TLS, "The certificate or its key cannot be read, or they do not belong together.");
    else if (!listen_on(op, host, &ip, (int)port, server))
        tls_server_free(server);
    free(host);
    args_free(tls);
    args_free(args);
}
