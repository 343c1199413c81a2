/* How the bundle's bytecode lies in the binary: scripts/native/bcgen.c writes it, engine.c reads it, both with
   quickjs.c above this line. Two parts: "core" has what every gateway needs, "late" the rest. Bytes of one
   kind lie together in a column, which deflates better: a part is HEAD numbers (how many names; functions; of the core
   those whose code and constants are late's first functions; its first child in core; in late), the lengths of the
   columns, all of 4 bytes with the least significant first, and the columns. */
#ifndef MC_PROGRAM_H
#define MC_PROGRAM_H

/* quickjs.c forbids itself the C library's. */
#undef malloc
#undef free
#undef realloc

enum { HEAD = 5, CORE = 0, LATE = 1 };
/* The columns of code come first, see mc_column(). */
enum {
    COLUMN_FLAGS = 48, COLUMN_MODE, COLUMN_NAME, COLUMN_ARGS, COLUMN_VARS, COLUMN_DEFINED, COLUMN_STACK, COLUMN_CLOSURES,
    COLUMN_PLACE, COLUMN_KIND, COLUMN_CONSTANTS, COLUMN_CODE, COLUMN_TAG, COLUMN_NUMBER, COLUMN_LENGTH, COLUMN_TEXT,
    COLUMN_NAME_LENGTH, COLUMN_NAME_TEXT, COLUMNS,
};
_Static_assert(5 + OP_FMT_label_u16 < COLUMN_FLAGS, "a column for every kind");
/* A constant that is a function has this tag and some of the bits below; any other is as the engine writes it. */
/* A constant that is a regular expression's code is its flags behind this tag; the pattern is the constant before it. */
enum { REGEXP = 0xef };
enum { CHILD = 0xf0, CHILD_LATE = 1, CHILD_WAITS = 2, CHILD_RUNS = 4, CHILD_NOW = 8 };
enum { ELSEWHERE = 0x8000 }; /* among the flags of a function */
/* A name in code that is the next of those that were not met before, in the order in which the parts lie. */
enum { NEW_NAME = JS_ATOM_NULL };
_Static_assert((int)BC_TAG_OBJECT_REFERENCE < REGEXP, "the engine's tags end before");

/* What stands among a function's constants for a child that is made later. */
static JSValue mc_later(uint32_t number, int kind)
{
    return JS_MKVAL(JS_TAG_UNINITIALIZED, (int)(number << MC_NUMBER | (kind & CHILD_WAITS ? MC_WAITS : 0) | (kind & CHILD_RUNS ? MC_RUNS : 0)));
}

/* The column of byte `at` of an instruction; -1: it is shorter. */
static int mc_column(int op, int at)
{
    int fmt = short_opcode_info(op).fmt, named = fmt >= OP_FMT_atom && fmt <= OP_FMT_atom_label_u16;
    if (at >= short_opcode_info(op).size) return -1;
    return at == 0 || (named && at <= 4) ? at : 5 + fmt;
}

/* A regular expression's code. How deep the engine's stack is does not matter to it: the program's patterns are not deep. */
static JSValue mc_regexp(JSContext *ctx, JSValueConst pattern, int flags)
{
    static const char letters[] = "gimsuyd"; /* in the order of LRE_FLAG_GLOBAL … */
    char text[sizeof letters];
    size_t n = 0;
    for (int i = 0; i < 7; i++)
        if (flags >> i & 1) text[n++] = letters[i];
    JSValue given = JS_NewStringLen(ctx, text, n);
    uintptr_t limit = ctx->rt->stack_limit;
    ctx->rt->stack_limit = 0;
    JSValue code = js_compile_regexp(ctx, pattern, given);
    ctx->rt->stack_limit = limit;
    JS_FreeValue(ctx, given);
    return code;
}

#endif
