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
