/* Tries the jail of skills from inside: `jail possible`, `jail enter` and `jail NAME`, which asks the system for one
   thing that must kill (killed by SIGSYS), must fail (exit code 1) or may go on (exit code 0). */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "jail.h"

static int ask(const char *what)
{
    struct timespec t;
    struct stat st;
    char *const none[] = { NULL };
    if (strcmp(what, "clock") == 0) return clock_gettime(CLOCK_MONOTONIC, &t);
    if (strcmp(what, "memory") == 0) return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
    if (strcmp(what, "too much memory") == 0)
        return mmap(NULL, (size_t)1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
    if (strcmp(what, "code") == 0) return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
    if (strcmp(what, "wait") == 0) return write(1, "x", 1) != 1 || read(0, &t, 1) < 0;
    if (strcmp(what, "write") == 0) return write(1, "x", 1) != 1;
    if (strcmp(what, "open") == 0) return open("/etc/passwd", O_RDONLY) < 0;
    if (strcmp(what, "socket") == 0) return socket(AF_INET, SOCK_STREAM, 0) < 0;
    if (strcmp(what, "fork") == 0) return fork() < 0;
    if (strcmp(what, "exec") == 0) return execve("/bin/true", none, none);
    if (strcmp(what, "kill") == 0) return kill(getppid(), 0);
    if (strcmp(what, "stat") == 0) return fstat(0, &st);
    if (strcmp(what, "close") == 0) return close(0);
    if (strcmp(what, "chdir") == 0) return chdir("/");
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    if (strcmp(argv[1], "possible") == 0) return jail_possible() ? 0 : 1;
    if (jail_enter(2, (size_t)64 << 20) != 0) return 3;
    _exit(strcmp(argv[1], "enter") == 0 ? 0 : ask(argv[1]) != 0);
}
