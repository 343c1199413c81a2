/* Lines from the person on descriptor 0: at a terminal with the kernel's own editing, from a pipe or
   a file plain ones. It is read only while somebody asks, so a long pipe is never taken into memory. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

static char text[CLI_LINE_BYTES_MAX + 2];
static size_t len;
static int ended, skipping, watched;
static Op *reader;
static Handle *input;

static void deliver(size_t line, size_t taken)
{
    Op *op = reader;
    reader = NULL;
    if (line > 0 && text[line - 1] == '\r') line--;
    if (skipping || line > CLI_LINE_BYTES_MAX)
        op_fail(op, CODE_BUSY, "A line may have %d bytes; this longer one was left out.", CLI_LINE_BYTES_MAX);
    else
        op_text(op, text, line);
    skipping = 0;
    memmove(text, text + taken, len - taken);
    len -= taken;
}

/* → 0: there is nothing to read now */
static int more(void)
{
    struct pollfd p = { .fd = 0, .events = POLLIN };
    /* The descriptor may be shared with others, so it is not made non-blocking: it is asked first. */
    if (poll(&p, 1, 0) != 1) return 0;
    ssize_t n = read(0, text + len, sizeof text - len);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return errno == EINTR;
    if (n <= 0) ended = 1;
    else len += (size_t)n;
    return 1;
}

static void serve(Handle *h)
{
    (void)h;
    while (reader != NULL) {
        char *end = memchr(text, '\n', len);
        if (end != NULL) return deliver((size_t)(end - text), (size_t)(end - text) + 1);
        if (len > CLI_LINE_BYTES_MAX) {
            /* The rest of this line is read and dropped; half a command must never be taken for a whole one. */
            skipping = 1;
            len = 0;
        }
        if (ended && (len > 0 || skipping)) return deliver(len, len);
        if (ended) {
            op_fail(reader, CODE_NOTFOUND, "The input has ended.");
            reader = NULL;
        } else if (!more()) {
            return;
        }
    }
}

static void prompt_stop(Op *op)
{
    reader = NULL;
    op_canceled(op);
}

void tty_start(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    if (reader != NULL) return op_fail(op, CODE_INVALID, "A prompt is open already.");
    if (!watched) {
        watched = 1;
        int fd = dup(0);
        input = fd < 0 ? NULL : handle_new(fd, 1); /* none for a file: it is always ready */
        if (fd < 0) ended = 1;
        if (input != NULL) input->ready = serve;
    }
    if (isatty(0) && isatty(1)) {
        size_t n;
        const char *prompt = JS_ToCStringLen(mc_ctx, &n, a);
        if (prompt != NULL) log_print(1, prompt, n);
        JS_FreeCString(mc_ctx, prompt);
    }
    reader = op;
    op->stop = prompt_stop;
    serve(NULL);
}
