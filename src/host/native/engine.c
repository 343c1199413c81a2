/* The engine as one unit: upstream's quickjs.c untouched, then the few accessors that need its
   private parts. Public functions would copy bytes twice or lose the part of a larger array. */
#if defined(__thumb__) && !defined(__thumb2__)
#define MC_HOT /* Thumb-1: the attribute makes the binary 400 KB larger */
#else
#define MC_HOT __attribute__((optimize("O2"))) /* the interpreter's loop alone: 1.8 times faster for 7 KB */
#endif
#include "quickjs.c"

#include "host.h"

JSContext *mc_ctx;

JSValue mc_new_bytes(const uint8_t *bytes, size_t len)
{
    /* The constructor looks at all three, whatever their count. */
    JSValue args[3] = { JS_NewArrayBufferCopy(mc_ctx, bytes, len), JS_UNDEFINED, JS_UNDEFINED };
    if (JS_IsException(args[0])) return args[0];
    JSValue array = JS_NewTypedArray(mc_ctx, 3, args, JS_TYPED_ARRAY_UINT8);
    JS_FreeValue(mc_ctx, args[0]);
    return array;
}

int mc_bytes(JSValueConst v, const uint8_t **bytes, size_t *len)
{
    if (JS_VALUE_GET_TAG(v) != JS_TAG_OBJECT) return 0;
    JSObject *p = JS_VALUE_GET_OBJ(v);
    if (p->class_id != JS_CLASS_UINT8_ARRAY) return 0;
    *bytes = p->u.array.u.uint8_ptr;
    *len = p->u.array.count;
    return 1;
}

/* A program as scripts/native/bcgen.c writes it: code of functions lies in columns, apart from the rest. */
enum { COLUMNS = 48, LENGTHS = 4 * (1 + COLUMNS) };
_Static_assert(5 + OP_FMT_label_u16 < COLUMNS, "a column for every kind");

static struct { const uint8_t *at, *end; } columns[COLUMNS];

static int get_code(uint8_t *code, int len)
{
    for (int pos = 0; pos < len;) {
        int op = columns[0].at < columns[0].end ? *columns[0].at : 0;
        for (int at = 0, c; (c = mc_column(op, at)) >= 0; at++) {
            if (pos == len || columns[c].at == columns[c].end) return -1;
            code[pos++] = *columns[c].at++;
        }
    }
    return 0;
}

JSValue mc_read_program(const uint8_t *bytes, size_t len)
{
    const uint8_t *at = bytes + LENGTHS;
    uint32_t rest = 0;
    for (int i = 0; i <= COLUMNS && len >= LENGTHS; i++) {
        const uint8_t *l = bytes + 4 * i;
        uint32_t size = l[0] | (uint32_t)l[1] << 8 | (uint32_t)l[2] << 16 | (uint32_t)l[3] << 24;
        if (size > (size_t)(bytes + len - at)) return JS_ThrowSyntaxError(mc_ctx, "the program is cut");
        if (i == 0) rest = size;
        else columns[i - 1].at = at, columns[i - 1].end = at + size;
        at += size;
    }
    mc_get_code = get_code;
    JSValue program = JS_ReadObject(mc_ctx, bytes + LENGTHS, rest, JS_READ_OBJ_BYTECODE);
    mc_get_code = NULL;
    return program;
}

size_t mc_heap_bytes(void)
{
    return JS_GetRuntime(mc_ctx)->malloc_state.malloc_size;
}
