/* The program: an engine without a parser, the bundle's bytecode, the loop, and one way to end when
   something in it is broken: one log line and exit code 70. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

/* Heap: a gateway at its bounds takes some 20 MB, a board has 64 MB or more. Stack: of the 8 MB that
   Linux gives. Run: no job of a healthy program takes a hundredth of it, on the slowest board. */
enum { HEAP_BYTES_MAX = 48 << 20, STACK_BYTES_MAX = 512 << 10, RUN_MS_MAX = 30000, REJECTED_MAX = 16 };

int mc_argc;
char **mc_argv;
static double run_until_ms;
static struct { JSValue promise, reason; } rejected[REJECTED_MAX];
static int rejected_len;

void mc_crash(const char *what)
{
    char line[2048], *at = line + snprintf(line, sizeof line, "{\"event\":\"host.crash\",\"what\":\"");
    for (; *what != 0 && at < line + sizeof line - 8; what++) {
        unsigned char c = (unsigned char)*what;
        if (c == '"' || c == '\\') *at++ = '\\';
        if (c >= ' ') *at++ = (char)c;
        else at += snprintf(at, 3, c == '\n' ? "\\n" : " ");
    }
    memcpy(at, "\"}", 3);
    log_line("error", line, (size_t)(at + 2 - line));
    log_flush(1000);
    _exit(70);
}

_Noreturn static void crash_with(JSValueConst error)
{
    char what[1536];
    JSValue stack = JS_IsObject(error) ? JS_GetPropertyStr(mc_ctx, error, "stack") : JS_UNDEFINED;
    const char *said = JS_ToCString(mc_ctx, error), *where = JS_IsString(stack) ? JS_ToCString(mc_ctx, stack) : NULL;
    /* Without memory for an error the engine throws null. */
    snprintf(what, sizeof what, "%s\n%s", JS_IsNull(error) || said == NULL ? "out of memory" : said, where != NULL ? where : "");
    mc_crash(what);
}

void mc_after(JSValue result)
{
    JSContext *ctx;
    int r = JS_IsException(result) ? -1 : 1;
    JS_FreeValue(mc_ctx, result);
    while (r > 0) r = JS_ExecutePendingJob(JS_GetRuntime(mc_ctx), &ctx);
    if (r < 0) crash_with(JS_GetException(mc_ctx));
    if (rejected_len > 0) crash_with(rejected[0].reason);
    run_until_ms = 0;
}

/* Told at once, and told again when somebody looks at the promise after all; judged when no job is left. */
static void on_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, JS_BOOL handled, void *of)
{
    (void)of;
    if (!handled) {
        if (rejected_len == REJECTED_MAX) crash_with(reason);
        rejected[rejected_len].promise = JS_DupValue(ctx, promise);
        rejected[rejected_len++].reason = JS_DupValue(ctx, reason);
        return;
    }
    for (int i = 0; i < rejected_len; i++) {
        if (JS_VALUE_GET_PTR(rejected[i].promise) != JS_VALUE_GET_PTR(promise)) continue;
        JS_FreeValue(ctx, rejected[i].promise);
        JS_FreeValue(ctx, rejected[i].reason);
        rejected[i] = rejected[--rejected_len];
        return;
    }
}

/* The engine asks every few thousand steps. */
static int on_interrupt(JSRuntime *rt, void *of)
{
    (void)rt, (void)of;
    double now = mono_ms();
    if (run_until_ms == 0) run_until_ms = now + RUN_MS_MAX;
    if (now > run_until_ms) mc_crash("a part of the program did not come to its end (an endless loop)");
    return 0;
}

/* Only what the bundle and skills use, and no eval: leaving an intrinsic out lets the linker drop its code. */
JSContext *mc_new_context(JSRuntime *rt)
{
    JSContext *ctx = JS_NewContextRaw(rt);
    if (ctx == NULL) return NULL;
    JS_AddIntrinsicBaseObjects(ctx);
    JS_AddIntrinsicDate(ctx);
    JS_AddIntrinsicRegExp(ctx);
    JS_AddIntrinsicJSON(ctx);
    JS_AddIntrinsicProxy(ctx);
    JS_AddIntrinsicMapSet(ctx);
    JS_AddIntrinsicTypedArrays(ctx);
    JS_AddIntrinsicPromise(ctx);
    JS_AddIntrinsicWeakRef(ctx);
    return ctx;
}

int main(int argc, char **argv)
{
    mc_argc = argc;
    mc_argv = argv;
    if (argc > 1 && strcmp(argv[1], "--sandbox") == 0 && sandbox_main != NULL) return sandbox_main();
    JSRuntime *rt = heap_runtime();
    mc_ctx = rt != NULL ? mc_new_context(rt) : NULL;
    if (mc_ctx == NULL) mc_crash("out of memory");
    JS_SetMemoryLimit(rt, HEAP_BYTES_MAX);
    JS_SetMaxStackSize(rt, STACK_BYTES_MAX);
    JS_SetGCThreshold(rt, HEAP_BYTES_MAX); /* nothing is unused while the program is read */
    JS_SetHostPromiseRejectionTracker(rt, on_rejection, NULL);
    JS_SetInterruptHandler(rt, on_interrupt, NULL);
    loop_init();
    fs_init(getenv("MIKROCLAW_WORKSPACE"));
    abi_init();
    if (mc_test_main == NULL || !mc_test_main()) mc_after(mc_program());
    JS_SetGCThreshold(rt, mc_heap_bytes() / 2 * 3); /* as the engine itself goes on */
    return loop_run();
}
