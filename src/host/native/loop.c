/* The loop: one edge-triggered epoll set and the handles in it. Events and timers only mark and try
   (no script runs there); completions are handed up afterwards, a bounded number a round: a crowd whose time is
   up at once keeps nobody waiting. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "host.h"

enum { BUCKETS = 64, EVENTS = 64, BATCH = 64, TIMERS = 4, OUTPUT_RETRY_MS = 20, FLUSH_MS = 5000, WAIT_MS_MAX = 600000 };
static int epoll = -1, stopping, exit_code, ran = 1; /* ran: something did since the last wait */
static Handle *buckets[BUCKETS], *queue, **queue_tail = &queue, *dead;
static uint32_t last_number;

Handle *handle_new(int fd, int internal)
{
    Handle *h = calloc(1, sizeof *h);
    struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = h };
    if (h == NULL || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) != 0) {
        if (h == NULL) errno = ENOMEM;
        int err = errno;
        free(h);
        close(fd);
        errno = err;
        return NULL;
    }
    h->fd = fd;
    if (!internal) handle_number(h);
    return h;
}

void handle_number(Handle *h)
{
    h->number = ++last_number;
    h->next = buckets[h->number % BUCKETS];
    buckets[h->number % BUCKETS] = h;
}

Handle *handle_get(JSValueConst number)
{
    double n = 0;
    if (!JS_IsNumber(number) || JS_ToFloat64(mc_ctx, &n, number) != 0 || !(n >= 1 && n <= UINT32_MAX)) return NULL;
    Handle *h = buckets[(uint32_t)n % BUCKETS];
    while (h != NULL && (double)h->number != n) h = h->next;
    return h;
}

void handle_kick(Handle *h)
{
    if (h->queued || h->dead) return;
    h->queued = 1;
    h->next_ready = NULL;
    *queue_tail = h;
    queue_tail = &h->next_ready;
}

void handle_close(Handle *h)
{
    if (h->dead) return;
    h->dead = 1;
    Op *waiting[] = { h->reader, h->writer, h->ender };
    h->reader = h->writer = h->ender = NULL;
    for (int i = 0; i < 3; i++)
        if (waiting[i] != NULL) op_canceled(waiting[i]);
    if (h->number != 0) {
        Handle **at = &buckets[h->number % BUCKETS];
        while (*at != h) at = &(*at)->next;
        *at = h->next;
    }
    if (h->tls != NULL) tls_free(h);
    if (h->let_go != NULL) h->let_go(h);
    close(h->fd); /* epoll forgets it by itself */
    h->next = dead;
    dead = h;
}

static void run_ready(void)
{
    for (Handle *h; (h = queue) != NULL;) {
        queue = h->next_ready;
        if (queue == NULL) queue_tail = &queue;
        h->queued = 0;
        if (!h->dead && h->ready != NULL) h->ready(h);
    }
    /* Only now: an event or the queue may have named them. */
    for (Handle *h; (h = dead) != NULL;) {
        dead = h->next;
        free(h);
    }
}

void loop_init(void)
{
    signal(SIGPIPE, SIG_IGN);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) mc_crash("this system has no epoll");
}

void loop_exit(int code)
{
    if (!stopping) exit_code = code;
    stopping = 1;
}

static int wait_ms(int output)
{
    if (op_waiting() || queue != NULL) return 0;
    double left = rest(ran, timers_left(WAIT_MS_MAX));
    ran = 0;
    if (output && left > OUTPUT_RETRY_MS) left = OUTPUT_RETRY_MS;
    if (left > WAIT_MS_MAX) left = WAIT_MS_MAX;
    return left <= 0 ? 0 : (int)left + 1; /* never early */
}

static void take_events(int timeout)
{
    struct epoll_event ev[EVENTS];
    int n = epoll_wait(epoll, ev, EVENTS, timeout);
    if (n < 0 && errno != EINTR) mc_crash("epoll_wait failed");
    for (int i = 0; i < n; i++) {
        Handle *h = ev[i].data.ptr;
        uint32_t e = ev[i].events;
        if (e & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) h->can_read = 1;
        if (e & (EPOLLOUT | EPOLLHUP | EPOLLERR)) h->can_write = 1;
        if (e & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) h->hup = 1;
        handle_kick(h);
    }
    if (n > 0) ran = 1;
}

int loop_run(void)
{
    while (!stopping) {
        run_ready();
        if (timers_run(TIMERS)) ran = 1;
        op_deliver(BATCH);
        if (stopping) break;
        if (op_count() == 0) mc_crash("the program waits for nothing and has not ended");
        take_events(wait_ms(log_flush(0)));
    }
    log_flush(FLUSH_MS);
    return exit_code;
}
