/* bcgen IN.js OUT.bc NAME: compiles a script to the engine's bytecode, without its text and its
   lines. Built from the same quickjs.c as the binary that reads it: numbers of operations have no
   other identity. Run in the byte order of the target: compiled regular expressions keep the writer's.
   OUT.bc: lengths (4 bytes each, least significant first), then the bytecode without the code of its
   functions, then that code in columns (build/native/patches/quickjs-split-code.patch). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

enum { COLUMNS = 48 }; /* of engine.c */

extern void (*mc_put_code)(const uint8_t *code, int len);
int mc_column(int op, int at);

static struct { uint8_t *bytes; size_t len, room; } columns[COLUMNS];
static int lost;

static void put_byte(int column, uint8_t byte)
{
    if (column >= COLUMNS) lost = 1;
    else if (columns[column].len == columns[column].room) {
        size_t room = columns[column].room * 2 + 4096;
        uint8_t *more = realloc(columns[column].bytes, room);
        if (more == NULL) abort();
        columns[column].bytes = more;
        columns[column].room = room;
    }
    if (!lost) columns[column].bytes[columns[column].len++] = byte;
}

static void put_code(const uint8_t *code, int len)
{
    for (int pos = 0; pos < len;) {
        int op = code[pos], at = 0;
        for (int column; (column = mc_column(op, at)) >= 0; at++) put_byte(column, code[pos++]);
    }
}

static char *whole_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) return NULL;
    char *text = NULL;
    size_t room = 0, used = 0, got;
    do {
        room = room * 2 + 65536;
        char *more = realloc(text, room + 1);
        if (more == NULL) break;
        text = more;
        got = fread(text + used, 1, room - used, f);
        used += got;
    } while (used == room);
    int bad = ferror(f) || text == NULL || used == room;
    fclose(f);
    if (bad) {
        free(text);
        return NULL;
    }
    text[used] = 0;
    *len = used;
    return text;
}

static int put_length(FILE *f, size_t len)
{
    const uint8_t bytes[4] = { (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16), (uint8_t)(len >> 24) };
    return fwrite(bytes, 1, 4, f) != 4;
}

static int write_file(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL) return -1;
    int bad = lost || put_length(f, len);
    for (int i = 0; i < COLUMNS; i++) bad |= put_length(f, columns[i].len);
    bad |= fwrite(bytes, 1, len, f) != len;
    for (int i = 0; i < COLUMNS; i++) bad |= fwrite(columns[i].bytes, 1, columns[i].len, f) != columns[i].len;
    return fclose(f) != 0 || bad ? -1 : 0;
}

/* A script that is one function, called at once, becomes a module of the same text: the engine reaches a
   module's variables directly, but those of a running function by a search through all that are in use.
   The whole program starts in two thirds of the time. Other scripts stay what they are. */
static int unwrap(char **text, size_t *len)
{
    static const char head[] = "\"use strict\";(()=>{", tail[] = "})();\n";
    const size_t before = sizeof head - 1, after = sizeof tail - 1;
    if (*len < before + after || memcmp(*text, head, before) != 0) return JS_EVAL_TYPE_GLOBAL;
    if (memcmp(*text + *len - after, tail, after) != 0) return JS_EVAL_TYPE_GLOBAL;
    *text += before;
    *len -= before + after;
    (*text)[*len] = 0;
    return JS_EVAL_TYPE_MODULE;
}

static int complain(JSContext *ctx, const char *path)
{
    const char *text = JS_ToCString(ctx, JS_GetException(ctx));
    fprintf(stderr, "%s: %s\n", path, text ? text : "no memory");
    return 1;
}

int main(int argc, char **argv)
{
    size_t len = 0, size = 0;
    if (argc != 4) {
        fprintf(stderr, "usage: bcgen IN.js OUT.bc NAME\n");
        return 2;
    }
    char *text = whole_file(argv[1], &len);
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = rt ? JS_NewContext(rt) : NULL;
    if (text == NULL || ctx == NULL) {
        fprintf(stderr, "%s could not be read\n", argv[1]);
        return 1;
    }
    JS_SetStripInfo(rt, JS_STRIP_DEBUG);
    int kind = unwrap(&text, &len);
    JSValue script = JS_Eval(ctx, text, len, argv[3], kind | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(script)) return complain(ctx, argv[1]);
    mc_put_code = put_code;
    uint8_t *bytes = JS_WriteObject(ctx, &size, script, JS_WRITE_OBJ_BYTECODE);
    if (bytes == NULL) return complain(ctx, argv[1]);
    if (write_file(argv[2], bytes, size) != 0) {
        fprintf(stderr, "%s could not be written\n", argv[2]);
        return 1;
    }
    return 0;
}
