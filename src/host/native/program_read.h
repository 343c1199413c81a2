/* Functions of the program, inside engine.c, made from their rows when the engine asks for them
   (build/native/patches/quickjs-late-functions.patch). */
#include "program_rows.h"

static void open_row(BCReaderState *s, const Piece *p, const Row *row)
{
    memset(s, 0, sizeof *s);
    s->ctx = mc_ctx;
    s->allow_bytecode = 1;
    s->buf_start = s->ptr = p->bytes + row->at;
    s->buf_end = p->bytes + row[1].at;
}

enum { MODULE = 0 }; /* the number of its function */

static const Row *open_function(BCReaderState *s, uint32_t number)
{
    const Piece *core = piece(CORE), *p = number < core_count ? core : piece(LATE);
    const Row *row = &p->functions[number < core_count ? number : number - core_count + core_apart];
    open_row(s, p, row);
    return row;
}

static JSAtom new_atom(const Piece *p, const Row *name)
{
    BCReaderState s;
    unsigned apart = heap_apart;
    heap_apart = 0; /* others will have it, too */
    open_row(&s, p, name);
    JSString *text = JS_ReadString(&s);
    JSAtom atom = text != NULL ? JS_NewAtomStr(mc_ctx, text) : JS_ATOM_NULL;
    if (atom == JS_ATOM_NULL) damaged();
    heap_apart = apart;
    return atom;
}

static JSAtom atom_of(uint32_t number)
{
    if (number < JS_ATOM_END || __JS_AtomIsTaggedInt(number)) return JS_DupAtom(mc_ctx, number);
    number -= JS_ATOM_END;
    const Piece *core = piece(CORE), *p = number < core_names ? core : piece(LATE);
    if (p != core) number -= core_names;
    if (p->atoms[number] == JS_ATOM_NULL) p->atoms[number] = new_atom(p, &p->names[number]);
    return JS_DupAtom(mc_ctx, p->atoms[number]);
}

/* All of a function but its closure, code and constants. → whether those two lie elsewhere */
static int read_head(BCReaderState *s, JSFunctionBytecode *b, uint32_t *name)
{
    uint32_t n = 0;
    uint16_t flags;
    memset(b, 0, sizeof *b);
    bc_get_u16(s, &flags);
    int at = 0;
    b->has_prototype = bc_get_flags(flags, &at, 1);
    b->has_simple_parameter_list = bc_get_flags(flags, &at, 1);
    b->is_derived_class_constructor = bc_get_flags(flags, &at, 1);
    b->need_home_object = bc_get_flags(flags, &at, 1);
    b->func_kind = bc_get_flags(flags, &at, 2);
    b->new_target_allowed = bc_get_flags(flags, &at, 1);
    b->super_call_allowed = bc_get_flags(flags, &at, 1);
    b->super_allowed = bc_get_flags(flags, &at, 1);
    b->arguments_allowed = bc_get_flags(flags, &at, 1);
    bc_get_u8(s, &b->js_mode);
    bc_get_leb128(s, &n);
    bc_get_leb128_u16(s, &b->arg_count);
    bc_get_leb128_u16(s, &b->var_count);
    bc_get_leb128_u16(s, &b->defined_arg_count);
    bc_get_leb128_u16(s, &b->stack_size);
    bc_get_leb128_int(s, &b->closure_var_count);
    *name = n & 1 ? __JS_AtomFromUInt32(n >> 1) : n >> 1;
    return flags & ELSEWHERE;
}

static void read_closure_var(BCReaderState *s, JSClosureVar *v)
{
    int place = 0, at = 0;
    uint8_t flags;
    bc_get_leb128_int(s, &place);
    bc_get_u8(s, &flags);
    *v = (JSClosureVar){ .var_idx = (uint16_t)place };
    v->is_local = bc_get_flags(flags, &at, 1);
    v->is_arg = bc_get_flags(flags, &at, 1);
    v->is_const = bc_get_flags(flags, &at, 1);
    v->is_lexical = bc_get_flags(flags, &at, 1);
    v->var_kind = bc_get_flags(flags, &at, 4);
}

static JSValue mc_make(JSContext *ctx, uint32_t number)
{
    BCReaderState s;
    JSFunctionBytecode head, *b;
    open_function(&s, number);
    uint32_t name;
    read_head(&s, &head, &name);
    size_t size = offsetof(JSFunctionBytecode, debug), more = (size_t)head.closure_var_count * sizeof *b->closure_var;
    b = js_malloc(ctx, number == MODULE ? size : size + more);
    if (b == NULL) return JS_EXCEPTION;
    memcpy(b, &head, size);
    b->header.ref_count = 1;
    b->late = number + 1;
    b->func_name = atom_of(name);
    b->closure_var = number == MODULE ? mc_module_names = js_malloc(ctx, more) : (JSClosureVar *)((uint8_t *)b + size);
    if (b->closure_var == NULL) return JS_EXCEPTION;
    for (int i = 0; i < b->closure_var_count; i++) read_closure_var(&s, &b->closure_var[i]);
    b->realm = JS_DupContext(ctx);
    add_gc_object(ctx->rt, &b->header, JS_GC_OBJ_TYPE_FUNCTION_BYTECODE);
    return JS_MKPTR(JS_TAG_FUNCTION_BYTECODE, b);
}

/* Not by the engine's own reader, which knows all there can be, functions and maps too: it is 5 KB. */
static JSValue read_value(BCReaderState *s, int tag)
{
    JSFloat64Union number;
    JSString *text;
    int whole;
    switch (tag) {
    case BC_TAG_INT32:
        bc_get_sleb128(s, &whole);
        return JS_NewInt32(s->ctx, whole);
    case BC_TAG_FLOAT64:
        bc_get_u64(s, &number.u64);
        return __JS_NewFloat64(s->ctx, number.d);
    case BC_TAG_BIG_INT:
        return JS_ReadBigInt(s);
    default:
        text = JS_ReadString(s);
        return text == NULL ? JS_EXCEPTION : JS_MKPTR(JS_TAG_STRING, text);
    }
}

static JSValue read_constant(BCReaderState *s, JSValueConst before, uint32_t next[2])
{
    int tag = *s->ptr++;
    if (tag < REGEXP) return read_value(s, tag);
    if (tag == REGEXP) return mc_regexp(s->ctx, before, *s->ptr++);
    uint32_t number = next[tag & CHILD_LATE]++;
    return tag & CHILD_NOW ? mc_make(s->ctx, number) : mc_later(number, tag);
}

static void name_atoms(uint8_t *code, int len)
{
    if (is_be()) bc_byte_swap(code, len);
    for (int pos = 0; pos < len; pos += short_opcode_info(code[pos]).size) {
        int fmt = short_opcode_info(code[pos]).fmt;
        if (fmt >= OP_FMT_atom && fmt <= OP_FMT_atom_label_u16) put_u32(code + pos + 1, atom_of(get_u32(code + pos + 1)));
    }
}

/* The row from where a function's code begins. */
static const Row *open_code(BCReaderState *s, uint32_t number)
{
    JSFunctionBytecode head;
    JSClosureVar skipped;
    uint32_t name;
    const Row *row = open_function(s, number);
    if (read_head(s, &head, &name)) {
        const Piece *late = piece(LATE);
        row = &late->functions[row->next[LATE]];
        open_row(s, late, row);
    } else {
        for (int i = 0; i < head.closure_var_count; i++) read_closure_var(s, &skipped);
    }
    return row;
}

/* ---- When nothing has to be done, code goes again: that of a start and of a chat. What comes back in a time that
   needed none of the late part, a poll or a request for /health, stays. */

enum { NUMBERS_MAX = MC_SOON / 2 };
typedef uint32_t Numbers[NUMBERS_MAX / 32 + 1];
static Numbers went, stays;

static int has(const Numbers set, const JSFunctionBytecode *b)
{
    return set[b->late / 32] >> b->late % 32 & 1;
}

static void put(Numbers set, const JSFunctionBytecode *b)
{
    set[b->late / 32] |= 1u << b->late % 32;
}

static int mc_wake(JSContext *ctx, JSFunctionBytecode *b)
{
    BCReaderState s;
    int constant_count = 0, len = 0;
    const Row *row = open_code(&s, b->late - 1);
    uint32_t next[2] = { row->next[CORE], row->next[LATE] };
    bc_get_leb128_int(&s, &constant_count);
    bc_get_leb128_int(&s, &len);
    heap_apart = !has(went, b) || pieces[LATE].bytes != NULL; /* what stays fills holes; the rest leaves whole pages */
    JSValue *constants = js_malloc(ctx, (size_t)constant_count * sizeof *constants + (size_t)len);
    if (constants == NULL) heap_apart = 0;
    if (constants == NULL) return -1;
    uint8_t *code = (uint8_t *)(constants + constant_count);
    bc_get_buf(&s, code, (uint32_t)len);
    name_atoms(code, len);
    for (int i = 0; i < constant_count; i++) {
        constants[i] = read_constant(&s, i > 0 ? constants[i - 1] : JS_UNDEFINED, next);
        if (JS_IsException(constants[i]) || s.error_state) damaged();
    }
    heap_apart = 0;
    b->cpool = constants;
    b->cpool_count = constant_count;
    b->byte_code_buf = code;
    b->byte_code_len = len;
    return 0;
}
