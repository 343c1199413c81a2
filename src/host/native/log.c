/* Lines out, on descriptors 1 and 2, without ever waiting: a piece is written only when the kernel
   says there is room (a pipe with room takes PIPE_BUF bytes whole, pipe(7)), the rest is kept up to
   a bound. Log lines beyond it are dropped and counted; what a command prints is waited for. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

enum { KEPT_BYTES_MAX = 65536, PRINT_WAIT_MS = 5000 };
typedef struct { char *bytes; size_t len, off; unsigned dropped; int gone; } Out; /* gone: the errno that ended it */
static Out outs[2]; /* of descriptors 1 and 2 */

static int room(int fd, int wait_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    return poll(&p, 1, wait_ms) == 1 && (p.revents & (POLLOUT | POLLERR | POLLNVAL | POLLHUP)) != 0;
}

/* Writes what there is room for; → bytes taken. */
static size_t push(int fd, Out *o, const char *text, size_t len, int wait_ms)
{
    size_t done = 0;
    while (done < len && !o->gone && room(fd, wait_ms)) {
        ssize_t n = write(fd, text + done, len - done < PIPE_BUF ? len - done : PIPE_BUF);
        if (n >= 0) done += (size_t)n;
        else if (errno == EAGAIN) break;
        else if (errno != EINTR) o->gone = errno;
    }
    /* A reader that went away (`mikroclaw … | head`) is no error, a full disk is one; log lines are not worth an end. */
    if (o->gone && fd == 1) loop_exit(o->gone == EPIPE ? 0 : 1);
    return o->gone ? len : done;
}

static void drain(int fd, int wait_ms)
{
    Out *o = &outs[fd - 1];
    if (o->len == 0) return;
    o->off += push(fd, o, o->bytes + o->off, o->len - o->off, wait_ms);
    if (o->off < o->len) return;
    free(o->bytes);
    memset(o, 0, offsetof(Out, dropped));
}

/* → 0: there was no room for it */
static int put(int fd, const char *text, size_t len)
{
    Out *o = &outs[fd - 1];
    drain(fd, 0);
    size_t done = o->len == 0 ? push(fd, o, text, len, 0) : 0;
    if (done == len) return 1;
    if (o->bytes == NULL && (o->bytes = malloc(KEPT_BYTES_MAX)) == NULL) return 0;
    memmove(o->bytes, o->bytes + o->off, o->len - o->off);
    o->len -= o->off;
    o->off = 0;
    /* Half a line would spoil the next one: what has begun always fits, because nothing is kept then. */
    if (o->len + (len - done) > KEPT_BYTES_MAX) return 0;
    memcpy(o->bytes + o->len, text + done, len - done);
    o->len += len - done;
    return 1;
}

void log_print(int fd, const char *text, size_t len)
{
    while (len > 0) {
        size_t n = len < KEPT_BYTES_MAX / 2 ? len : KEPT_BYTES_MAX / 2;
        if (!put(fd, text, n)) {
            drain(fd, PRINT_WAIT_MS);
            if (!put(fd, text, n)) return; /* nobody has read for that long */
        }
        text += n;
        len -= n;
    }
}

void log_line(const char *level, const char *json, size_t len)
{
    struct timespec now;
    struct tm utc;
    char head[128];
    Out *o = &outs[1];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    int n = snprintf(head, sizeof head, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\",\"level\":\"%.8s\"%s", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (int)(now.tv_nsec / 1000000), level, len > 2 ? "," : "");
    size_t whole = (size_t)n + len; /* the object's own "{" goes, a newline comes */
    char *line = len > 0 && len < KEPT_BYTES_MAX ? malloc(whole) : NULL;
    if (line != NULL) {
        memcpy(line, head, (size_t)n);
        memcpy(line + n, json + 1, len - 1);
        line[whole - 1] = '\n';
    }
    if (line == NULL || !put(2, line, whole)) o->dropped++;
    free(line);
    if (o->dropped == 0 || o->len > KEPT_BYTES_MAX / 2) return;
    n = snprintf(head, sizeof head, "{\"level\":\"warn\",\"event\":\"log.dropped\",\"lines\":%u}\n", o->dropped);
    if (put(2, head, (size_t)n)) o->dropped = 0;
}

int log_flush(int wait_ms)
{
    double until = mono_ms() + wait_ms;
    for (int fd = 1; fd <= 2; fd++) {
        do drain(fd, wait_ms);
        while (outs[fd - 1].len > 0 && mono_ms() < until);
    }
    return outs[0].len > 0 || outs[1].len > 0;
}
