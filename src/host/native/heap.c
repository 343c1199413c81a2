/* The engine's memory: small blocks without a header of their own, cut from pages that hold one size
   each (the C library's 16 to 24 bytes beside each of some 25,000 blocks were a fifth of the heap).
   A page nobody uses goes back to the system. Larger blocks are the C library's. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"

enum { STACK_BYTES = 1 << 20, PAGE = 4096, FIRST = 8, UNIT = 8, SMALL_MAX = 2040, SIZES = 29, RANGE_PAGES = 12288, GROW_PAGES = 16, SPARE_MAX = 64 };

typedef struct {
    uint16_t size : 15, apart : 1, used, fresh, freed; /* bytes; blocks; offset of what was never used; first freed block in units */
} Page;

unsigned heap_apart;
static uint8_t *base;
static uint32_t made, spare;           /* pages with memory behind them; numbers on the stack below */
static uint16_t spares[RANGE_PAGES];   /* empty pages; those below SPARE_MAX keep their memory */
/* A bit for each page with room. Blocks come from the lowest, so that the higher ones run empty. */
static uint64_t with_room[RANGE_PAGES / 64][2 * SIZES]; /* those apart behind the others */
static uint16_t lowest[2 * SIZES];         /* no bit is set before this row */
static Page *at_hand[2 * SIZES];           /* the lowest with room, where it is known */

/* Steps of 8 bytes to 128 (an object has 72, a variable 56), of 32 to 256, of 64 to 512, then a sixth to half of a page:
   the C library asks the system for each of those and gives it back at once. */
static const uint16_t large[] = { 680, 816, 1016, 1360, SMALL_MAX };

static int size_index(size_t size)
{
    if (size <= 128) return size == 0 ? 0 : (int)(size - 1) / 8;
    if (size <= 512) return size <= 256 ? 16 + (int)(size - 129) / 32 : 20 + (int)(size - 257) / 64;
    int i = 0;
    while (size > large[i]) i++;
    return 24 + i;
}

/* The blocks apart are few and mostly gone soon: one of eight sizes leaves fewer pages half empty. */
static int place_of(size_t size)
{
    int index = size_index(size);
    if (!heap_apart) return index;
    return SIZES + (index < 16 ? index | 7 : index < 20 ? index | 1 : index);
}

static uint16_t size_of(int index)
{
    if (index >= 24) return large[index - 24];
    return (uint16_t)(index < 16 ? (index + 1) * 8 : index < 20 ? 128 + (index - 15) * 32 : 256 + (index - 19) * 64);
}

static int is_small(const void *block)
{
    return base != NULL && (size_t)((const uint8_t *)block - base) < (size_t)RANGE_PAGES * PAGE;
}

static Page *page_of(const void *block)
{
    return (Page *)(base + ((size_t)((const uint8_t *)block - base) & ~(size_t)(PAGE - 1)));
}

static int has_room(const Page *p)
{
    return p->freed != 0 || p->fresh + p->size <= PAGE;
}

static void mark(Page *p, int room)
{
    size_t number = (size_t)((const uint8_t *)p - base) / PAGE;
    int place = size_index(p->size) + (p->apart ? SIZES : 0);
    uint64_t bit = (uint64_t)1 << number % 64;
    if (!room) {
        with_room[number / 64][place] &= ~bit;
        if (at_hand[place] == p) at_hand[place] = NULL;
        return;
    }
    with_room[number / 64][place] |= bit;
    if (number / 64 < lowest[place]) lowest[place] = (uint16_t)(number / 64);
    if (p < at_hand[place]) at_hand[place] = p;
}

/* → the lowest page with room, or NULL */
static Page *lowest_page(int place)
{
    for (uint16_t *row = &lowest[place]; *row * 64u < made; (*row)++) {
        uint64_t bits = with_room[*row][place];
        if (bits != 0) return (Page *)(base + ((size_t)*row * 64 + (size_t)__builtin_ctzll(bits)) * PAGE);
    }
    return NULL;
}

static Page *new_page(int size)
{
    size_t number;
    if (spare > 0) {
        number = spares[--spare];
    } else {
        if (made == RANGE_PAGES || base == NULL) return NULL;
        if (made % GROW_PAGES == 0 && mprotect(base + (size_t)made * PAGE, GROW_PAGES * PAGE, PROT_READ | PROT_WRITE) != 0) return NULL;
        number = made++;
    }
    Page *p = (Page *)(base + number * PAGE);
    *p = (Page){ .size = size_of(size), .apart = heap_apart, .fresh = FIRST };
    mark(p, 1);
    return p;
}

FAST static void *take(size_t size)
{
    int place = place_of(size);
    Page *p = at_hand[place];
    if (p == NULL) p = lowest_page(place);
    if (p == NULL) p = new_page(place % SIZES);
    if (p == NULL) return malloc(size);
    at_hand[place] = p;
    uint8_t *block = (uint8_t *)p + (p->freed != 0 ? p->freed * UNIT : p->fresh);
    if (p->freed != 0) memcpy(&p->freed, block, sizeof p->freed);
    else p->fresh = (uint16_t)(p->fresh + p->size);
    p->used++;
    if (!has_room(p)) mark(p, 0);
    return block;
}

/* Where the system's pages are larger the memory stays ours: it would take what lies beside it. */
static void give_page(Page *p)
{
    if (getauxval(AT_PAGESZ) == PAGE) madvise(p, PAGE, MADV_DONTNEED);
}

FAST static void give(void *block)
{
    Page *p = page_of(block);
    int full = !has_room(p);
    memcpy(block, &p->freed, sizeof p->freed);
    p->freed = (uint16_t)(((uint8_t *)block - (uint8_t *)p) / UNIT);
    if (full) mark(p, 1);
    if (--p->used > 0) return;
    mark(p, 0);
    if (spare >= SPARE_MAX) give_page(p);
    spares[spare++] = (uint16_t)(((uint8_t *)p - base) / PAGE);
}

static size_t usable(const void *block)
{
    return is_small(block) ? page_of(block)->size : malloc_usable_size((void *)block);
}

#ifdef MC_COUNT_BLOCKS /* a build for scripts/bench/native/blocks.ts: how many blocks were taken is told at the end */
static unsigned long long taken;
__attribute__((destructor)) static void tell_taken(void)
{
    dprintf(STDERR_FILENO, "blocks %llu\n", taken);
}
#define COUNT() taken++
#else
#define COUNT() (void)0
#endif

FAST static void *heap_malloc(JSMallocState *s, size_t size)
{
    if (s->malloc_size + size > s->malloc_limit) return NULL;
    COUNT();
    void *block = size <= SMALL_MAX ? take(size) : malloc(size);
    if (block == NULL) return NULL;
    s->malloc_count++;
    s->malloc_size += usable(block);
    return block;
}

FAST static void heap_free(JSMallocState *s, void *block)
{
    if (block == NULL) return;
    s->malloc_count--;
    s->malloc_size -= usable(block);
    if (is_small(block)) give(block);
    else free(block);
}

static void *heap_realloc(JSMallocState *s, void *block, size_t size)
{
    if (block == NULL) return size == 0 ? NULL : heap_malloc(s, size);
    size_t old = usable(block);
    if (size == 0) {
        heap_free(s, block);
        return NULL;
    }
    if (is_small(block) ? size <= SMALL_MAX && size <= old && (page_of(block)->apart || size_index(size) == size_index(old)) : size > SMALL_MAX) {
        if (is_small(block)) return block;
        if (s->malloc_size + size - old > s->malloc_limit) return NULL;
        void *moved = realloc(block, size);
        if (moved != NULL) s->malloc_size += usable(moved) - old;
        return moved;
    }
    void *moved = heap_malloc(s, size);
    if (moved == NULL) return NULL;
    memcpy(moved, block, old < size ? old : size);
    heap_free(s, block);
    return moved;
}

JSRuntime *heap_runtime(void)
{
    static const JSMallocFunctions functions = { heap_malloc, heap_free, heap_realloc, usable };
#ifdef __SANITIZE_ADDRESS__
    return JS_NewRuntime(); /* it watches the C library's blocks */
#endif
    /* Addresses only; memory comes with the first page. Without them all blocks are the C library's. */
    void *range = mmap(NULL, (size_t)(RANGE_PAGES + 1) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range != MAP_FAILED) base = (uint8_t *)(((uintptr_t)range + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
    return JS_NewRuntime2(&functions, NULL);
}

/* And the stack that the start and long turns went down. */
void heap_give_back(void)
{
    uintptr_t here = ((uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)(PAGE - 1)) - PAGE;
    madvise((void *)(here - STACK_BYTES), STACK_BYTES, MADV_DONTNEED);
    for (uint32_t i = 0; i < spare && i < SPARE_MAX; i++) give_page((Page *)(base + (size_t)spares[i] * PAGE));
}
