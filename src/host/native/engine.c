/* The engine as one unit: upstream's quickjs.c untouched, then the few accessors that need its
   private parts. Public functions would copy bytes twice or lose the part of a larger array. */
#if defined(__thumb__) && !defined(__thumb2__)
#define MC_HOT /* Thumb-1: the attribute makes the binary 400 KB larger */
#else
#define MC_HOT __attribute__((optimize("O2"))) /* the interpreter's loop alone: 1.8 times faster for 7 KB */
#endif
#include "quickjs.c"

#include "host.h"
#include "program_read.h"
#include "program_sleep.h"
#include "program_vars.h"

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

JSValue mc_program(void)
{
    JSAtom name = JS_NewAtom(mc_ctx, "mikroclaw.js");
    JSModuleDef *m = js_new_module_def(mc_ctx, name);
    if (m == NULL) return JS_EXCEPTION;
    m->func_obj = mc_make(mc_ctx, MODULE);
    if (JS_IsException(m->func_obj)) return JS_EXCEPTION;
    JSFunctionBytecode *b = JS_VALUE_GET_PTR(m->func_obj);
    if (mc_wake(mc_ctx, b)) return JS_EXCEPTION;
    leave_variables(b);
    JSValue ended = JS_EvalFunction(mc_ctx, JS_NewModuleValue(mc_ctx, m));
    b->closure_var = NULL; /* 8 bytes for each variable, never looked at again */
    js_free(mc_ctx, mc_module_names);
    mc_module_names = NULL;
    return ended;
}

int mc_pieces(void)
{
    return (pieces[CORE].bytes != NULL) + (pieces[LATE].bytes != NULL);
}

void mc_let_go(void)
{
    sleep_functions(JS_GetRuntime(mc_ctx));
    let_go_of_pieces();
}

void mc_forget_dead(void)
{
    gc_remove_weak_objects(JS_GetRuntime(mc_ctx));
}

size_t mc_heap_bytes(void)
{
    return JS_GetRuntime(mc_ctx)->malloc_state.malloc_size;
}
