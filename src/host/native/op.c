/* Operations by their numbers, and their completions: each submit ends exactly once, and what ended
   waits in a queue until the loop hands it to the bundle, never inside another call. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

enum { BUCKETS = 64 };
static Op *buckets[BUCKETS];
static Op *ended, **ended_tail = &ended;
static int count;
static JSValue complete_fn;

Op *op_find(uint32_t id)
{
    Op *op = buckets[id % BUCKETS];
    while (op != NULL && op->id != id) op = op->next;
    return op;
}

Op *op_new(uint32_t id, int kind)
{
    Op *op = op_find(id) == NULL ? calloc(1, sizeof *op) : NULL;
    if (op == NULL) return NULL;
    op->id = id;
    op->op = (uint8_t)kind;
    op->value = JS_UNDEFINED;
    op->next = buckets[id % BUCKETS];
    buckets[id % BUCKETS] = op;
    count++;
    return op;
}

int op_count(void)
{
    return count;
}

void op_end(Op *op, int code, JSValue value)
{
    if (op->ended) mc_crash("an operation ended twice");
    if (JS_IsException(value)) {
        JS_FreeValue(mc_ctx, JS_GetException(mc_ctx));
        mc_crash("out of memory");
    }
    timer_drop(&op->timer);
    op->ended = 1;
    op->stop = NULL;
    op->code = (uint8_t)code;
    op->value = value;
    *ended_tail = op;
    ended_tail = &op->next_ended;
}

void op_number(Op *op, double value)
{
    op_end(op, CODE_OK, JS_NewFloat64(mc_ctx, value));
}

void op_text(Op *op, const char *text, size_t len)
{
    op_end(op, CODE_OK, utf8_decode((const uint8_t *)text, len));
}

void op_fail(Op *op, int code, const char *format, ...)
{
    char text[2 * MC_WHY];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    op_end(op, code, len == 0 ? JS_UNDEFINED : utf8_decode((const uint8_t *)text, len));
}

void op_canceled(Op *op)
{
    op_end(op, CODE_CANCELED, JS_UNDEFINED);
}

static void forget(Op *op)
{
    Op **at = &buckets[op->id % BUCKETS];
    while (*at != op) at = &(*at)->next;
    *at = op->next;
    count--;
    free(op->bytes);
    free(op);
}

int op_deliver(int max)
{
    int n = 0;
    if (!JS_IsObject(complete_fn)) {
        JSValue global = JS_GetGlobalObject(mc_ctx);
        complete_fn = JS_GetPropertyStr(mc_ctx, global, "__complete");
        JS_FreeValue(mc_ctx, global);
    }
    for (; n < max && ended != NULL; n++) {
        Op *op = ended;
        ended = op->next_ended;
        if (ended == NULL) ended_tail = &ended;
        JSValue args[3] = { JS_NewInt32(mc_ctx, (int32_t)op->id), JS_NewInt32(mc_ctx, op->code), op->value };
        forget(op); /* first: the bundle may use the number again inside the call */
        JSValue r = JS_Call(mc_ctx, complete_fn, JS_UNDEFINED, 3, args);
        JS_FreeValue(mc_ctx, args[2]);
        mc_after(r);
    }
    return n;
}

int op_waiting(void)
{
    return ended != NULL;
}

static const struct { int err, code; const char *said; } errnos[] = {
    { ENOENT, CODE_NOTFOUND, "There is nothing of that name." },
    { EEXIST, CODE_EXISTS, "There is something of that name already." },
    { ELOOP, CODE_DENIED, "A link on this path leads elsewhere; links are not followed." },
    { EXDEV, CODE_DENIED, "A link on this path leads elsewhere; links are not followed." },
    { EACCES, CODE_DENIED, "The system does not allow this program to do that." },
    { EPERM, CODE_DENIED, "The system does not allow this program to do that." },
    { EROFS, CODE_DENIED, "This disk is read-only." },
    { ENXIO, CODE_DENIED, "There is something else than a plain file at this path." },
    { EISDIR, CODE_DENIED, "There is a folder at that path." },
    { ENOTDIR, CODE_DENIED, "There is something else than a folder at this path." },
    { ENOTEMPTY, CODE_DENIED, "The folder is not empty." },
    { EMLINK, CODE_DENIED, "This file has more than one name (a hard link), so it is left alone." },
    { ENAMETOOLONG, CODE_IO, "A name in this path is too long for the disk." },
    { ENOSPC, CODE_NOSPACE, "The disk is full." },
    { EDQUOT, CODE_NOSPACE, "The disk quota is used up." },
    { EFBIG, CODE_NOSPACE, "The file is too large." },
    { EMFILE, CODE_BUSY, "Too many files are open." },
    { ENFILE, CODE_BUSY, "Too many files are open." },
    { ENOBUFS, CODE_BUSY, "The system has no memory left for this." },
    { ENOMEM, CODE_BUSY, "The system has no memory left for this." },
    { EADDRINUSE, CODE_EXISTS, "Another program uses that port." },
    { ECONNREFUSED, CODE_REFUSED, NULL },
    { EHOSTUNREACH, CODE_UNREACHABLE, NULL },
    { ENETUNREACH, CODE_UNREACHABLE, NULL },
    { EHOSTDOWN, CODE_UNREACHABLE, NULL },
    { ENETDOWN, CODE_UNREACHABLE, NULL },
    { EADDRNOTAVAIL, CODE_UNREACHABLE, NULL },
    { ECONNRESET, CODE_RESET, NULL },
    { ECONNABORTED, CODE_RESET, NULL },
    { EPIPE, CODE_RESET, NULL },
    { ETIMEDOUT, CODE_TIMEDOUT, NULL },
};

int code_of(int err)
{
    for (size_t i = 0; i < sizeof errnos / sizeof *errnos; i++)
        if (errnos[i].err == err) return errnos[i].code;
    return CODE_IO;
}

void op_errno(Op *op, int err)
{
    for (size_t i = 0; i < sizeof errnos / sizeof *errnos; i++)
        if (errnos[i].err == err && errnos[i].said != NULL) return op_fail(op, errnos[i].code, "%s", errnos[i].said);
    op_fail(op, code_of(err), "The system answered error %d.", err);
}
