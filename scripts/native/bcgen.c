/* bcgen IN.js FOLDER REHEARSAL.js: compiles the bundle to the engine's bytecode, without its text and its lines:
   FOLDER/core.bc and late.bc (src/host/native/program.h), and FOLDER/operations, the names of those that are in it. Made of the same quickjs.c as the binary that reads it:
   numbers of operations have no other identity. Run in the byte order of the target, as the engine's own writer of
   constants is used. Which functions are core it finds by trying: REHEARSAL.js is a host for the program, and
   what runs there is core, and the heads of closures that are made; late values (late.ts) that were made are
   told on stdout. The same script, the same bytes. */
#include "quickjs.c"

#include <stdio.h>
#include "program.h"

enum { FUNCTIONS_MAX = MC_SOON / 2 };
enum { NOTHING, THE_HEAD, ALL };
enum { REGEXP_FLAGS = LRE_FLAG_NAMED_GROUPS - 1 }; /* this and higher ones are the compiler's own */

typedef struct Function {
    JSFunctionBytecode *b;
    JSValue *constants;          /* as they were compiled */
    struct Function **children;  /* by their place among the constants; NULL: no function */
    uint8_t *code, *kinds, core; /* kinds: of children, or REGEXP; what of it is core: NOTHING … */
    uint32_t number;
    const char *variable;        /* that a late value is of */
} Function;

typedef struct { uint8_t *bytes; size_t len, room; } Column;
typedef struct { uint32_t head[HEAD]; Column columns[COLUMNS]; } Piece;

static const char *const operations[] = {
#define FMT(f)
#define DEF(id, size, n_pop, n_push, f) [OP_##id] = #id,
#define def(id, size, n_pop, n_push, f)
#include "quickjs-opcode.h"
#undef def
#undef DEF
#undef FMT
};
static uint8_t is_used[OP_COUNT];

static Function *functions[FUNCTIONS_MAX];
static uint32_t function_count;
static BCWriterState atoms;

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "bcgen: %s\n", what);
    exit(1);
}

static void *get(size_t size)
{
    void *block = calloc(1, size + 1);
    if (block == NULL) give_up("no memory");
    return block;
}

/* ---- what the engine asks for while the program is tried */

static JSValue mc_make(JSContext *ctx, uint32_t number)
{
    if (functions[number]->core == NOTHING) functions[number]->core = THE_HEAD;
    return JS_DupValue(ctx, JS_MKPTR(JS_TAG_FUNCTION_BYTECODE, functions[number]->b));
}

static int mc_wake(JSContext *ctx, JSFunctionBytecode *b)
{
    (void)ctx;
    Function *f = functions[b->late - 1];
    f->core = ALL;
    b->byte_code_buf = f->code;
    return 0;
}

/* ---- the tree of functions */

static int is_function(JSValue v)
{
    return JS_VALUE_GET_TAG(v) == JS_TAG_FUNCTION_BYTECODE;
}

/* Whether a closure needs variables of the call that makes it. */
static int needs_frame(const JSFunctionBytecode *b)
{
    for (int i = 0; i < b->closure_var_count; i++)
        if (b->closure_var[i].is_local) return 1;
    return 0;
}

static int is_put(int op)
{
    return op == OP_put_var_ref || (op >= OP_put_var_ref0 && op <= OP_put_var_ref3);
}

/* scripts/native/late.ts calls the maker of a late value by the variable's name. */
static const char *late_variable(const JSFunctionBytecode *b)
{
    const char *name = JS_AtomToCString(atoms.ctx, b->func_name);
    return strncmp(name, "late$", 5) == 0 ? name + 5 : NULL;
}

/* How a child comes: with its parent, when its closure is made, or, as a variable of the module, when that is used. */
static void find_kinds(Function *f, int of_module)
{
    const uint8_t *code = f->b->byte_code_buf;
    for (int i = 0; i < f->b->cpool_count; i++) f->kinds[i] = CHILD_NOW;
    for (int pos = 0, len; pos < f->b->byte_code_len; pos += len) {
        int op = code[pos];
        len = short_opcode_info(op).size;
        if (op != OP_fclosure && op != OP_fclosure8) continue;
        uint32_t i = op == OP_fclosure ? get_u32(code + pos + 1) : code[pos + 1];
        if (f->children[i] == NULL) give_up("a closure of something else");
        JSFunctionBytecode *child = f->children[i]->b;
        const uint8_t *then = code + pos + len;
        f->kinds[i] = 0;
        const char *variable = late_variable(child);
        if (variable != NULL && (!of_module || needs_frame(child) || !is_put(then[0]))) give_up("a late value of no variable");
        if (!of_module || needs_frame(child)) continue;
        if (then[0] == OP_set_name && is_put(then[5])) child->func_name = get_u32(then + 1);
        else if (!is_put(then[0])) continue;
        f->kinds[i] = CHILD_WAITS;
        if (variable == NULL) continue;
        f->kinds[i] |= CHILD_RUNS;
        f->children[i]->variable = variable;
        child->func_name = JS_ATOM_NULL;
    }
}

/* Constants that are a regular expression's code, if it can be made again of what the reader has. */
static void find_regexps(Function *f)
{
    const uint8_t *code = f->b->byte_code_buf;
    int i = -1; /* the constant that the last instruction pushed */
    for (int pos = 0; pos < f->b->byte_code_len; pos += short_opcode_info(code[pos]).size) {
        int op = code[pos];
        if (op == OP_regexp) {
            if (i < 1 || JS_VALUE_GET_TAG(f->constants[i]) != JS_TAG_STRING) give_up("a regular expression of something else");
            JSString *was = JS_VALUE_GET_STRING(f->constants[i]);
            JSValue again = mc_regexp(atoms.ctx, f->constants[i - 1], lre_get_flags(was->u.str8) & REGEXP_FLAGS);
            if (JS_IsException(again) || js_string_compare(atoms.ctx, was, JS_VALUE_GET_STRING(again)) != 0)
                give_up("a regular expression that is another when it is compiled again");
            f->kinds[i] = REGEXP;
        }
        i = op == OP_push_const ? (int)get_u32(code + pos + 1) : op == OP_push_const8 ? code[pos + 1] : -1;
    }
}

static Function *enter(JSFunctionBytecode *b)
{
    Function *f = get(sizeof *f);
    if (function_count == FUNCTIONS_MAX) give_up("too many functions");
    uint32_t number = function_count++;
    functions[number] = f;
    f->b = b;
    f->children = get((size_t)b->cpool_count * sizeof *f->children);
    f->constants = get((size_t)b->cpool_count * sizeof *f->constants);
    f->kinds = get((size_t)b->cpool_count);
    for (int i = 0; i < b->cpool_count; i++) {
        f->constants[i] = b->cpool[i];
        if (is_function(b->cpool[i])) f->children[i] = enter(JS_VALUE_GET_PTR(b->cpool[i]));
    }
    find_kinds(f, number == 0);
    find_regexps(f);
    for (int i = 0; i < b->cpool_count; i++) {
        if (f->children[i] == NULL || f->kinds[i] == CHILD_NOW) continue;
        uint32_t child = f->children[i]->b->late - 1;
        b->cpool[i] = mc_later(child, f->kinds[i]);
    }
    b->late = number + 1;
    f->code = b->byte_code_buf;
    b->byte_code_buf = NULL;
    return f;
}

/* ---- writing */

static void put(Column *c, const void *bytes, size_t n)
{
    if (c->len + n > c->room) {
        c->room = (c->len + n) * 2 + 4096;
        c->bytes = realloc(c->bytes, c->room);
        if (c->bytes == NULL) give_up("no memory");
    }
    memcpy(c->bytes + c->len, bytes, n);
    c->len += n;
}

static void put_byte(Column *c, int byte)
{
    uint8_t b = (uint8_t)byte;
    put(c, &b, 1);
}

static void put_leb(Column *c, uint32_t value)
{
    for (; value > 127; value >>= 7) put_byte(c, (int)(value & 127) | 128);
    put_byte(c, (int)value);
}

static uint32_t index_of(JSAtom atom)
{
    uint32_t index;
    if (bc_atom_to_idx(&atoms, &index, atom) != 0) give_up("no memory");
    return index;
}

/* In code, a name that was not met before is NEW_NAME: its number follows. */
static uint32_t index_in_code(JSAtom atom)
{
    int met = atoms.idx_to_atom_count;
    uint32_t index = index_of(atom);
    if (index == NEW_NAME) give_up("code with a name that is none");
    return atoms.idx_to_atom_count > met ? NEW_NAME : index;
}

static void put_instructions(Piece *p, const Function *f)
{
    int len = f->b->byte_code_len;
    uint8_t *code = get((size_t)len);
    memcpy(code, f->code, (size_t)len);
    for (int pos = 0; pos < len; pos += short_opcode_info(code[pos]).size) {
        int fmt = short_opcode_info(code[pos]).fmt;
        is_used[code[pos]] = 1;
        if (fmt >= OP_FMT_atom && fmt <= OP_FMT_atom_label_u16) put_u32(code + pos + 1, index_in_code(get_u32(code + pos + 1)));
    }
    if (is_be()) bc_byte_swap(code, len);
    for (int pos = 0; pos < len;) {
        int op = code[pos], at = 0;
        for (int column; (column = mc_column(op, at)) >= 0; at++) put_byte(&p->columns[column], code[pos++]);
    }
    free(code);
}

/* A constant that is no function: as the engine writes it, its parts in columns. */
static void put_constant(Piece *p, JSValue v)
{
    DynBuf *d = &atoms.dbuf;
    size_t from = d->size;
    if (JS_VALUE_GET_TAG(v) == JS_TAG_OBJECT || JS_WriteObjectRec(&atoms, v) != 0) give_up("a constant of an unknown kind");
    const uint8_t *bytes = d->buf + from + 1, tag = bytes[-1];
    size_t n = d->size - from - 1;
    if (tag != BC_TAG_STRING && tag != BC_TAG_INT32 && tag != BC_TAG_FLOAT64 && tag != BC_TAG_BIG_INT) give_up("a constant of a new kind");
    if (tag == BC_TAG_BIG_INT) is_used[OP_push_bigint_i32] = 1; /* the operation for small ones */
    put_byte(&p->columns[COLUMN_TAG], tag);
    if (tag == BC_TAG_STRING) {
        size_t head = 1;
        while (bytes[head - 1] > 127) head++;
        put(&p->columns[COLUMN_LENGTH], bytes, head);
        put(&p->columns[COLUMN_TEXT], bytes + head, n - head);
    } else {
        put(&p->columns[COLUMN_NUMBER], bytes, n);
    }
}

static void put_regexp(Piece *p, JSValue code)
{
    put_byte(&p->columns[COLUMN_TAG], REGEXP);
    put_byte(&p->columns[COLUMN_NUMBER], lre_get_flags(JS_VALUE_GET_STRING(code)->u.str8) & REGEXP_FLAGS);
}

static void put_code(Piece *p, const Function *f)
{
    put_leb(&p->columns[COLUMN_CONSTANTS], (uint32_t)f->b->cpool_count);
    put_leb(&p->columns[COLUMN_CODE], (uint32_t)f->b->byte_code_len);
    put_instructions(p, f);
    for (int i = 0; i < f->b->cpool_count; i++) {
        if (f->kinds[i] == REGEXP) put_regexp(p, f->constants[i]);
        else if (f->children[i] == NULL) put_constant(p, f->constants[i]);
        else put_byte(&p->columns[COLUMN_TAG], CHILD | f->kinds[i] | (f->children[i]->core ? 0 : CHILD_LATE));
    }
}

static void put_head(Piece *p, const Function *f, int elsewhere)
{
    const JSFunctionBytecode *b = f->b;
    const uint32_t numbers[] = { b->arg_count, b->var_count, b->defined_arg_count, b->stack_size, (uint32_t)b->closure_var_count };
    const int flags[] = { b->has_prototype, b->has_simple_parameter_list, b->is_derived_class_constructor, b->need_home_object,
                          b->func_kind & 1, b->func_kind >> 1, b->new_target_allowed, b->super_call_allowed, b->super_allowed, b->arguments_allowed };
    int bits = elsewhere ? ELSEWHERE : 0;
    for (int i = 0; i < 10; i++) bits |= flags[i] << i;
    put_byte(&p->columns[COLUMN_FLAGS], bits);
    put_byte(&p->columns[COLUMN_FLAGS], bits >> 8);
    put_byte(&p->columns[COLUMN_MODE], b->js_mode);
    if (__JS_AtomIsTaggedInt(b->func_name)) put_leb(&p->columns[COLUMN_NAME], __JS_AtomToUInt32(b->func_name) << 1 | 1);
    else put_leb(&p->columns[COLUMN_NAME], index_of(b->func_name) << 1);
    for (int i = 0; i < 5; i++) put_leb(&p->columns[COLUMN_ARGS + i], numbers[i]);
    for (int i = 0; i < b->closure_var_count; i++) {
        const JSClosureVar *v = &b->closure_var[i];
        put_leb(&p->columns[COLUMN_PLACE], v->var_idx);
        put_byte(&p->columns[COLUMN_KIND], v->is_local | v->is_arg << 1 | v->is_const << 2 | v->is_lexical << 3 | v->var_kind << 4);
    }
}

/* Those that were met since the first `from`. */
static void put_names(Piece *p, uint32_t from)
{
    p->head[0] = (uint32_t)atoms.idx_to_atom_count - from;
    for (uint32_t i = 0; i < p->head[0]; i++) {
        const JSString *text = atoms.ctx->rt->atom_array[atoms.idx_to_atom[from + i]];
        put_leb(&p->columns[COLUMN_NAME_LENGTH], (uint32_t)text->len << 1 | text->is_wide_char);
        for (uint32_t k = 0; k < text->len; k++) {
            int unit = text->is_wide_char ? text->u.str16[k] : text->u.str8[k];
            put_byte(&p->columns[COLUMN_NAME_TEXT], unit);
            if (text->is_wide_char) put_byte(&p->columns[COLUMN_NAME_TEXT], unit >> 8);
        }
    }
}

typedef struct { Function *all[FUNCTIONS_MAX]; uint32_t count; } Row;

/* Numbers of children follow from the order in which functions with their code lie. */
static void put_children(Row rows[2], const Function *f)
{
    for (int i = 0; i < f->b->cpool_count; i++) {
        Row *row = f->children[i] == NULL ? NULL : &rows[f->children[i]->core == NOTHING];
        if (row != NULL) row->all[row->count++] = f->children[i];
    }
}

static uint32_t count_core(void)
{
    uint32_t count = 0;
    functions[0]->core = ALL;
    for (uint32_t i = 0; i < function_count; i++) {
        const Function *f = functions[i];
        count += f->core != NOTHING;
        for (int k = 0; k < f->b->cpool_count; k++) {
            Function *child = f->children[k];
            if (child != NULL && f->kinds[k] == CHILD_NOW && f->core == ALL && child->core == NOTHING) child->core = THE_HEAD;
        }
    }
    return count;
}

static void put_all(Piece pieces[2])
{
    static Row rows[2];
    const uint32_t core_count = count_core();
    uint32_t apart = 0;
    rows[CORE].all[rows[CORE].count++] = functions[0];
    pieces[CORE].head[3] = 1;
    pieces[CORE].head[4] = core_count;
    for (uint32_t i = 0; i < rows[CORE].count; i++) {
        const Function *f = rows[CORE].all[i];
        put_head(&pieces[CORE], f, f->core == THE_HEAD);
        if (f->core == THE_HEAD) apart++;
        else put_code(&pieces[CORE], f), put_children(rows, f);
    }
    put_names(&pieces[CORE], 0);
    pieces[LATE].head[4] = core_count + rows[LATE].count;
    for (uint32_t i = 0; i < rows[CORE].count; i++) {
        if (rows[CORE].all[i]->core == ALL) continue;
        put_code(&pieces[LATE], rows[CORE].all[i]);
        put_children(rows, rows[CORE].all[i]);
    }
    for (uint32_t i = 0; i < rows[LATE].count; i++) {
        put_head(&pieces[LATE], rows[LATE].all[i], 0);
        put_code(&pieces[LATE], rows[LATE].all[i]);
        put_children(rows, rows[LATE].all[i]);
    }
    put_names(&pieces[LATE], pieces[CORE].head[0]);
    for (int i = CORE; i <= LATE; i++) {
        pieces[i].head[1] = rows[i].count;
        pieces[i].head[2] = apart;
    }
    if (rows[CORE].count != core_count || core_count + rows[LATE].count != function_count) give_up("functions were lost");
}

/* ---- files */

static char *whole_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) give_up(path);
    long size = ftell(f);
    rewind(f);
    char *text = get((size_t)size + 1);
    if (fread(text, 1, (size_t)size, f) != (size_t)size) give_up(path);
    fclose(f);
    *len = (size_t)size;
    return text;
}

static void put_length(FILE *f, size_t len)
{
    for (int i = 0; i < 4; i++) fputc((int)(len >> 8 * i) & 255, f);
}

static FILE *open_in(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (f == NULL) give_up(path);
    return f;
}

static void close_file(FILE *f, const char *name)
{
    if (ferror(f) || fclose(f) != 0) give_up(name);
}

static void write_operations(const char *folder)
{
    FILE *f = open_in(folder, "operations");
    for (int op = 0; op < OP_COUNT; op++)
        if (is_used[op]) fprintf(f, "%s\n", operations[op]);
    close_file(f, "operations");
}

static void write_piece(const char *folder, const char *name, const Piece *p)
{
    FILE *f = open_in(folder, name);
    for (int i = 0; i < HEAD; i++) put_length(f, p->head[i]);
    for (int i = 0; i < COLUMNS; i++) put_length(f, p->columns[i].len);
    for (int i = 0; i < COLUMNS; i++) fwrite(p->columns[i].bytes, 1, p->columns[i].len, f);
    close_file(f, name);
}

/* The bundle is one function, called at once. As a module of the same text the engine reaches its variables
   directly, but those of a running function by a search through all that are in use. */
static JSModuleDef *compile(JSContext *ctx, const char *path)
{
    static const char head[] = "\"use strict\";(()=>{", tail[] = "})();\n";
    const size_t before = sizeof head - 1, after = sizeof tail - 1;
    size_t len;
    char *text = whole_file(path, &len);
    if (len < before + after || memcmp(text, head, before) != 0 || memcmp(text + len - after, tail, after) != 0)
        give_up("the bundle is not what esbuild makes of one entry");
    text[len - after] = 0;
    JSValue module = JS_Eval(ctx, text + before, len - before - after, "mikroclaw.js", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(module)) give_up(JS_ToCString(ctx, JS_GetException(ctx)));
    JSModuleDef *m = JS_VALUE_GET_PTR(module);
    if (m->req_module_entries_count + m->export_entries_count + m->import_entries_count + m->has_tla != 0) give_up("the bundle imports or exports");
    return m;
}

static void run_jobs(JSContext *ctx, JSValue result)
{
    JSContext *of;
    int r = JS_IsException(result) ? -1 : 1;
    while (r > 0) r = JS_ExecutePendingJob(JS_GetRuntime(ctx), &of);
    if (r < 0) give_up(JS_ToCString(ctx, JS_GetException(ctx)));
}

/* REHEARSAL.js has made a host; its last value is a function that completes the next operation, and says whether it did. */
static void rehearse(JSContext *ctx, JSModuleDef *m, const char *path)
{
    size_t len;
    char *text = whole_file(path, &len);
    JSValue next = JS_Eval(ctx, text, len, path, JS_EVAL_TYPE_GLOBAL);
    if (!JS_IsFunction(ctx, next)) give_up("the rehearsal gives no function");
    JSValue done = JS_EvalFunction(ctx, JS_NewModuleValue(ctx, m));
    run_jobs(ctx, done);
    if (JS_PromiseState(ctx, done) == JS_PROMISE_REJECTED) give_up(JS_ToCString(ctx, JS_PromiseResult(ctx, done)));
    for (int more = 1; more;) {
        JSValue r = JS_Call(ctx, next, JS_UNDEFINED, 0, NULL);
        more = JS_ToBool(ctx, r) > 0;
        run_jobs(ctx, r);
    }
}

/* What every start makes need not be late. */
static void tell_ran(void)
{
    for (uint32_t i = 0; i < function_count; i++)
        if (functions[i]->variable && functions[i]->core == ALL) puts(functions[i]->variable);
}

int main(int argc, char **argv)
{
    static Piece pieces[2];
    if (argc != 4) give_up("usage: bcgen IN.js FOLDER REHEARSAL.js");
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = rt != NULL ? JS_NewContext(rt) : NULL;
    if (ctx == NULL) give_up("no memory");
    JS_SetMaxStackSize(rt, 0);
    JS_SetStripInfo(rt, JS_STRIP_DEBUG);
    atoms.ctx = ctx;
    JSModuleDef *m = compile(ctx, argv[1]);
    enter(JS_VALUE_GET_PTR(m->func_obj));
    rehearse(ctx, m, argv[3]);
    tell_ran();
    atoms.first_atom = JS_ATOM_END;
    js_dbuf_init(ctx, &atoms.dbuf);
    put_all(pieces);
    write_piece(argv[2], "core.bc", &pieces[CORE]);
    write_piece(argv[2], "late.bc", &pieces[LATE]);
    write_operations(argv[2]);
    return 0;
}
