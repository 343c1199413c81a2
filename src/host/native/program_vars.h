/* The module's own variables, inside engine.c. */

/* The one that an instruction of the module's code is about, -1: none. */
static int var_of(const uint8_t *code)
{
    int fmt = short_opcode_info(*code).fmt;
    if (fmt == OP_FMT_none_var_ref) return (*code - OP_get_var_ref0) % 4;
    if (fmt == OP_FMT_var_ref) return (int)get_u16(code + 1);
    return *code == OP_make_var_ref_ref ? (int)get_u16(code + 5) : -1;
}

/* → the instruction behind a function that waits, where it is put into a variable; NULL: none is made here */
static const uint8_t *put_of_waiting(const JSFunctionBytecode *b, const uint8_t *code)
{
    if (*code != OP_fclosure && *code != OP_fclosure8) return NULL;
    const JSValue *of = &b->cpool[*code == OP_fclosure ? get_u32(code + 1) : code[1]];
    if (!JS_IsUninitialized(*of) || !(JS_VALUE_GET_INT(*of) & MC_WAITS)) return NULL;
    code += short_opcode_info(*code).size;
    return *code == OP_set_name ? code + short_opcode_info(*code).size : code;
}

/* Where an instruction may go on instead of behind itself, NULL: nowhere. */
static const uint8_t *jump_of(const uint8_t *code)
{
    switch (short_opcode_info(*code).fmt) {
    case OP_FMT_label8: return code + 1 + (int8_t)code[1];
    case OP_FMT_label16: return code + 1 + (int16_t)get_u16(code + 1);
    case OP_FMT_label:
    case OP_FMT_label_u16: return code + 1 + (int32_t)get_u32(code + 1);
    case OP_FMT_atom_label_u8:
    case OP_FMT_atom_label_u16: return code + 5 + (int32_t)get_u32(code + 5);
    default: return NULL;
    }
}

/* Of several thousand most are functions that wait, and the module's code only puts them there: such a variable is made
   when a closure wants it. */
static void leave_variables(const JSFunctionBytecode *b)
{
    uint8_t *used = calloc((size_t)b->closure_var_count + 1, 1);
    mc_waiting = calloc((size_t)b->closure_var_count + 1, sizeof *mc_waiting);
    if (used == NULL || mc_waiting == NULL) damaged();
    for (const uint8_t *code = b->byte_code_buf, *end = code + b->byte_code_len; code < end; code += short_opcode_info(*code).size) {
        const uint8_t *put = put_of_waiting(b, code), *to = jump_of(code);
        int other = to != NULL ? mc_put_var(to) : -1; /* what else may be put there: `x ? y : () => 1` */
        if (other >= 0 && other < b->closure_var_count) used[other] = 1;
        if (put != NULL) code = put;
        int of = var_of(code);
        if (of < 0 || of >= b->closure_var_count) continue;
        if (put != NULL && mc_put_var(put) == of) mc_waiting[of] = MC_SOON;
        else used[of] = 1;
    }
    for (int i = 0; i < b->closure_var_count; i++)
        if (used[i]) mc_waiting[i] = 0;
    free(used);
}
