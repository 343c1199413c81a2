/* The skill's side (`mikroclaw --sandbox MS KIB`): an engine of its own with a parser, no function of the
   host but `send` and `receive` on the one socket, and a jail around it before the first byte is read.
   Out of time, memory or steps, the process ends itself; how it ended says why (skill.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "jail.h"
#include "skill.h"

/* Beside the engine's heap: the program, its stack, one message and what the allocator rounds up. */
enum { OTHER_BYTES = 6 << 20, STACK_BYTES = 192 << 10 };

static double until_ms;
static int turns;

/* The engine asks after every 10,000 calls or loops, and while a regular expression searches. */
static int on_interrupt(JSRuntime *rt, void *of)
{
    (void)rt, (void)of;
    if (mono_ms() > until_ms) _exit(SKILL_LATE);
    if (++turns > SKILL_TURNS_MAX) _exit(SKILL_STEPS);
    return 0;
}

/* All of it, or the process ends: the other side is gone. */
static void read_all(uint8_t *to, size_t len)
{
    while (len > 0) {
        ssize_t n = read(0, to, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) _exit(SKILL_DONE);
        to += n;
        len -= (size_t)n;
    }
}

static void write_all(const uint8_t *from, size_t len)
{
    while (len > 0) {
        ssize_t n = write(0, from, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) _exit(SKILL_DONE);
        from += n;
        len -= (size_t)n;
    }
}

static void send_text(const char *text, size_t len)
{
    const uint8_t head[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len };
    if (len > SKILL_MESSAGE_BYTES_MAX) _exit(SKILL_MESSAGE);
    write_all(head, sizeof head);
    write_all((const uint8_t *)text, len);
}

/* Ends with a NUL that is not counted; the next call takes the same place. */
static const char *receive_text(size_t *len)
{
    static char text[SKILL_MESSAGE_BYTES_MAX + 1];
    uint8_t head[4];
    read_all(head, sizeof head);
    *len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    if (*len > SKILL_MESSAGE_BYTES_MAX) _exit(SKILL_MESSAGE);
    read_all((uint8_t *)text, *len);
    text[*len] = 0;
    return text;
}

static JSValue skill_send(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
    (void)this;
    size_t len;
    const char *text = argc > 0 ? JS_ToCStringLen(ctx, &len, argv[0]) : NULL;
    if (text == NULL) return JS_EXCEPTION;
    send_text(text, len);
    JS_FreeCString(ctx, text);
    return JS_UNDEFINED;
}

static JSValue skill_receive(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
    (void)this, (void)argc, (void)argv;
    size_t len;
    const char *text = receive_text(&len);
    return JS_NewStringLen(ctx, text, len);
}

static JSContext *new_context(JSRuntime *rt)
{
    JSContext *ctx = mc_new_context(rt);
    if (ctx == NULL) return NULL;
    JS_AddIntrinsicEval(ctx);
    JSValue global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "send", JS_NewCFunction(ctx, skill_send, "send", 1));
    JS_SetPropertyStr(ctx, global, "receive", JS_NewCFunction(ctx, skill_receive, "receive", 0));
    JS_FreeValue(ctx, global);
    return ctx;
}

/* Says what was thrown. Without memory even for an error the engine throws null. */
_Noreturn static void fail(JSContext *ctx, JSValue error)
{
    JS_SetMemoryLimit(JS_GetRuntime(ctx), (size_t)-1); /* room for the sentence; the jail's limit holds */
    size_t len = 0;
    const char *text = JS_IsNull(error) ? NULL : JS_ToCString(ctx, error);
    if (text == NULL && !JS_IsNull(error) && !JS_IsNull(JS_GetException(ctx))) text = "Error: what was thrown is no text";
    if (text == NULL || strcmp(text, "InternalError: out of memory") == 0) _exit(SKILL_FULL);
    JSValue message = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, message, "error", JS_NewString(ctx, text));
    JSValue json = JS_JSONStringify(ctx, message, JS_UNDEFINED, JS_UNDEFINED);
    text = JS_ToCStringLen(ctx, &len, json);
    if (text != NULL) send_text(text, len);
    _exit(text != NULL ? SKILL_DONE : SKILL_FULL);
}

int sandbox_main(void)
{
    long ms = mc_argc > 2 ? strtol(mc_argv[2], NULL, 10) : 0, kib = mc_argc > 3 ? strtol(mc_argv[3], NULL, 10) : 0;
    size_t len, heap = (size_t)kib * 1024;
    if (ms < 1 || ms > SKILL_MS_MAX || heap < SKILL_HEAP_BYTES_MIN || heap > SKILL_HEAP_BYTES_MAX) return SKILL_BROKE;
    JSRuntime *rt = JS_NewRuntime();
    if (rt == NULL) return SKILL_FULL;
    JS_SetMemoryLimit(rt, heap);
    JS_SetMaxStackSize(rt, STACK_BYTES);
    JS_SetInterruptHandler(rt, on_interrupt, NULL);
    JSContext *other, *ctx = new_context(rt);
    if (ctx == NULL) return SKILL_FULL;
    if (jail_enter((unsigned)(ms / 1000 + 2), heap + OTHER_BYTES) != 0) return SKILL_NO_JAIL;
    until_ms = mono_ms() + (double)ms;
    const char *script = receive_text(&len);
    JSValue done = JS_Eval(ctx, script, len, "skill", JS_EVAL_TYPE_GLOBAL);
    int r = JS_IsException(done) ? -1 : 1;
    while (r > 0) r = JS_ExecutePendingJob(rt, &other);
    if (r < 0) fail(ctx, JS_GetException(ctx));
    if (JS_PromiseState(ctx, done) == JS_PROMISE_REJECTED) fail(ctx, JS_PromiseResult(ctx, done));
    if (JS_PromiseState(ctx, done) == JS_PROMISE_PENDING)
        fail(ctx, JS_NewString(ctx, "Error: the skill waits for something that never comes"));
    _exit(SKILL_DONE); /* the kernel frees everything */
}
