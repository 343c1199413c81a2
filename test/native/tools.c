/* The test build: the product's binary with this file beside it. It runs the script that
   MIKROCLAW_TEST_SCRIPT names instead of the bundle (so it has the parser, which the product's main
   context lacks) and gives it `__test(what, a, b)`: what a person at the machine can do, past the host. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "host.h"

static char *whole_file(const char *path, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd >= 0 && fstat(fd, &st) == 0 ? malloc((size_t)st.st_size + 1) : NULL;
    size_t got = 0;
    for (ssize_t n = 1; text != NULL && n > 0; got += n > 0 ? (size_t)n : 0) n = read(fd, text + got, (size_t)st.st_size - got);
    if (fd >= 0) close(fd);
    if (text != NULL) text[got] = 0;
    *len = got;
    return text;
}

/* Removes everything in a folder. */
static void empty(int dir)
{
    DIR *d = fdopendir(dir);
    struct dirent *each;
    while (d != NULL && (each = readdir(d)) != NULL) {
        if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
        if (unlinkat(dirfd(d), each->d_name, 0) == 0) continue;
        int inner = openat(dirfd(d), each->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (inner >= 0) empty(inner);
        unlinkat(dirfd(d), each->d_name, AT_REMOVEDIR);
    }
    if (d != NULL) closedir(d);
}

static int put_file(int dir, const char *path, const char *text)
{
    int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int bad = fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text);
    if (fd >= 0) close(fd);
    return bad;
}

static int send_datagram(int port, const uint8_t *bytes, size_t len)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int bad = fd < 0 || sendto(fd, bytes, len, 0, (struct sockaddr *)&to, sizeof to) != (ssize_t)len;
    if (fd >= 0) close(fd);
    return bad;
}

static JSValue read_file(JSContext *ctx, int dir, const char *path)
{
    char text[4096];
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
    if (fd >= 0) close(fd);
    return n < 0 ? JS_NULL : JS_NewStringLen(ctx, text, (size_t)n);
}

/* Name servers of the test instead of the machine's. */
static void look_in(const char *folder, int port)
{
    static char hosts[512], conf[512];
    snprintf(hosts, sizeof hosts, "%s/hosts", folder);
    snprintf(conf, sizeof conf, "%s/resolv.conf", folder);
    dns_hosts_file = hosts;
    dns_conf_file = conf;
    dns_port = port;
}

/* Puts a table of authorities in the place that build.sh left for it. → 0 */
static int put_roots(const char *path)
{
    const Part *part = part_find("roots");
    size_t len, page = 4096;
    char *table = whole_file(path, &len), *place = part != NULL ? (char *)part->start : NULL;
    if (table == NULL || place == NULL || len > (size_t)(part->end - part->start)) return -1;
    char *from = place - (uintptr_t)place % page;
    if (mprotect(from, (size_t)(place + len - from), PROT_READ | PROT_WRITE) != 0) return -1;
    memcpy(place, table, len);
    free(table);
    return 0;
}

/* From here on the kernel is one without filters: asked for one, it says EINVAL (seccomp(2)). Under
   qemu-user it is one already. → 0 */
static int lose_filters(void)
{
    enum { low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0 };
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_prctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + low),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0 && errno != EINVAL ? -1 : 0;
}

static JSValue test_call(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
    (void)this;
    const char *what = argc > 0 ? JS_ToCString(ctx, argv[0]) : NULL;
    const char *a = argc > 1 ? JS_ToCString(ctx, argv[1]) : NULL, *b = argc > 2 ? JS_ToCString(ctx, argv[2]) : NULL;
    const uint8_t *bytes;
    size_t len;
    JSValue answer = JS_UNDEFINED;
    int bad = what == NULL;
    int dir = open(getenv("MIKROCLAW_WORKSPACE"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (bad || dir < 0) bad = 1;
    else if (strcmp(what, "empty") == 0) empty(fcntl(dir, F_DUPFD_CLOEXEC, 0));
    else if (strcmp(what, "file") == 0) bad = put_file(dir, a, b);
    else if (strcmp(what, "symlink") == 0) bad = symlinkat(a, dir, b);
    else if (strcmp(what, "link") == 0) bad = linkat(dir, a, dir, b, 0);
    else if (strcmp(what, "read") == 0) answer = read_file(ctx, dir, a);
    else if (strcmp(what, "roots") == 0) bad = put_roots(a);
    else if (strcmp(what, "built") == 0) mc_build_s = atoll(a);
    else if (strcmp(what, "datagram") == 0) bad = !mc_bytes(argv[2], &bytes, &len) || send_datagram(atoi(a), bytes, len);
    else if (strcmp(what, "no filters") == 0) bad = lose_filters();
    else if (strcmp(what, "dns") == 0) look_in(a, atoi(b));
    else bad = 1;
    if (dir >= 0) close(dir);
    if (bad) answer = JS_ThrowTypeError(ctx, "__test %s failed: error %d", what != NULL ? what : "?", errno);
    JS_FreeCString(ctx, what);
    JS_FreeCString(ctx, a);
    JS_FreeCString(ctx, b);
    return answer;
}

int mc_test_main(void)
{
    const char *path = getenv("MIKROCLAW_TEST_SCRIPT");
    size_t len;
    char *text = path != NULL ? whole_file(path, &len) : NULL;
    if (text == NULL) return 0;
    JSRuntime *rt = JS_GetRuntime(mc_ctx);
    JS_SetMemoryLimit(rt, (size_t)512 << 20);
    JS_AddIntrinsicEval(mc_ctx);
    JS_AddIntrinsicStringNormalize(mc_ctx);
    JSValue global = JS_GetGlobalObject(mc_ctx);
    JS_SetPropertyStr(mc_ctx, global, "__test", JS_NewCFunction(mc_ctx, test_call, "__test", 3));
    JS_FreeValue(mc_ctx, global);
    mc_after(JS_Eval(mc_ctx, text, len, path, JS_EVAL_TYPE_GLOBAL));
    free(text);
    return 1;
}
