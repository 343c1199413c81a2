/* The program's parts, inside engine.c: one is unpacked into rows, a row a function or a name, when one of its
   functions is wanted, and let go of when the loop has nothing to do. The build made these bytes: what does not fit
   is a bug, not a fault. */
#include "host.h"
#include "program.h"

typedef struct { uint32_t at, next[2]; } Row; /* where it begins; numbers of its first children, core and late */
typedef struct { uint8_t *bytes; Row *names, *functions; JSAtom *atoms; uint32_t name_count; } Piece; /* atoms: of names that were met */
static Piece pieces[2];
static uint32_t core_names, core_count, core_apart, names_met; /* the last: the number of the next new name */
static struct { const uint8_t *at, *end; } columns[COLUMNS];
static uint8_t *row_end;

_Noreturn static void damaged(void)
{
    mc_crash("the program in this binary is damaged, or there is no memory for it");
}

static uint32_t get_number(const uint8_t **at)
{
    const uint8_t *b = *at;
    *at += 4;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline __attribute__((always_inline)) const uint8_t *take(int column, size_t n)
{
    const uint8_t *at = columns[column].at;
    if (n > (size_t)(columns[column].end - at)) damaged();
    columns[column].at = at + n;
    if (n == 1) *row_end = *at;
    else memcpy(row_end, at, n);
    row_end += n;
    return at;
}

FAST static uint32_t take_leb(int column)
{
    uint32_t value = 0;
    const uint8_t *byte;
    for (int shift = 0; shift < 35; shift += 7) {
        byte = take(column, 1);
        value |= (uint32_t)(*byte & 127) << shift;
        if (*byte < 128) return value;
    }
    damaged();
}

static void take_constant(uint32_t next[2])
{
    uint32_t n;
    int tag = *take(COLUMN_TAG, 1);
    if (tag >= CHILD) next[tag & CHILD_LATE]++;
    else if (tag == BC_TAG_INT32 || tag == REGEXP) take_leb(COLUMN_NUMBER);
    else if (tag == BC_TAG_FLOAT64) take(COLUMN_NUMBER, 8);
    else if (tag == BC_TAG_BIG_INT) take(COLUMN_NUMBER, take_leb(COLUMN_NUMBER));
    else if (tag == BC_TAG_STRING) n = take_leb(COLUMN_LENGTH), take(COLUMN_TEXT, (size_t)(n >> 1) << (n & 1));
}

static void number_new_name(uint8_t *at)
{
    uint32_t new = 0;
    for (int i = 0; i < 4; i++) new |= at[i];
    if (new != NEW_NAME) return;
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(names_met >> 8 * i);
    names_met++;
}

enum { OPERATIONS = sizeof opcode_info / sizeof *opcode_info - (OP_TEMP_END - OP_TEMP_START) };

/* Those of one byte are copied; → the first longer one, or the last. */
static inline __attribute__((always_inline)) int take_operation(const uint8_t *end)
{
    const uint8_t *at = columns[0].at, *const last = columns[0].end;
    uint8_t *out = row_end;
    int op;
    do {
        if (at == last || *at >= OPERATIONS) damaged();
        *out++ = (uint8_t)(op = *at++);
    } while (out < end && short_opcode_info(op).size == 1);
    columns[0].at = at;
    row_end = out;
    return op;
}

FAST static int take_code(uint32_t next[2])
{
    uint32_t constants = take_leb(COLUMN_CONSTANTS), code = take_leb(COLUMN_CODE);
    for (const uint8_t *end = row_end + code; row_end < end;) {
        int op = take_operation(end), left = short_opcode_info(op).size - 1, at = 1;
        for (; mc_column(op, at) == at; at++, left--) take(at, 1);
        if (at > 1) number_new_name(row_end - 4);
        if (left > 0) take(mc_column(op, at), (size_t)left);
    }
    for (; constants > 0; constants--) take_constant(next);
    return 0;
}

/* → whether its code lies elsewhere */
FAST static int take_function(uint32_t next[2])
{
    int apart = take(COLUMN_FLAGS, 2)[1] & ELSEWHERE >> 8;
    take(COLUMN_MODE, 1);
    if (take_leb(COLUMN_NAME) == names_met << 1) names_met++;
    for (int c = COLUMN_ARGS; c < COLUMN_CLOSURES; c++) take_leb(c);
    for (uint32_t n = take_leb(COLUMN_CLOSURES); n > 0; n--) take_leb(COLUMN_PLACE), take(COLUMN_KIND, 1);
    return apart ? apart : take_code(next);
}

static int take_name(uint32_t next[2])
{
    (void)next;
    uint32_t n = take_leb(COLUMN_NAME_LENGTH);
    take(COLUMN_NAME_TEXT, (size_t)(n >> 1) << (n & 1));
    return 0;
}

static Row *new_rows(uint32_t count)
{
    Row *rows = malloc((count + 1) * sizeof *rows);
    if (rows == NULL) damaged();
    return rows;
}

static void take_rows(const Piece *p, Row *rows, uint32_t count, uint32_t next[2], int (*take_row)(uint32_t next[2]))
{
    uint32_t apart = 0;
    for (uint32_t i = 0; i <= count; i++) {
        rows[i] = (Row){ (uint32_t)(row_end - p->bytes), { next[CORE], next[LATE] } };
        if (i < count && take_row(next)) rows[i].next[LATE] = apart++;
    }
}

static void unpack(int which)
{
    Piece *p = &pieces[which];
    const Part *part = part_find(which == CORE ? "core" : "late");
    uint8_t *packed = part != NULL ? part_load(part) : NULL;
    const uint8_t *at = packed, *data = at + 4 * (HEAD + COLUMNS);
    if (packed == NULL || part_size(part) < 4 * (HEAD + COLUMNS)) damaged();
    uint32_t name_count = get_number(&at), count = get_number(&at), apart = get_number(&at), next[2];
    next[CORE] = get_number(&at);
    next[LATE] = get_number(&at);
    if (name_count > part_size(part) || count > part_size(part) || apart > part_size(part)) damaged();
    for (int i = 0; i < COLUMNS; i++) {
        uint32_t len = get_number(&at);
        if (len > (size_t)(packed + part_size(part) - data)) damaged();
        columns[i].at = data;
        columns[i].end = data += len;
    }
    p->bytes = row_end = malloc(part_size(part));
    if (p->bytes == NULL) damaged();
    if (which == CORE) core_names = name_count, core_count = count, core_apart = apart;
    else count += apart;
    names_met = JS_ATOM_END + (which == LATE ? core_names : 0);
    take_rows(p, p->names = new_rows(name_count), name_count, next, take_name);
    p->atoms = calloc(name_count + 1, sizeof *p->atoms);
    if (p->atoms == NULL) damaged();
    p->name_count = name_count;
    p->functions = new_rows(count);
    if (which == LATE) take_rows(p, p->functions, apart, next, take_code);
    else apart = 0;
    take_rows(p, p->functions + apart, count - apart, next, take_function);
    free(packed);
}

static const Piece *piece(int which)
{
    if (pieces[which].bytes == NULL) unpack(which);
    return &pieces[which];
}

static void let_go_of_pieces(void)
{
    for (Piece *p = pieces; p < pieces + 2; p++) {
        for (uint32_t i = 0; i < p->name_count; i++) JS_FreeAtom(mc_ctx, p->atoms[i]);
        free(p->atoms);
        free(p->bytes);
        free(p->names);
        free(p->functions);
        *p = (Piece){ 0 };
    }
}
