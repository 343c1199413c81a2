/* The loop: one edge-triggered epoll set, handles, a heap of timers, signals. Events only mark and
   try (no script runs there); completions are handed up afterwards, a bounded number a round. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

enum { BUCKETS = 64, EVENTS = 64, BATCH = 64, OUTPUT_RETRY_MS = 20, FLUSH_MS = 5000, WAIT_MS_MAX = 600000, SIGNALS_MAX = 8 };
static int epoll = -1, stopping, exit_code;
static Handle *buckets[BUCKETS], *queue, **queue_tail = &queue, *dead;
static uint32_t last_number, last_turn;
static Timer **heap;
static int heap_len, heap_room;
static Op *waiters[SIGNALS_MAX];
static Handle *signals;

double mono_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- timers: a binary heap, equal times in the order of their setting */

static int before(const Timer *a, const Timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : (int32_t)(a->turn - b->turn) < 0;
}

static void place(Timer *t, int at)
{
    heap[at] = t;
    t->at = at + 1;
}

static void sift(Timer *t, int at)
{
    for (; at > 0 && before(t, heap[(at - 1) / 2]); at = (at - 1) / 2) place(heap[(at - 1) / 2], at);
    for (int child; (child = 2 * at + 1) < heap_len; at = child) {
        if (child + 1 < heap_len && before(heap[child + 1], heap[child])) child++;
        if (!before(heap[child], t)) break;
        place(heap[child], at);
    }
    place(t, at);
}

void timer_drop(Timer *t)
{
    int at = t->at - 1;
    if (at < 0) return;
    t->at = 0;
    Timer *last = heap[--heap_len];
    if (last != t) sift(last, at);
}

void timer_set(Timer *t, double due_ms)
{
    timer_drop(t);
    if (heap_len == heap_room) {
        Timer **more = realloc(heap, sizeof *heap * (size_t)(heap_room + 32));
        if (more == NULL) mc_crash("out of memory");
        heap = more;
        heap_room += 32;
    }
    t->due_ms = due_ms;
    t->turn = ++last_turn;
    sift(t, heap_len++);
}

static void run_timers(void)
{
    double now = mono_ms();
    while (heap_len > 0 && heap[0]->due_ms <= now) {
        Timer *t = heap[0];
        timer_drop(t);
        t->fire(t);
    }
}

static void timer_fired(Timer *t)
{
    op_end(t->of, CODE_OK, JS_UNDEFINED);
}

void timer_start(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    double ms = 0;
    if (JS_IsNumber(a)) JS_ToFloat64(mc_ctx, &ms, a);
    op->timer.fire = timer_fired;
    op->timer.of = op;
    op->stop = op_canceled;
    timer_set(&op->timer, mono_ms() + (ms > 0 ? ms : 0));
}

/* ---- handles */

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

/* ---- signals: the process ends on them as any other does until the bundle asks for the first time */

static void signal_ready(Handle *h)
{
    struct signalfd_siginfo got;
    while (waiters[0] != NULL && h->can_read) {
        ssize_t n = read(h->fd, &got, sizeof got);
        if (n < 0 && errno == EINTR) continue;
        if (n != sizeof got) h->can_read = 0;
        if (n != sizeof got) continue;
        for (int i = 0; i < SIGNALS_MAX && waiters[i] != NULL; i++) op_number(waiters[i], (double)got.ssi_signo);
        memset(waiters, 0, sizeof waiters);
    }
}

static void signal_stop(Op *op)
{
    int i = 0;
    while (waiters[i] != op) i++;
    memmove(&waiters[i], &waiters[i + 1], sizeof *waiters * (size_t)(SIGNALS_MAX - 1 - i));
    waiters[SIGNALS_MAX - 1] = NULL;
    op_canceled(op);
}

void signal_start(Op *op, JSValueConst a, JSValueConst b)
{
    (void)a, (void)b;
    int i = 0;
    while (i < SIGNALS_MAX && waiters[i] != NULL) i++;
    if (i == SIGNALS_MAX) return op_fail(op, CODE_BUSY, "Too many operations wait for a signal.");
    if (signals == NULL) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGHUP);
        sigaddset(&set, SIGINT);
        int fd = sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC) : -1;
        signals = fd < 0 ? NULL : handle_new(fd, 1);
        if (signals == NULL) return op_errno(op, errno);
        signals->ready = signal_ready;
    }
    waiters[i] = op;
    op->stop = signal_stop;
    signals->can_read = 1;
    handle_kick(signals);
}

/* ---- the loop itself */

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
    double left = heap_len > 0 ? heap[0]->due_ms - mono_ms() : WAIT_MS_MAX;
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
}

int loop_run(void)
{
    while (!stopping) {
        run_ready();
        run_timers();
        op_deliver(BATCH);
        if (stopping) break;
        if (op_count() == 0) mc_crash("the program waits for nothing and has not ended");
        take_events(wait_ms(log_flush(0)));
    }
    log_flush(FLUSH_MS);
    return exit_code;
}
