/* What is done when nothing has to be done: memory goes back to the system, code of a busy time goes, circles are
   collected. A busy time is not held up for it, but for what weak tables know of the dead. */
#include <elf.h>
#include <link.h>
#include <sys/mman.h>

#include "host.h"

enum { CHANGED_BYTES = 128 << 10, FORGET_BYTES = 64 << 10, REST_MS = 1000, CHAT_REST_MS = 5000, REST_MS_MAX = 30000, PAGE = 4096 };

/* Pages of the program's own file that were read at the start or in a busy time; what is used again comes back
   from the system's cache. Only those that are never written. */
static void give_back_file(void)
{
    extern const char __executable_start[] __attribute__((visibility("hidden")));
    const ElfW(Ehdr) *file = (const ElfW(Ehdr) *)__executable_start;
    const ElfW(Phdr) *part = (const ElfW(Phdr) *)(__executable_start + file->e_phoff), *end = part + file->e_phnum;
    uintptr_t base = 0;
    for (int first = 1; part < end; part++) {
        if (part->p_type != PT_LOAD) continue;
        if (first) base = (uintptr_t)__executable_start - part->p_vaddr;
        first = 0;
        uintptr_t from = (base + part->p_vaddr) & ~(uintptr_t)(PAGE - 1), to = (base + part->p_vaddr + part->p_memsz) & ~(uintptr_t)(PAGE - 1);
        if (!(part->p_flags & PF_W) && to > from) madvise((void *)from, to - from, MADV_DONTNEED);
    }
}

/* The engine itself looks for unused circles only when its heap is half as large again, and what they keep
   until then holds whole pages. */
static void let_go(void)
{
    static size_t then; /* after the last of these */
    size_t now = mc_heap_bytes();
    int busy = mc_pieces();
    if (busy) mc_let_go();
    if (busy || (now > then ? now - then : then - now) >= CHANGED_BYTES) {
        JS_RunGC(JS_GetRuntime(mc_ctx));
        then = mc_heap_bytes();
    }
    heap_give_back();
    give_back_file();
}

/* What weak tables know of dead objects stays until a collection, of which a busy time has few. */
static void forget_dead(void)
{
    static size_t least;
    size_t now = mc_heap_bytes();
    if (least == 0 || now < least) least = now;
    if (now - least < FORGET_BYTES) return;
    mc_forget_dead();
    least = mc_heap_bytes();
}

double rest(int ran, double otherwise)
{
    static double first_ms, last_ms; /* of what ran since the last rest */
    static int rested = 1;
    double now = mono_ms();
    if (ran) {
        if (rested) first_ms = now;
        last_ms = now;
        rested = 0;
    }
    if (rested) return otherwise;
    /* A model may take seconds for a word, and what a chat needs takes 10 ms to unpack. */
    double quiet = last_ms + (mc_pieces() > 1 ? CHAT_REST_MS : REST_MS) - now, latest = first_ms + REST_MS_MAX - now;
    double left = quiet < latest ? quiet : latest;
    if (left <= 0) {
        let_go();
        rested = 1;
        return otherwise;
    }
    forget_dead();
    return left < otherwise ? left : otherwise;
}
