/* Raw LZMA as lzma-specification.txt of https://www.7-zip.org/sdk.html has it, with the settings of
   scripts/native/parts.ts: the odds of a literal depend on the highest bit of the byte before it
   (lc=1), nothing depends on the position (lp=0, pb=0). No byte is believed. */
#include <stdlib.h>

#include "host.h"

enum { STATES = 12, LITERAL_BITS = 1, SLOT_BITS = 6, SHORTEST = 2 };

/* Of each bit: how likely it is 0, of 2048. */
typedef struct { uint16_t longer[2], low[1 << 3], middle[1 << 3], high[1 << 8]; } Lengths;
typedef struct {
    uint16_t match[STATES], again[STATES], other[STATES], whole[STATES], third[STATES], fourth[STATES];
    uint16_t slot[4][1 << SLOT_BITS], near[115], low[1 << 4], literal[1 << LITERAL_BITS][0x300];
    Lengths first, repeated;
} Odds;

typedef struct {
    const uint8_t *in, *in_end;
    uint32_t range, code;
    int lent; /* bytes beyond the end, which are zeros */
    Odds odds;
} Lzma;

static void refill(Lzma *z)
{
    if (z->range >> 24) return;
    z->range <<= 8;
    z->code <<= 8;
    if (z->in < z->in_end) z->code |= *z->in++;
    else z->lent++;
}

static unsigned bit(Lzma *z, uint16_t *odds)
{
    refill(z);
    uint32_t bound = (z->range >> 11) * *odds;
    if (z->code < bound) {
        z->range = bound;
        *odds += (2048 - *odds) >> 5;
        return 0;
    }
    z->range -= bound;
    z->code -= bound;
    *odds -= *odds >> 5;
    return 1;
}

/* The highest bit comes first. */
static unsigned number(Lzma *z, uint16_t *odds, int bits)
{
    unsigned m = 1;
    for (int i = 0; i < bits; i++) m = m << 1 | bit(z, odds + m);
    return m - (1u << bits);
}

/* The lowest bit comes first. */
static uint32_t turned(Lzma *z, uint16_t *odds, int bits)
{
    uint32_t m = 1, value = 0;
    for (int i = 0; i < bits; i++) {
        unsigned b = bit(z, odds + m);
        m = m << 1 | b;
        value |= (uint32_t)b << i;
    }
    return value;
}

static uint32_t even(Lzma *z, int bits)
{
    uint32_t value = 0;
    for (; bits > 0; bits--) {
        refill(z);
        z->range >>= 1;
        unsigned b = z->code >= z->range;
        if (b) z->code -= z->range;
        value = value << 1 | b;
    }
    return value;
}

static size_t length(Lzma *z, Lengths *l)
{
    if (!bit(z, &l->longer[0])) return SHORTEST + number(z, l->low, 3);
    if (!bit(z, &l->longer[1])) return SHORTEST + 8 + number(z, l->middle, 3);
    return SHORTEST + 16 + number(z, l->high, 8);
}

static uint32_t distance(Lzma *z, size_t len)
{
    unsigned slot = number(z, z->odds.slot[len < SHORTEST + 3 ? len - SHORTEST : 3], SLOT_BITS);
    if (slot < 4) return slot;
    int more = (int)slot / 2 - 1;
    uint32_t from = (2u | (slot & 1)) << more;
    if (slot < 14) return from + turned(z, z->odds.near + from - slot, more);
    from += even(z, more - 4) << 4;
    return from + turned(z, z->odds.low, 4);
}

/* `like`: the byte that the last match would go on with, where one ended just before; else 0x100. */
static uint8_t literal(Lzma *z, unsigned before, unsigned like)
{
    uint16_t *odds = z->odds.literal[before >> (8 - LITERAL_BITS)];
    unsigned symbol = 1;
    while (symbol < 0x100 && like != 0x100) {
        unsigned expected = like >> 7 & 1, b = bit(z, odds + ((1 + expected) << 8) + symbol);
        symbol = symbol << 1 | b;
        like = b == expected ? like << 1 & 0xff : 0x100;
    }
    while (symbol < 0x100) symbol = symbol << 1 | bit(z, odds + symbol);
    return (uint8_t)symbol;
}

/* One of the last four distances becomes the first of them. → how long the match is */
static size_t match_again(Lzma *z, int state, uint32_t last[4])
{
    if (!bit(z, &z->odds.other[state])) return bit(z, &z->odds.whole[state]) ? length(z, &z->odds.repeated) : 1;
    int which = !bit(z, &z->odds.third[state]) ? 1 : !bit(z, &z->odds.fourth[state]) ? 2 : 3;
    uint32_t back = last[which];
    for (; which > 0; which--) last[which] = last[which - 1];
    last[0] = back;
    return length(z, &z->odds.repeated);
}

static size_t match(Lzma *z, uint32_t last[4])
{
    size_t len = length(z, &z->odds.first);
    for (int i = 3; i > 0; i--) last[i] = last[i - 1];
    last[0] = distance(z, len);
    return len;
}

static int run(Lzma *z, uint8_t *out, size_t size)
{
    uint32_t last[4] = { 0 };
    int state = 0;
    for (size_t at = 0, len; at < size;) {
        if (z->lent > 0) return 0;
        if (!bit(z, &z->odds.match[state])) {
            if (state >= 7 && last[0] >= at) return 0;
            out[at] = literal(z, at > 0 ? out[at - 1] : 0, state >= 7 ? out[at - last[0] - 1] : 0x100);
            at++;
            state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
            continue;
        }
        if (bit(z, &z->odds.again[state])) {
            len = match_again(z, state, last);
            state = state >= 7 ? 11 : len == 1 ? 9 : 8;
        } else {
            len = match(z, last);
            state = state < 7 ? 7 : 10;
        }
        if (last[0] >= at) return 0; /* also the end's mark */
        for (; len > 0 && at < size; len--, at++) out[at] = out[at - last[0] - 1];
    }
    return 1;
}

int lzma_unpack(const uint8_t *in, const uint8_t *in_end, uint8_t *out, size_t size)
{
    Lzma *z = calloc(1, sizeof *z);
    if (z == NULL) return 0;
    for (uint16_t *odds = (uint16_t *)&z->odds; odds < (uint16_t *)(&z->odds + 1); odds++) *odds = 1024;
    z->in = in;
    z->in_end = in_end;
    for (int i = 0; i < 5; i++) z->range = 0, refill(z); /* the first byte is 0 */
    z->range = UINT32_MAX;
    int good = run(z, out, size);
    free(z);
    return good;
}
