/* TERM, HUP and INT as operations. The process ends on them as any other does until the bundle asks
   for the first time; a signal that nobody waits for stays in the kernel for the next who asks. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "host.h"

enum { SIGNALS_MAX = 8 };
static Op *waiters[SIGNALS_MAX];
static Handle *signals;

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
