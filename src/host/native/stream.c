/* Byte streams behind handles: one read, one write and one end at a time. Everything
   is tried at once; what would wait is tried again when the loop says so. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"

const char stream_closed[] = "This handle is closed, or it cannot do that.";
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
    op_fail(op, (int)-n, "%s", h->why != NULL ? h->why : "The other side broke the connection off.");
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

void reader_stop(Op *op)
{
    op->on->reader = NULL;
    op_canceled(op);
}

void stream_read(Op *op, JSValueConst a, JSValueConst b)
{
    Handle *h = handle_get(a);
    double max = 0;
    if (JS_IsNumber(b)) JS_ToFloat64(mc_ctx, &max, b);
    if (h == NULL || h->read == NULL || !(max >= 1)) return op_fail(op, CODE_INVALID, stream_closed);
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
    if (h == NULL || h->write == NULL || !mc_bytes(b, &bytes, &op->len)) return op_fail(op, CODE_INVALID, stream_closed);
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

double stream_write_now(JSValueConst handle, JSValueConst value)
{
    Handle *h = handle_get(handle);
    const uint8_t *bytes;
    size_t len;
    if (h == NULL || h->write != sock_write || h->writer != NULL || h->broken || h->ending || !mc_bytes(value, &bytes, &len)) return 0;
    long n = sock_write(h, bytes, len); /* what fails fails again in the WRITE */
    return n > 0 ? (double)n : 0;
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
    if (h == NULL || h->shutdown == NULL) return op_fail(op, CODE_INVALID, stream_closed);
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
