/* UTF-8 at the engine's border. The engine's strings may hold lone surrogates and its own decoder
   replaces other runs of bytes than the Encoding Standard does, so only clean text is given to it. */
#include <stdlib.h>
#include <string.h>

#include "host.h"

/* ED A0..BF: a surrogate, which UTF-8 does not have. U+FFFD is as long. */
static int is_surrogate(const uint8_t *p, size_t left)
{
    return left >= 3 && p[0] == 0xed && p[1] >= 0xa0;
}

size_t utf8_mend(char *text, size_t len)
{
    uint8_t *p = (uint8_t *)text;
    for (size_t i = 0; i < len; i++)
        if (is_surrogate(p + i, len - i)) memcpy(p + i, "\xef\xbf\xbd", 3);
    return len;
}

int utf8_whole(const char *text, size_t len)
{
    const uint8_t *p = (const uint8_t *)text;
    for (size_t i = 0; i < len; i++)
        if (p[i] == 0 || is_surrogate(p + i, len - i)) return 0;
    return 1;
}

/* How many bytes the first sequence takes; *good says whether it is one. A bad one takes its longest
   prefix that could have become good (Unicode 15, section 3.9, "maximal subpart"). */
static size_t sequence(const uint8_t *p, size_t left, int *good)
{
    size_t want = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    size_t n = 1;
    for (; n < want && n < left && p[n] >= low && p[n] <= high; n++) low = 0x80, high = 0xbf;
    *good = want != 0 && n == want;
    return n;
}

JSValue utf8_decode(const uint8_t *bytes, size_t len)
{
    size_t bad = 0;
    int good;
    for (size_t i = 0; i < len;) {
        if (bytes[i] < 0x80) { i++; continue; }
        i += sequence(bytes + i, len - i, &good);
        bad += !good;
    }
    if (bad == 0) return JS_NewStringLen(mc_ctx, (const char *)bytes, len);
    char *clean = malloc(len + 3 * bad);
    if (clean == NULL) return JS_ThrowOutOfMemory(mc_ctx);
    size_t out = 0;
    for (size_t i = 0; i < len;) {
        size_t n = sequence(bytes + i, len - i, &good);
        memcpy(clean + out, good ? (const char *)bytes + i : "\xef\xbf\xbd", good ? n : 3);
        out += good ? n : 3;
        i += n;
    }
    JSValue text = JS_NewStringLen(mc_ctx, clean, out);
    free(clean);
    return text;
}
