/* Data that lies in the binary: found by name, unpacked on first use. What every start needs is a raw
   deflate stream (RFC 1951) in which every code length fits 15 bits; the rest is LZMA, which is
   smaller but takes 4 times as long. Input of the build, yet no byte is believed. */
#include <stdlib.h>
#include <string.h>

#include "host.h"

enum { FAST_BITS = 9, CODE_BITS_MAX = 15, LITERALS = 288, DISTANCES = 32, LENGTH_CODES = 19 };

/* A prefix code: short ones by table (symbol << 4 | length), long ones by counting. */
typedef struct {
    uint16_t fast[1 << FAST_BITS], count[CODE_BITS_MAX + 1], symbol[LITERALS];
} Code;

typedef struct {
    const uint8_t *in, *in_end;
    uint64_t bits;
    int have; /* bits in `bits`; those beyond the end are zeros and counted in `lent` */
    int lent;
} Bits;

typedef struct {
    Bits bits;
    uint8_t *start, *out, *out_end;
    Code literal, distance;
} Inflate;

#define INLINE static inline __attribute__((always_inline, optimize("O2")))

/* → at least 56 bits */
INLINE void refill(Bits *b)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (b->in_end - b->in >= 8) { /* those beyond `have` are the stream's own, too, and come again */
        uint64_t next;
        memcpy(&next, b->in, 8);
        b->bits |= next << b->have;
        b->in += (63 - b->have) >> 3;
        b->have |= 56;
        return;
    }
#endif
    while (b->have <= 56) {
        if (b->in < b->in_end) b->bits |= (uint64_t)*b->in++ << b->have;
        else b->lent++;
        b->have += 8;
    }
}

INLINE unsigned take(Bits *b, int n)
{
    unsigned v = (unsigned)b->bits & ((1u << n) - 1);
    b->bits >>= n;
    b->have -= n;
    return v;
}

/* → 0: the lengths make no code (section 3.2.2). An incomplete one is met when it is used. */
static int code_make(Code *c, const uint8_t *lengths, int n)
{
    uint16_t at[CODE_BITS_MAX + 1] = {0};
    int left = 1;
    memset(c, 0, sizeof *c);
    for (int i = 0; i < n; i++) c->count[lengths[i]]++;
    c->count[0] = 0;
    for (int len = 1; len <= CODE_BITS_MAX; len++) {
        left = (left << 1) - c->count[len];
        if (left < 0) return 0;
        at[len] = (uint16_t)(at[len - 1] + c->count[len - 1]);
    }
    for (int i = 0; i < n; i++) {
        if (lengths[i]) c->symbol[at[lengths[i]]++] = (uint16_t)i;
    }
    unsigned code = 0;
    for (int len = 1, i = 0; len <= FAST_BITS; len++, code <<= 1) {
        for (int k = 0; k < c->count[len]; k++, code++, i++) {
            unsigned turned = 0; /* codes come with their first bit lowest */
            for (int b = 0; b < len; b++) turned |= ((code >> b) & 1) << (len - 1 - b);
            for (; turned < 1 << FAST_BITS; turned += 1u << len) c->fast[turned] = (uint16_t)(c->symbol[i] << 4 | len);
        }
    }
    return 1;
}

/* → a symbol, or -1: no code begins like this. */
INLINE int decode(Bits *b, const Code *c)
{
    unsigned entry = c->fast[b->bits & ((1u << FAST_BITS) - 1)];
    if (entry) {
        take(b, entry & 15);
        return (int)(entry >> 4);
    }
    int code = 0, first = 0, index = 0;
    for (int len = 1; len <= CODE_BITS_MAX; len++) {
        code |= (int)(b->bits >> (len - 1)) & 1;
        int count = c->count[len];
        if (code - count < first) {
            take(b, len);
            return c->symbol[index + (code - first)];
        }
        index += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    return -1;
}

static int read_codes(Inflate *z)
{
    static const uint8_t order[LENGTH_CODES] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LITERALS + DISTANCES] = {0};
    Bits *b = &z->bits;
    refill(b);
    int literals = 257 + (int)take(b, 5), distances = 1 + (int)take(b, 5), n = 4 + (int)take(b, 4);
    for (int i = 0; i < n; i++) {
        refill(b);
        lengths[order[i]] = (uint8_t)take(b, 3);
    }
    if (literals > LITERALS || !code_make(&z->literal, lengths, LENGTH_CODES)) return 0;
    memset(lengths, 0, LENGTH_CODES);
    for (int i = 0; i < literals + distances;) {
        refill(b);
        int symbol = decode(b, &z->literal), times = 1;
        uint8_t length = (uint8_t)symbol;
        if (symbol < 0 || b->lent > 8 || (symbol == 16 && i == 0)) return 0;
        if (symbol == 16) times = 3 + (int)take(b, 2);
        else if (symbol == 17) times = 3 + (int)take(b, 3);
        else if (symbol == 18) times = 11 + (int)take(b, 7);
        if (symbol == 16) length = lengths[i - 1];
        else if (symbol > 16) length = 0;
        if (times > literals + distances - i) return 0;
        while (times-- > 0) lengths[i++] = length;
    }
    return code_make(&z->literal, lengths, literals) && code_make(&z->distance, lengths + literals, distances);
}

/* Section 3.2.6. */
static int fixed_codes(Inflate *z)
{
    uint8_t lengths[LITERALS];
    memset(lengths, 8, LITERALS);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    return code_make(&z->literal, lengths, LITERALS) && code_make(&z->distance, (const uint8_t *)memset(lengths, 5, 30), 30);
}

/* One compressed block (section 3.2.3). What changes with each symbol is copied, or a byte written could change it. */
FAST static int read_block(Inflate *z)
{
    static const uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                             31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t length_more[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    Bits b = z->bits;
    uint8_t *out = z->out, *const start = z->start, *const end = z->out_end;
    for (;;) {
        if (b.have < 48) refill(&b); /* a length and a distance with their own bits have 15 + 5 + 15 + 13 */
        int symbol = decode(&b, &z->literal);
        if (symbol == 256) break;
        if (symbol < 0 || symbol > 285 || out == end) return 0;
        if (symbol < 256) {
            *out++ = (uint8_t)symbol;
            continue;
        }
        size_t len = length_base[symbol - 257] + take(&b, length_more[symbol - 257]);
        int d = decode(&b, &z->distance);
        if (d < 0 || d > 29) return 0;
        int more = d < 2 ? 0 : d / 2 - 1; /* the table of section 3.2.5, computed */
        size_t back = d < 2 ? (size_t)d + 1 : (((size_t)2 + (d & 1)) << more) + 1 + take(&b, more);
        if (back > (size_t)(out - start) || len > (size_t)(end - out)) return 0;
        for (const uint8_t *from = out - back; len > 0; len--) *out++ = *from++;
    }
    z->bits = b;
    z->out = out;
    return b.lent * 8 <= b.have; /* of those beyond the end none was used */
}

/* → 1: exactly `size` bytes were unpacked. */
static int inflate(const uint8_t *in, const uint8_t *in_end, uint8_t *out, size_t size)
{
    Inflate *z = calloc(1, sizeof *z);
    if (z == NULL) return 0;
    z->bits = (Bits){ .in = in, .in_end = in_end };
    z->start = z->out = out;
    z->out_end = out + size;
    int last = 0, good = 1;
    while (good && !last) {
        refill(&z->bits);
        last = (int)take(&z->bits, 1);
        unsigned kind = take(&z->bits, 2); /* the build writes none that is not compressed */
        good = (kind == 2 ? read_codes(z) : kind == 1 && fixed_codes(z)) && read_block(z);
    }
    good = good && z->out == z->out_end;
    free(z);
    return good;
}

const Part *part_find(const char *name)
{
    for (const Part *p = mc_parts; p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0) return p;
    }
    return NULL;
}

size_t part_size(const Part *part)
{
    return part->raw ? part->raw : (size_t)(part->end - part->start);
}

static int unpack_behind(const Part *part, uint8_t *bytes)
{
    size_t from = (size_t)part->from;
    uint8_t *all = from > 0 ? malloc(from + part->raw) : bytes;
    int good = all != NULL && lzma_unpack(part->start, part->end, all, from + part->raw);
    if (from == 0) return good;
    if (good) memcpy(bytes, all + from, part->raw);
    free(all);
    return good;
}

uint8_t *part_load(const Part *part)
{
    size_t size = part_size(part);
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL) return NULL;
    if (part->raw == 0) {
        memcpy(bytes, part->start, size);
        return bytes;
    }
    if (part->from < 0 ? inflate(part->start, part->end, bytes, size) : unpack_behind(part, bytes)) return bytes;
    free(bytes);
    return NULL;
}
