/* Byte streams and listeners behind handles: one read, one write and one end at a time. Everything
   is tried at once; what would wait is tried again when the loop says so. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"

static const char closed[] = "This handle is closed, or it cannot do that.";
static const char broken[] = "The connection is broken.";

long sock_read(Handle *h, uint8_t *to, size_t max)
{
    if (!h->can_read) return MC_AGAIN;
    ssize_t n;
    do n = read(h->fd, to, max);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN) return -code_of(errno);
    /* A short read has emptied it, which saves the read that says so; but data and a hang-up come as one edge. */
    if (n < 0 || (n > 0 && (size_t)n < max && !h->hup)) h->can_read = 0;
    return n < 0 ? MC_AGAIN : n;
}

long sock_write(Handle *h, const uint8_t *from, size_t len)
{
    if (!h->can_write) return MC_AGAIN;
    ssize_t n;
    do n = write(h->fd, from, len);
    while (n < 0 && errno == EINTR);
    if (n >= 0) return n;
    if (errno != EAGAIN) return -code_of(errno);
    h->can_write = 0;
    return MC_AGAIN;
}

static int sock_shutdown(Handle *h)
{
    return shutdown(h->fd, SHUT_WR) == 0 ? 0 : errno == ENOTCONN ? -CODE_RESET : -code_of(errno);
}

static void try_read(Handle *h)
{
    static uint8_t buffer[4 * READ_BYTES_MAX];
    Op *op = h->reader;
    long n = h->broken ? -h->broken : h->read(h, buffer, op->max < sizeof buffer ? op->max : sizeof buffer);
    if (n == MC_AGAIN) return;
    h->reader = NULL;
    if (n >= 0) return op_end(op, CODE_OK, mc_new_bytes(buffer, (size_t)n));
    op_fail(op, (int)-n, "The other side broke the connection off.");
}

/* → 0: it would wait */
static int push(Handle *h, Op *op, const uint8_t *bytes)
{
    while (op->off < op->len) {
        long n = h->broken ? -h->broken : h->write(h, bytes + op->off, op->len - op->off);
        if (n == MC_AGAIN) return 0;
        if (n < 0) {
            h->broken = (uint8_t)-n;
            op_fail(op, h->broken, broken);
            return 1;
        }
        op->off += (size_t)n;
    }
    op_number(op, op->max);
    return 1;
}

static void try_end(Handle *h)
{
    Op *op = h->ender;
    int r = h->broken ? -h->broken : h->shutdown(h);
    if (r == MC_AGAIN) return;
    h->ender = NULL;
    if (r == 0) op_end(op, CODE_OK, JS_UNDEFINED);
    else op_fail(op, -r, broken);
}

static void stream_ready(Handle *h)
{
    if (h->reader != NULL) try_read(h);
    Op *writer = h->writer;
    if (writer != NULL && push(h, writer, writer->bytes)) h->writer = NULL;
    if (h->ender != NULL && h->writer == NULL) try_end(h);
}

void stream_set(Handle *h)
{
    h->ready = stream_ready;
    h->read = h->tls != NULL ? tls_read : sock_read;
    h->write = h->tls != NULL ? tls_write : sock_write;
    h->shutdown = h->tls != NULL ? tls_shutdown : sock_shutdown;
    h->of = NULL;
}

static void reader_stop(Op *op)
{
    op->on->reader = NULL;
    op_canceled(op);
}

void stream_read(Op *op, JSValueConst a, JSValueConst b)
{
    Handle *h = handle_get(a);
    double max = 0;
    if (JS_IsNumber(b)) JS_ToFloat64(mc_ctx, &max, b);
    if (h == NULL || h->read == NULL || !(max >= 1)) return op_fail(op, CODE_INVALID, closed);
    if (h->reader != NULL) return op_fail(op, CODE_INVALID, "A read is under way on this handle.");
    op->max = max < 1u << 20 ? (uint32_t)max : 1u << 20;
    op->on = h;
    op->stop = reader_stop;
    h->reader = op;
    try_read(h);
}

/* Some of it may be out: nothing that follows could be understood by the peer. */
static void writer_stop(Op *op)
{
    Handle *h = op->on;
    h->writer = NULL;
    h->broken = CODE_RESET;
    shutdown(h->fd, SHUT_RDWR);
    handle_kick(h);
    op_canceled(op);
}

void stream_write(Op *op, JSValueConst a, JSValueConst b)
{
    Handle *h = handle_get(a);
    const uint8_t *bytes;
    if (h == NULL || h->write == NULL || !mc_bytes(b, &bytes, &op->len)) return op_fail(op, CODE_INVALID, closed);
    if (h->writer != NULL) return op_fail(op, CODE_INVALID, "A write is under way on this handle.");
    if (h->broken || h->ending) return op_fail(op, h->broken ? h->broken : CODE_RESET, broken);
    op->max = (uint32_t)op->len;
    if (push(h, op, bytes)) return;
    op->len -= op->off;
    op->bytes = malloc(op->len);
    if (op->bytes == NULL) {
        h->broken = CODE_RESET;
        return op_errno(op, ENOMEM);
    }
    memcpy(op->bytes, bytes + op->off, op->len);
    op->off = 0;
    op->on = h;
    op->stop = writer_stop;
    h->writer = op;
}

static void ender_stop(Op *op)
{
    op->on->ender = NULL;
    op_canceled(op);
}

void stream_shutdown(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    Handle *h = handle_get(a);
    if (h == NULL || h->shutdown == NULL) return op_fail(op, CODE_INVALID, closed);
    if (h->ender != NULL) return op_fail(op, CODE_INVALID, "The end of this stream is under way.");
    h->ending = 1;
    h->ender = op;
    op->on = h;
    op->stop = ender_stop;
    if (h->writer == NULL) try_end(h);
}

void stream_close(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    Handle *h = handle_get(a);
    if (h == NULL) return op_fail(op, CODE_INVALID, "This handle is closed already.");
    handle_close(h);
    op_end(op, CODE_OK, JS_UNDEFINED);
}

/* ---- listeners */

static void accepted(Op *op, int fd, const struct sockaddr_storage *from)
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
    stream_set(h);
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
        accepted(op, fd, &from);
    }
}

void listener_set(Handle *h)
{
    h->ready = listener_ready;
    h->can_read = 1;
}

void stream_accept(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    Handle *h = handle_get(a);
    if (h == NULL || h->ready != listener_ready) return op_fail(op, CODE_INVALID, closed);
    if (h->reader != NULL) return op_fail(op, CODE_INVALID, "An accept is under way on this handle.");
    h->reader = op;
    op->on = h;
    op->stop = reader_stop;
    listener_ready(h);
}
