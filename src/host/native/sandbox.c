/* The parent's side of a skill: a stranger's JavaScript runs in this program, started anew (nothing of our
   memory is there), in a jail, with nothing but one socket. Messages there are 4 bytes of length, most
   significant first, and UTF-8: first a script from us, then JSON both ways (base/skill.ts). Whatever
   goes wrong, the process is killed and waited for, and the reader is told why. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "jail.h"
#include "skill.h"

typedef struct {
    pid_t pid;             /* 0: waited for */
    Timer timer;
    int cap_ms, heap_kib, late, code;
    char why[MC_WHY];
} Skill;

static int running;

/* A copy of this program with the socket as its only descriptor. Between vfork and execve the memory is
   the parent's: nothing is written here but the error. */
static pid_t start(int fd, char *const argv[], volatile int *err)
{
    static char *const no_environment[] = { NULL };
    pid_t pid = vfork();
    if (pid != 0) return pid;
    if (dup2(fd, 0) < 0) _exit(127);
    if (syscall(SYS_close_range, 1, ~0u, 0) != 0)
        for (int n = 1; n < HOST_OPS_MAX + 64; n++) close(n);
    execve("/proc/self/exe", argv, no_environment);
    execve(mc_argv[0], argv, no_environment); /* without /proc */
    *err = errno;
    _exit(127);
}

static void let_go(Handle *h)
{
    Skill *s = h->of;
    timer_drop(&s->timer);
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR) continue;
    }
    running--;
    free(s);
}

/* The time is over: its end of the socket closes with it, and the reader meets that. */
static void late(Timer *t)
{
    Skill *s = t->of;
    s->late = 1;
    if (s->pid > 0) kill(s->pid, SIGKILL);
}

static void settle(Skill *s)
{
    int status = 0, r;
    timer_drop(&s->timer);
    kill(s->pid, SIGKILL); /* it is ending by itself, and what it said of that stays */
    do r = waitpid(s->pid, &status, 0);
    while (r < 0 && errno == EINTR);
    s->pid = 0;
    int said = WIFEXITED(status) ? WEXITSTATUS(status) : -1, signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (said == SKILL_DONE) return;
    const char *what = "it broke.";
    s->code = CODE_IO;
    if (s->late || said == SKILL_LATE || signal == SIGXCPU) {
        s->code = CODE_TIMEDOUT;
        snprintf(s->why, MC_WHY, "The skill was ended: it ran longer than its %d ms.", s->cap_ms);
        return;
    }
    if (said == SKILL_FULL) {
        s->code = CODE_NOSPACE;
        snprintf(s->why, MC_WHY, "The skill was ended: it wanted more memory than its %d KiB.", s->heap_kib);
        return;
    }
    if (said == SKILL_STEPS) s->code = CODE_TIMEDOUT, what = "it made more steps than a skill may.";
    if (said == SKILL_MESSAGE) s->code = CODE_DENIED, what = "a message was larger than a skill's may be.";
    if (said == SKILL_NO_JAIL) s->code = CODE_UNSUPPORTED, what = "this system could not lock it in.";
    if (signal == SIGSYS) s->code = CODE_DENIED, what = "it asked the system for something that a skill may not have.";
    snprintf(s->why, MC_WHY, "The skill was ended: %s", what);
}

static long skill_read(Handle *h, uint8_t *to, size_t max)
{
    Skill *s = h->of;
    if (s->pid > 0) {
        long n = sock_read(h, to, max);
        if (n > 0 || n == MC_AGAIN) return n;
        settle(s);
    }
    h->why = s->why;
    return -s->code;
}

static void spawn(Op *op, int cap_ms, int heap_kib)
{
    int pair[2];
    volatile int err = 0;
    char ms[16], kib[16], *const argv[] = { "mikroclaw", "--sandbox", ms, kib, NULL };
    snprintf(ms, sizeof ms, "%d", cap_ms);
    snprintf(kib, sizeof kib, "%d", heap_kib);
    Skill *s = calloc(1, sizeof *s);
    if (s == NULL) return op_errno(op, ENOMEM);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return free(s), op_errno(op, errno);
    s->pid = start(pair[1], argv, &err);
    if (s->pid < 0) err = errno;
    close(pair[1]);
    Handle *h = err == 0 && fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0 ? handle_new(pair[0], 0) : (close(pair[0]), NULL);
    if (h == NULL) {
        if (s->pid > 0) kill(s->pid, SIGKILL), waitpid(s->pid, NULL, 0);
        free(s);
        return op_fail(op, CODE_UNSUPPORTED, "This system does not let the program start itself again (error %d), so it cannot run skills.", err);
    }
    running++;
    h->can_read = h->can_write = 1;
    stream_set(h);
    h->read = skill_read;
    h->let_go = let_go;
    h->of = s;
    s->cap_ms = cap_ms;
    s->heap_kib = heap_kib;
    s->timer.fire = late;
    s->timer.of = s;
    timer_set(&s->timer, mono_ms() + cap_ms);
    op_number(op, h->number);
}

void spawn_start(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    int64_t cap_ms = 0, heap_bytes = 0;
    size_t len;
    Args args = args_parse(a);
    char *kind = args_text(args, "kind", &len);
    int skill = kind != NULL && strcmp(kind, "skill") == 0, command = kind != NULL && strcmp(kind, "command") == 0;
    int good = args_int(args, "capMs", 1, SKILL_MS_MAX, &cap_ms) == 1 &&
        args_int(args, "heapBytes", SKILL_HEAP_BYTES_MIN, SKILL_HEAP_BYTES_MAX, &heap_bytes) == 1;
    free(kind);
    args_free(args);
    if (command) return op_fail(op, CODE_UNSUPPORTED, "This host does not start other programs.");
    if (!skill || !good) return op_fail(op, CODE_INVALID, "A skill needs its time and its memory, within bounds.");
    if (running >= SKILLS_RUNNING_MAX) return op_fail(op, CODE_BUSY, "%d skills are running already.", running);
    if (!jail_possible())
        return op_fail(op, CODE_UNSUPPORTED, "The kernel of this system has no filter of system calls (seccomp), so a skill could not be locked in: skills are refused.");
    spawn(op, (int)cap_ms, (int)(heap_bytes / 1024));
}
