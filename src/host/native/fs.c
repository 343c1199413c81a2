/* The file operations. Each runs to its end at once: a cancel cannot leave half of it behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"


typedef struct {
    Op *op;
    Args args;
    char *path, *to;
    const uint8_t *bytes; /* what is written */
    size_t len;
} Job;

static void end_with(Op *op, int failed)
{
    if (failed) op_errno(op, errno);
    else op_end(op, CODE_OK, JS_UNDEFINED);
}

static void give(Job *j, int fd)
{
    int64_t max = FILE_READ_BYTES_MAX, offset = 0;
    struct stat st;
    args_int(j->args, "max", 0, FILE_PIECE_BYTES_MAX, &max);
    args_int(j->args, "offset", 0, INT64_MAX / 2, &offset);
    if (fstat(fd, &st) != 0) return op_errno(j->op, errno);
    int64_t left = st.st_size > offset ? st.st_size - offset : 0;
    size_t want = (size_t)(left < max ? left : max), got = 0;
    uint8_t *bytes = malloc(want + 1);
    if (bytes == NULL) return op_errno(j->op, ENOMEM);
    ssize_t n = 1;
    while (got < want && n != 0) {
        n = pread(fd, bytes + got, want - got, offset + (int64_t)got);
        if (n < 0 && errno != EINTR) break;
        if (n > 0) got += (size_t)n;
    }
    if (n < 0) op_errno(j->op, errno);
    else op_end(j->op, CODE_OK, mc_new_bytes(bytes, got));
    free(bytes);
}

static void take(Job *j, int dir, const char *name)
{
    int exclusive = args_flag(j->args, "exclusive", 0), append = j->op->op == OP_FS_APPEND;
    int flags = O_WRONLY | (append ? O_APPEND : 0) | (exclusive ? O_CREAT | O_EXCL : args_flag(j->args, "create", 1) ? O_CREAT : 0);
    int fd = path_open(dir, name, flags);
    if (fd < 0) return op_errno(j->op, errno);
    /* Not O_TRUNC: that would have emptied a linked file before it was looked at. */
    int failed = !append && ftruncate(fd, 0) != 0;
    for (size_t done = 0; !failed && done < j->len;) {
        ssize_t n = write(fd, j->bytes + done, j->len - done);
        if (n > 0) done += (size_t)n;
        else failed = n == 0 || errno != EINTR;
    }
    end_with(j->op, failed);
    close(fd);
}

static void describe(Op *op, const struct stat *st)
{
    char text[160];
    int plain = S_ISREG(st->st_mode);
    int64_t ms = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
    int n = snprintf(text, sizeof text, "{\"bytes\":%lld,\"kind\":\"%s\",\"links\":%lu,\"changedMs\":%lld}",
                     plain ? (long long)st->st_size : 0LL, plain ? "file" : S_ISDIR(st->st_mode) ? "folder" : "other",
                     (unsigned long)st->st_nlink, (long long)ms);
    op_text(op, text, (size_t)n);
}

static void list(Job *j, int fd)
{
    int64_t max = FILE_LIST_MAX;
    args_int(j->args, "max", 0, FILE_LIST_MAX, &max);
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        op_errno(j->op, errno);
        close(fd);
        return;
    }
    JSValue names = JS_NewArray(mc_ctx);
    uint32_t n = 0;
    for (struct dirent *each; n < max && (errno = 0, each = readdir(dir)) != NULL;) {
        if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
        JS_SetPropertyUint32(mc_ctx, names, n++, utf8_decode((const uint8_t *)each->d_name, strlen(each->d_name)));
    }
    closedir(dir);
    JSAtom sort = JS_NewAtom(mc_ctx, "sort");
    JS_FreeValue(mc_ctx, JS_Invoke(mc_ctx, names, sort, 0, NULL));
    JS_FreeAtom(mc_ctx, sort);
    JSValue text = JS_JSONStringify(mc_ctx, names, JS_UNDEFINED, JS_UNDEFINED);
    JS_FreeValue(mc_ctx, names);
    op_end(j->op, CODE_OK, text);
}

static void sync_to_disk(Job *j, int dir, const char *name)
{
    struct stat st;
    if (*name != 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return op_errno(j->op, errno);
    int fd = *name == 0 || S_ISDIR(st.st_mode) ? openat(dir, *name == 0 ? "." : name, PATH_FOLDER) : path_open(dir, name, O_RDONLY);
    end_with(j->op, fd < 0 || fsync(fd) != 0);
    if (fd >= 0) close(fd);
}

static void move(Job *j, int dir, const char *name)
{
    const char *last;
    int to = path_enter(j->to, &last);
    end_with(j->op, to < 0 || renameat(dir, name, to, last) != 0);
    if (to >= 0) close(to);
}

/* On the entry `name` ("" is the root itself) of an open folder. */
static void run(Job *j, int dir, const char *name)
{
    Op *op = j->op;
    struct stat st;
    int fd, kind = op->op;
    if (*name == 0 && kind == OP_FS_MKDIR) return op_errno(op, EEXIST);
    if (*name == 0 && kind != OP_FS_SYNC && kind != OP_FS_LIST && kind != OP_FS_STAT) return op_errno(op, EISDIR);
    switch (kind) {
    case OP_FS_READ:
        if ((fd = path_open(dir, name, O_RDONLY)) < 0) return op_errno(op, errno);
        give(j, fd);
        close(fd);
        return;
    case OP_FS_WRITE:
    case OP_FS_APPEND: return take(j, dir, name);
    case OP_FS_SYNC: return sync_to_disk(j, dir, name);
    case OP_FS_RENAME: return move(j, dir, name);
    case OP_FS_REMOVE:
        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return op_errno(op, errno);
        return end_with(op, unlinkat(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) != 0);
    case OP_FS_LIST:
        if (*name == 0) fd = openat(dir, ".", PATH_FOLDER);
        else fd = path_step(fcntl(dir, F_DUPFD_CLOEXEC, 3), name);
        if (fd < 0) return op_errno(op, errno);
        return list(j, fd);
    case OP_FS_STAT:
        if ((*name == 0 ? fstat(dir, &st) : fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW)) != 0) return op_errno(op, errno);
        return describe(op, &st);
    case OP_FS_MKDIR: return end_with(op, mkdirat(dir, name, 0700) != 0);
    default: return op_errno(op, ENOSYS);
    }
}

/* The whole machine, for files that the owner named: links are followed, nothing is written. */
static void run_config(Job *j)
{
    struct stat st;
    if (j->op->op != OP_FS_READ && j->op->op != OP_FS_STAT)
        return op_fail(j->op, CODE_DENIED, "Files outside the workspace are only read.");
    int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *path = j->path + strspn(j->path, "/");
    if (fstatat(root, *path == 0 ? "." : path, &st, 0) != 0) op_errno(j->op, errno);
    else if (j->op->op == OP_FS_STAT) describe(j->op, &st);
    else if (!S_ISREG(st.st_mode)) op_errno(j->op, ENXIO);
    else {
        int fd = openat(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) op_errno(j->op, errno);
        else give(j, fd);
        if (fd >= 0) close(fd);
    }
    close(root);
}

void fs_start(Op *op, JSValueConst a, JSValueConst b)
{
    Job j = { .op = op, .args = args_parse(a) };
    size_t root_len = 0, len = 0, to_len = 0;
    char *root = args_text(j.args, "root", &root_len);
    const char *name;
    j.path = args_text(j.args, "path", &len);
    j.to = args_text(j.args, "to", &to_len);
    mc_bytes(b, &j.bytes, &j.len);
    int config = root != NULL && strcmp(root, "config") == 0;
    int valid = config ? j.path != NULL && utf8_whole(j.path, len) : path_good(j.path, len);
    if (op->op == OP_FS_RENAME) valid = valid && path_good(j.to, to_len) && to_len > 0;
    if (!config && (root == NULL || strcmp(root, "workspace") != 0 || !fs_has_workspace()))
        op_fail(op, CODE_UNSUPPORTED, "There is no folder for %.32s on this machine.", root != NULL ? root : "that");
    else if (!valid) op_fail(op, CODE_INVALID, "This path is not allowed.");
    else if (config) run_config(&j);
    else {
        int dir = path_enter(j.path, &name);
        if (dir < 0 && errno == ENOTDIR) op_fail(op, CODE_NOTFOUND, "A part of this path is a file, not a folder.");
        else if (dir < 0) op_errno(op, errno);
        else run(&j, dir, name);
        if (dir >= 0) close(dir);
    }
    free(root);
    free(j.path);
    free(j.to);
    args_free(j.args);
}
