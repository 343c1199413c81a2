/* Paths beneath a folder's descriptor. The folder of a path is opened by openat2, where the kernel has
   it (Linux 5.6), else name by name; no link is followed on either way, and what is not a plain file
   with one name is left alone. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"

#ifndef SYS_openat2
#define SYS_openat2 (SYS_close_range + 1) /* 437 everywhere, after the offset of MIPS */
#endif
enum { RESOLVE_NO_MAGICLINKS = 0x02, RESOLVE_NO_SYMLINKS = 0x04, RESOLVE_BENEATH = 0x08, AGAIN_MAX = 8 };

static int workspace = -1, no_openat2;

void fs_init(const char *folder)
{
    no_openat2 = getenv("MIKROCLAW_NO_OPENAT2") != NULL;
    if (folder != NULL && *folder != 0) workspace = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int fs_has_workspace(void)
{
    return workspace >= 0;
}

/* No name of it could leave the root. "" is the root itself. */
int path_good(const char *path, size_t len)
{
    if (path == NULL || !utf8_whole(path, len)) return 0;
    if (len == 0) return 1;
    for (const char *at = path;; at++) {
        size_t n = strcspn(at, "/");
        if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.')) return 0;
        at += n;
        if (*at == 0) return 1;
    }
}

/* One folder further down; closes `from`. */
int path_step(int from, const char *name)
{
    struct stat st;
    int fd = openat(from, name, PATH_FOLDER), err = errno;
    /* Linux says ENOTDIR for a link as well. */
    if (fd < 0 && err == ENOTDIR && fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode)) err = ELOOP;
    close(from);
    errno = err;
    return fd;
}

static int walk(char *path)
{
    int fd = fcntl(workspace, F_DUPFD_CLOEXEC, 3);
    char *rest;
    for (char *name = strtok_r(path, "/", &rest); fd >= 0 && name != NULL; name = strtok_r(NULL, "/", &rest)) fd = path_step(fd, name);
    return fd;
}

/* The folder of the path's last name, which is left in *name. */
int path_enter(char *path, const char **name)
{
    const struct { uint64_t flags, mode, resolve; } how = {
        PATH_FOLDER, 0, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS };
    char *slash = strrchr(path, '/');
    *name = slash != NULL ? slash + 1 : path;
    if (slash == NULL) return walk((char[]){ "" });
    *slash = 0;
    long fd = -1;
    for (int i = 0; i < AGAIN_MAX && !no_openat2; i++) {
        fd = syscall(SYS_openat2, workspace, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN) break;
    }
    /* Older kernels lack it, and older container runtimes do not let it through. */
    if (fd < 0 && !no_openat2 && (errno == ENOSYS || errno == EPERM)) no_openat2 = 1;
    return fd >= 0 ? (int)fd : no_openat2 ? walk(path) : -1;
}

static int not_plain(const struct stat *st)
{
    return S_ISLNK(st->st_mode) ? ELOOP : S_ISDIR(st->st_mode) ? EISDIR : !S_ISREG(st->st_mode) ? ENXIO : st->st_nlink > 1 ? EMLINK : 0;
}

/* A plain file with one name; -1 and errno. It is looked at before, because opening a device can have
   an effect by itself, and after, because it may have been swapped in between. */
int path_open(int dir, const char *name, int flags)
{
    struct stat st;
    int there = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && errno != ENOENT) return -1;
    if (there && !(flags & O_EXCL) && (errno = not_plain(&st)) != 0) return -1;
    int fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    int err = fstat(fd, &st) != 0 ? errno : not_plain(&st);
    if (err == 0) return fd;
    close(fd);
    errno = err;
    return -1;
}
