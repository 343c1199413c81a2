/* Trust anchors. Mozilla's lie in a table made by scripts/native/caroots.ts (which says how) and are
   looked up one by one where they lie: nothing is parsed at start and nothing stays in memory. The
   owner's own roots are a list of certificates. Both are handed to mbedTLS when it asks for an issuer. */
#include <stdlib.h>
#include <string.h>

#include "tls.h"
#include "mbedtls/asn1.h"
#include "mbedtls/sha256.h"
#include "x509_internal.h"

enum { HASH = 8, ENTRY = 16, KEY_MAX = 640 }; /* an RSA key of 4096 bits is 550 bytes */

typedef struct { const uint8_t *kinds, *entries, *bodies; uint32_t count; } Table;

static uint32_t le16(const uint8_t *p) { return (uint32_t)(p[0] | p[1] << 8); }
static uint32_t le32(const uint8_t *p) { return le16(p) | le16(p + 2) << 16; }

/* A kind: u8 length and prefix, u8 length and suffix, u16 bytes of the body. */
static const uint8_t *after_kinds(const uint8_t *kind, uint32_t n)
{
    for (; n > 0; n--) {
        kind += 1 + kind[0];
        kind += 1 + kind[0] + 2;
    }
    return kind;
}

static int table_open(Table *t)
{
    const Part *part = part_find("roots");
    if (part == NULL) return 0;
    t->kinds = part->start + 8;
    t->count = le16(part->start + 6);
    t->entries = after_kinds(t->kinds, le16(part->start + 4));
    t->bodies = t->entries + ENTRY * t->count;
    return 1;
}

/* A list that mbedTLS frees; the new one is at its end. */
static mbedtls_x509_crt *new_crt(mbedtls_x509_crt **out)
{
    mbedtls_x509_crt *c = calloc(1, sizeof *c), **tail = out;
    if (c == NULL) return NULL;
    mbedtls_x509_crt_init(c);
    while (*tail != NULL) tail = &(*tail)->next;
    *tail = c;
    return c;
}

/* The SubjectPublicKeyInfo of an entry → its length */
static size_t key_of(const Table *t, const uint8_t *entry, uint8_t key[KEY_MAX])
{
    const uint8_t *prefix = after_kinds(t->kinds, entry[15]), *suffix = prefix + 1 + prefix[0];
    size_t head = prefix[0], tail = suffix[0], body = le16(suffix + 1 + tail);
    if (head + body + tail > KEY_MAX) return 0;
    memcpy(key, prefix + 1, head);
    memcpy(key + head, t->bodies + (le32(entry + 12) & 0xffffff), body);
    memcpy(key + head + body, suffix + 1, tail);
    return head + body + tail;
}

/* An anchor has the name that was looked for: mbedTLS compares names part by part, so it gets a list of its
   own. No dates: the anchor's own certificate is no part of the path (RFC 5280 6.1.1). */
static int add_anchor(const Table *t, const uint8_t *entry, const mbedtls_x509_buf *name, mbedtls_x509_crt **out)
{
    uint8_t key[KEY_MAX];
    uint8_t *k = key, *n = name->p;
    size_t len = key_of(t, entry, key);
    mbedtls_x509_crt *c = new_crt(out);
    if (c == NULL) return MBEDTLS_ERR_X509_ALLOC_FAILED;
    int r = mbedtls_pk_parse_subpubkey(&k, key + len, &c->pk);
    if (r == 0) r = mbedtls_asn1_get_tag(&n, name->p + name->len, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    if (r == 0) r = mbedtls_x509_get_name(&n, n + len, &c->subject);
    c->version = 3;
    c->MBEDTLS_PRIVATE(ca_istrue) = 1;
    c->subject_raw = c->issuer_raw = *name; /* lives as long as the chain that is judged */
    c->valid_from = (mbedtls_x509_time){ 1970, 1, 1, 0, 0, 0 };
    c->valid_to = (mbedtls_x509_time){ 9999, 12, 31, 0, 0, 0 };
    c->MBEDTLS_PRIVATE(key_usage) = le32(entry + 8); /* free without its extension; see roots_distrust() */
    return r;
}

static int add_mozilla(const mbedtls_x509_buf *name, mbedtls_x509_crt **out)
{
    Table t;
    uint8_t hash[32];
    if (!table_open(&t) || mbedtls_sha256(name->p, name->len, hash, 0) != 0) return 0;
    uint32_t low = 0, high = t.count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (memcmp(t.entries + ENTRY * middle, hash, HASH) < 0) low = middle + 1;
        else high = middle;
    }
    for (; low < t.count && memcmp(t.entries + ENTRY * low, hash, HASH) == 0; low++) {
        int r = add_anchor(&t, t.entries + ENTRY * low, name, out);
        if (r != 0) return r;
    }
    return 0;
}

int roots_find(int mozilla, const mbedtls_x509_crt *own, const mbedtls_x509_buf *name, mbedtls_x509_crt **out)
{
    *out = NULL;
    if (name->len == 0) return 0;
    for (; own != NULL && own->raw.p != NULL; own = own->next) {
        if (own->subject_raw.len != name->len || memcmp(own->subject_raw.p, name->p, name->len) != 0) continue;
        mbedtls_x509_crt *c = new_crt(out);
        if (c == NULL) return MBEDTLS_ERR_X509_ALLOC_FAILED;
        int r = mbedtls_x509_crt_parse_der_nocopy(c, own->raw.p, own->raw.len);
        if (r != 0) return r;
    }
    return mozilla ? add_mozilla(name, out) : 0;
}

uint32_t roots_distrust(const mbedtls_x509_crt *anchor)
{
    return anchor->raw.p == NULL ? anchor->MBEDTLS_PRIVATE(key_usage) : 0;
}
