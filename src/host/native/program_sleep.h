/* Code that goes again, inside engine.c. */

/* Functions that wait in the middle of their code. */
static void mark_waiting(JSRuntime *rt, uint8_t mark)
{
    struct list_head *el;
    list_for_each(el, &rt->gc_obj_list) {
        JSAsyncFunctionState *state = (JSAsyncFunctionState *)list_entry(el, JSGCObjectHeader, link);
        if (state->header.gc_obj_type != JS_GC_OBJ_TYPE_ASYNC_FUNCTION || state->is_completed) continue;
        JS_VALUE_GET_OBJ(state->frame.cur_func)->u.func.function_bytecode->header.dummy1 = mark;
    }
}

static int may_sleep(const JSGCObjectHeader *h)
{
    const JSFunctionBytecode *b = (const JSFunctionBytecode *)h;
    if (h->gc_obj_type != JS_GC_OBJ_TYPE_FUNCTION_BYTECODE || b->byte_code_buf == NULL || h->dummy1) return 0;
    if (b->late == 0 || has(stays, b)) return 0;
    if (pieces[LATE].bytes == NULL && has(went, b)) {
        put(stays, b);
        return 0;
    }
    return 1;
}

static void sleep_now(JSRuntime *rt, JSFunctionBytecode *b)
{
    JSValue *constants = b->cpool;
    int count = b->cpool_count;
    put(went, b);
    free_bytecode_atoms(rt, b->byte_code_buf, b->byte_code_len, TRUE);
    b->byte_code_buf = NULL;
    b->cpool = NULL;
    b->byte_code_len = b->cpool_count = 0;
    for (int i = 0; i < count; i++) JS_FreeValueRT(rt, constants[i]);
    js_free_rt(rt, constants);
}

/* Only while nothing runs. */
static void sleep_functions(JSRuntime *rt)
{
    struct list_head *el;
    size_t count = 0, n = 0;
    mark_waiting(rt, 1);
    list_for_each(el, &rt->gc_obj_list) count += (size_t)may_sleep(list_entry(el, JSGCObjectHeader, link));
    JSFunctionBytecode **all = malloc((count + 1) * sizeof *all);
    list_for_each(el, &rt->gc_obj_list) {
        JSGCObjectHeader *h = list_entry(el, JSGCObjectHeader, link);
        if (all == NULL || !may_sleep(h)) continue;
        h->ref_count++; /* one that sleeps may be the last to know another */
        all[n++] = (JSFunctionBytecode *)h;
    }
    mark_waiting(rt, 0);
    for (size_t i = 0; i < n; i++) sleep_now(rt, all[i]);
    for (size_t i = 0; i < n; i++) JS_FreeValueRT(rt, JS_MKPTR(JS_TAG_FUNCTION_BYTECODE, all[i]));
    free(all);
}
