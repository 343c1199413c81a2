/* What a process gives up before it runs a stranger's code: rights, descriptors, memory, and every system
   call but those that compute and talk over the descriptors it has. Anything else kills it at once. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "jail.h"

#if defined(__x86_64__)
#define MC_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MC_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define MC_ARCH AUDIT_ARCH_ARM
#elif defined(__mips__) && defined(__MIPSEL__)
#define MC_ARCH AUDIT_ARCH_MIPSEL
#elif defined(__mips__)
#define MC_ARCH AUDIT_ARCH_MIPS
#else
#error "no name for this processor in linux/audit.h is known here"
#endif

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_HALF 4
#else
#define LOW_HALF 0
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define IS(nr, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), (yes), (no))
#define ALLOW(nr) IS((nr), 0, 1), ANSWER(SECCOMP_RET_ALLOW)
#define FAILS(nr, err) IS((nr), 0, 1), ANSWER(SECCOMP_RET_ERRNO | (err))
/* Memory, but none that can be run: the third argument of mmap and mprotect is what it is for. */
#define ALLOW_DATA(nr) IS((nr), 0, 5), LOAD(offsetof(struct seccomp_data, args[2]) + LOW_HALF), \
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, PROT_EXEC), IS(0, 0, 1), ANSWER(SECCOMP_RET_ALLOW), ANSWER(SECCOMP_RET_KILL_PROCESS)

static const struct sock_filter filter[] = {
    LOAD(offsetof(struct seccomp_data, arch)),
    IS(MC_ARCH, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(offsetof(struct seccomp_data, nr)),
    ALLOW(__NR_read), ALLOW(__NR_write), ALLOW(__NR_exit_group), ALLOW(__NR_exit), ALLOW(__NR_rt_sigreturn),
    ALLOW(__NR_brk), ALLOW(__NR_munmap), ALLOW(__NR_mremap), ALLOW(__NR_madvise), ALLOW_DATA(__NR_mprotect),
#ifdef __NR_mmap2
    ALLOW_DATA(__NR_mmap2),
#else
    ALLOW_DATA(__NR_mmap),
#endif
#ifdef __NR_clock_gettime
    ALLOW(__NR_clock_gettime),
#endif
#ifdef __NR_clock_gettime64
    ALLOW(__NR_clock_gettime64),
#endif
#ifdef __NR_gettimeofday
    ALLOW(__NR_gettimeofday),
#endif
    /* musl looks for a file with the time zone, once, and does without. */
#ifdef __NR_open
    FAILS(__NR_open, EPERM),
#endif
    FAILS(__NR_openat, EPERM),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
};

int jail_possible(void)
{
    /* A kernel with filters looks at the filter first, and there is none (seccomp(2)). */
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) != 0 && errno == EFAULT;
}

static int limit(int what, rlim_t to)
{
    const struct rlimit both = { to, to };
    return setrlimit(what, &both);
}

/* A number nobody has, where we may take one; in a user namespace there may be none. */
static int leave_root(void)
{
    const unsigned nobody = 65534;
    if (geteuid() != 0) return 0;
    if (setgroups(0, NULL) != 0 && errno != EPERM) return -1;
    if (setresgid(nobody, nobody, nobody) != 0 && errno != EINVAL && errno != EPERM) return -1;
    return setresuid(nobody, nobody, nobody) != 0 && errno != EINVAL && errno != EPERM ? -1 : 0;
}

int jail_enter(unsigned cpu_seconds, size_t memory_bytes)
{
    const struct sock_fprog program = { sizeof filter / sizeof *filter, (struct sock_filter *)filter };
    if (leave_root() != 0) return -1;
    /* After the change of the user, which forgets it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
    if (limit(RLIMIT_CORE, 0) != 0 || limit(RLIMIT_NPROC, 0) != 0 || limit(RLIMIT_NOFILE, 0) != 0) return -1;
    if (limit(RLIMIT_FSIZE, 0) != 0 || limit(RLIMIT_CPU, cpu_seconds) != 0 || limit(RLIMIT_AS, memory_bytes) != 0) return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : -1;
}
