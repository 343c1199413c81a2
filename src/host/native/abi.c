/* What the bundle sees as `__host`: sync, submit and cancel. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

/* ---- sync */

static JSValue new_text(const char *text)
{
    return utf8_decode((const uint8_t *)text, strlen(text));
}

static JSValue random_bytes(JSValueConst count)
{
    uint8_t bytes[1024];
    double n = -1;
    if (JS_IsNumber(count)) JS_ToFloat64(mc_ctx, &n, count);
    if (!(n >= 0 && n <= RANDOM_BYTES_MAX)) return JS_ThrowRangeError(mc_ctx, "this is not a number of random bytes");
    size_t want = (size_t)n, got = 0;
    uint8_t *to = want <= sizeof bytes ? bytes : malloc(want);
    while (to != NULL && got < want) {
        ssize_t r = getrandom(to + got, want - got, 0);
        if (r > 0) got += (size_t)r;
        else if (errno != EINTR) mc_crash("the kernel gives no random bytes");
    }
    JSValue v = to == NULL ? JS_ThrowOutOfMemory(mc_ctx) : mc_new_bytes(to, want);
    if (to != bytes) free(to);
    return v;
}

static JSValue info(void)
{
    struct winsize size = { 0 };
    char cwd[PATH_MAX];
    if (getcwd(cwd, sizeof cwd) == NULL || cwd[0] != '/') memcpy(cwd, "/", 2);
    if (ioctl(1, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) size.ws_col = 80;
    JSValue v = JS_NewObject(mc_ctx), roots = JS_NewArray(mc_ctx);
    uint32_t n = 0;
    if (fs_has_workspace()) JS_SetPropertyUint32(mc_ctx, roots, n++, new_text("workspace"));
    JS_SetPropertyUint32(mc_ctx, roots, n, new_text("config"));
    JS_SetPropertyStr(mc_ctx, v, "inTty", JS_NewBool(mc_ctx, isatty(0)));
    JS_SetPropertyStr(mc_ctx, v, "outTty", JS_NewBool(mc_ctx, isatty(1)));
    JS_SetPropertyStr(mc_ctx, v, "columns", JS_NewInt32(mc_ctx, size.ws_col));
    JS_SetPropertyStr(mc_ctx, v, "cwd", new_text(cwd));
    JS_SetPropertyStr(mc_ctx, v, "host", new_text("native"));
    JS_SetPropertyStr(mc_ctx, v, "engine", new_text("quickjs"));
    JS_SetPropertyStr(mc_ctx, v, "pid", JS_NewInt32(mc_ctx, getpid()));
    JS_SetPropertyStr(mc_ctx, v, "roots", roots);
    JSValue text = JS_JSONStringify(mc_ctx, v, JS_UNDEFINED, JS_UNDEFINED);
    JS_FreeValue(mc_ctx, v);
    return text;
}

static JSValue arguments(void)
{
    JSValue list = JS_NewArray(mc_ctx);
    for (int i = 1; i < mc_argc; i++) JS_SetPropertyUint32(mc_ctx, list, (uint32_t)(i - 1), new_text(mc_argv[i]));
    JSValue text = JS_JSONStringify(mc_ctx, list, JS_UNDEFINED, JS_UNDEFINED);
    JS_FreeValue(mc_ctx, list);
    return text;
}

static JSValue resource(const char *name)
{
    const Part *part = part_find(name);
    uint8_t *bytes = part != NULL ? part_load(part) : NULL;
    JSValue v = part == NULL ? JS_UNDEFINED : bytes == NULL ? JS_ThrowOutOfMemory(mc_ctx) : mc_new_bytes(bytes, part_size(part));
    free(bytes);
    return v;
}

/* The operations that take a text. */
static JSValue sync_text(int op, const char *text, size_t len, JSValueConst b)
{
    const char *second;
    switch (op) {
    case SYNC_ENV:
        second = utf8_whole(text, len) ? getenv(text) : NULL;
        return second != NULL ? new_text(second) : JS_UNDEFINED;
    case SYNC_RESOURCE: return utf8_whole(text, len) ? resource(text) : JS_UNDEFINED;
    case SYNC_UTF8_ENCODE: {
        JSValue bytes = mc_new_bytes((const uint8_t *)text, len);
        const uint8_t *view;
        if (mc_bytes(bytes, &view, &len)) utf8_mend((char *)view, len);
        return bytes;
    }
    default: break;
    }
    second = JS_ToCString(mc_ctx, b);
    if (second == NULL) return JS_EXCEPTION;
    if (op == SYNC_LOG) log_line(text, second, strlen(second));
    else log_print(strcmp(second, "err") == 0 ? 2 : 1, text, len);
    JS_FreeCString(mc_ctx, second);
    return JS_UNDEFINED;
}

static JSValue host_sync(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
    (void)this;
    JSValueConst a = argc > 1 ? argv[1] : JS_UNDEFINED, b = argc > 2 ? argv[2] : JS_UNDEFINED;
    int32_t op = 0, code = 70;
    struct timespec now;
    const uint8_t *bytes;
    size_t len;
    if (argc < 1 || JS_ToInt32(ctx, &op, argv[0]) != 0) op = 0;
    switch (op) {
    case SYNC_MONO_MS: return JS_NewFloat64(ctx, mono_ms());
    case SYNC_WALL_MS:
        clock_gettime(CLOCK_REALTIME, &now);
        return JS_NewFloat64(ctx, (double)now.tv_sec * 1e3 + (double)(now.tv_nsec / 1000000));
    case SYNC_RANDOM: return random_bytes(a);
    case SYNC_ARGS: return arguments();
    case SYNC_EXIT:
        if (JS_IsNumber(a)) JS_ToInt32(ctx, &code, a);
        loop_exit(code & 0xff);
        return JS_UNDEFINED;
    case SYNC_INFO: return info();
    case SYNC_WRITE_NOW: return JS_NewFloat64(ctx, stream_write_now(a, b));
    case SYNC_UTF8_DECODE: return mc_bytes(a, &bytes, &len) ? utf8_decode(bytes, len) : new_text("");
    case SYNC_LOG: case SYNC_ENV: case SYNC_PRINT: case SYNC_RESOURCE: case SYNC_UTF8_ENCODE: {
        const char *text = JS_ToCStringLen(ctx, &len, a);
        JSValue v = text == NULL ? JS_EXCEPTION : sync_text(op, text, len, b);
        JS_FreeCString(ctx, text);
        return v;
    }
    default: return JS_ThrowRangeError(ctx, "there is no sync operation %d", (int)op);
    }
}

/* ---- submit and cancel */

/* An operation's number: a positive integer; 0: it is none. */
static uint32_t id_of(JSValueConst v)
{
    double n = 0;
    if (!JS_IsNumber(v) || JS_ToFloat64(mc_ctx, &n, v) != 0 || !(n >= 1 && n <= INT32_MAX)) return 0;
    return (double)(uint32_t)n == n ? (uint32_t)n : 0;
}

static Start *start_of(int op)
{
    switch (op) {
    case OP_TIMER: return timer_start;
    case OP_SIGNAL: return signal_start;
    case OP_RESOLVE: return dns_resolve;
    case OP_CONNECT: return net_connect;
    case OP_LISTEN: return net_listen;
    case OP_ACCEPT: return stream_accept;
    case OP_READ: return stream_read;
    case OP_WRITE: return stream_write;
    case OP_SHUTDOWN: return stream_shutdown;
    case OP_CLOSE: return stream_close;
    case OP_UDP: return udp_open;
    case OP_SPAWN: return spawn_start;
    case OP_TTY: return tty_start;
    default: return op >= OP_FS_READ && op <= OP_FS_MKDIR ? fs_start : NULL;
    }
}

static JSValue host_submit(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
    (void)this;
    uint32_t id = argc > 0 ? id_of(argv[0]) : 0;
    int32_t kind = 0;
    if (argc > 1) JS_ToInt32(ctx, &kind, argv[1]);
    int full = op_count() >= HOST_OPS_MAX;
    Op *op = id != 0 ? op_new(id, kind) : NULL;
    /* A number that is in use would make two completions for one; nothing sane can follow. */
    if (op == NULL) return JS_ThrowRangeError(ctx, "this operation number is not free");
    Start *start = start_of(kind);
    if (full) op_fail(op, CODE_BUSY, "Too many operations are under way at once.");
    else if (start == NULL) op_fail(op, CODE_UNSUPPORTED, "This host cannot start other programs or do what was asked.");
    else start(op, argc > 2 ? argv[2] : JS_UNDEFINED, argc > 3 ? argv[3] : JS_UNDEFINED);
    return JS_UNDEFINED;
}

static JSValue host_cancel(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
    (void)ctx, (void)this;
    uint32_t id = argc > 0 ? id_of(argv[0]) : 0;
    Op *op = id != 0 ? op_find(id) : NULL;
    if (op != NULL && !op->ended && op->stop != NULL) op->stop(op);
    return JS_UNDEFINED;
}

void abi_init(void)
{
    JSValue global = JS_GetGlobalObject(mc_ctx), host = JS_NewObject(mc_ctx);
    JS_SetPropertyStr(mc_ctx, host, "sync", JS_NewCFunction(mc_ctx, host_sync, "sync", 3));
    JS_SetPropertyStr(mc_ctx, host, "submit", JS_NewCFunction(mc_ctx, host_submit, "submit", 4));
    JS_SetPropertyStr(mc_ctx, host, "cancel", JS_NewCFunction(mc_ctx, host_cancel, "cancel", 1));
    JS_SetPropertyStr(mc_ctx, global, "__host", host);
    JS_FreeValue(mc_ctx, global);
}
