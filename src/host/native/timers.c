/* Moments at which something is due: a binary heap, equal times in the order of their setting. */
#include <stdlib.h>
#include <time.h>

#include "host.h"

static uint32_t last_turn;
static Timer **heap;
static int heap_len, heap_room;

double mono_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

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

double timers_left(double otherwise)
{
    return heap_len > 0 ? heap[0]->due_ms - mono_ms() : otherwise;
}

int timers_run(int most)
{
    double now = mono_ms();
    int ran = 0;
    for (; ran < most && heap_len > 0 && heap[0]->due_ms <= now; ran++) {
        Timer *t = heap[0];
        timer_drop(t);
        t->fire(t);
    }
    return ran;
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
