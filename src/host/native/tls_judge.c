/* Whether a server is the one we meant: the pinned certificate, or one that an authority we trust gave to
   that name (RFC 9525: names are in the list of names; the common name does not count). The sentences
   mean the same as those of src/host/node/tls.ts. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tls.h"
#include "mbedtls/net_sockets.h"
#include "mbedtls/sha256.h"

enum { SAN_DNS = MBEDTLS_X509_SAN_DNS_NAME, SAN_IP = MBEDTLS_X509_SAN_IP_ADDRESS };
static const uint32_t weak = MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY;

static int san_type(const mbedtls_x509_sequence *san)
{
    return (int)san->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
}

/* A star stands for one whole label, the first one, of at least three (RFC 9525 section 6.3). */
static int same_name(const mbedtls_x509_buf *san, const char *name)
{
    const char *given = (const char *)san->p, *dot = strchr(name, '.');
    if (san->len == strlen(name) && strncasecmp(given, name, san->len) == 0) return 1;
    if (san->len < 3 || given[0] != '*' || dot == NULL || dot == name || strchr(dot + 1, '.') == NULL) return 0;
    return san->len - 1 == strlen(dot) && strncasecmp(given + 1, dot, san->len - 1) == 0;
}

static int is_for(const mbedtls_x509_crt *crt, const char *name)
{
    Ip ip;
    int address = ip_parse(name, &ip);
    for (const mbedtls_x509_sequence *san = &crt->subject_alt_names; san != NULL; san = san->next) {
        if (san->buf.p == NULL) continue;
        if (address && san_type(san) == SAN_IP && san->buf.len == (size_t)ip.len && memcmp(san->buf.p, ip.bytes, san->buf.len) == 0) return 1;
        if (!address && san_type(san) == SAN_DNS && same_name(&san->buf, name)) return 1;
    }
    return 0;
}

/* The names a certificate is for, as far as there is room. → how many there are */
static int list_names(const mbedtls_x509_crt *crt, char *to, size_t room)
{
    int count = 0;
    *to = 0;
    for (const mbedtls_x509_sequence *san = &crt->subject_alt_names; san != NULL; san = san->next) {
        char text[64];
        Ip ip = { .len = (int)san->buf.len };
        if (san->buf.p == NULL) continue;
        if (san_type(san) == SAN_DNS) {
            int n = snprintf(text, sizeof text, "DNS:%.*s", san->buf.len < 58 ? (int)san->buf.len : 58, (const char *)san->buf.p);
            for (int i = 0; i < n; i++) if (text[i] < 0x21 || text[i] > 0x7e || text[i] == '"') text[i] = '?';
        } else if (san_type(san) == SAN_IP && (ip.len == 4 || ip.len == 16)) {
            memcpy(ip.bytes, san->buf.p, san->buf.len);
            memcpy(text, "IP:", 3);
            char address[64];
            ip_text(&ip, address);
            snprintf(text + 3, sizeof text - 3, "%.60s", address);
        } else {
            continue;
        }
        size_t used = strlen(to);
        snprintf(to + used, room - used, "%s%s", count++ > 0 ? ", " : "", text);
    }
    return count;
}

static int is_same(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
    return a->len == b->len && a->len > 0 && memcmp(a->p, b->p, a->len) == 0;
}

/* The owner gave this very certificate as a root: it needs no authority, and need not be one. */
static int is_own_root(const Judge *j, const mbedtls_x509_crt *crt)
{
    if (!is_same(&crt->issuer_raw, &crt->subject_raw)) return 0;
    for (const mbedtls_x509_crt *own = &j->own; own != NULL; own = own->next)
        if (is_same(&own->raw, &crt->raw)) return 1;
    return 0;
}

static void fingerprint(const mbedtls_x509_crt *crt, char hex[65])
{
    uint8_t hash[32] = { 0 };
    *hex = 0;
    if (crt->raw.len == 0 || mbedtls_sha256(crt->raw.p, crt->raw.len, hash, 0) != 0) return;
    for (int i = 0; i < 32; i++) snprintf(hex + 2 * i, 3, "%02x", hash[i]);
}

/* → 0 and a sentence: it is refused */
static int passes(Judge *j, const mbedtls_x509_crt *crt, uint32_t flags)
{
    const mbedtls_x509_time *to = &crt->valid_to;
    const uint32_t all = flags | j->above;
    char print[65], names[100];
#define REFUSE(...) return snprintf(j->why, MC_WHY, "The certificate of %.60s " __VA_ARGS__), 0
    fingerprint(crt, print);
    if (j->pinned && print[0] != 0 && strcmp(j->pin, print) == 0) return 1;
    if (crt->raw.len == 0) REFUSE("is signed in a way that is too weak today, or not known here: SHA-1 and MD5 are not taken.", j->name);
    if (j->pinned) REFUSE("is not the pinned one: its SHA-256 fingerprint is %s.", j->name, print);
    if (flags & MBEDTLS_X509_BADCERT_EXPIRED)
        REFUSE("has expired: it was valid until %04d-%02d-%02d %02d:%02d:%02d UTC.", j->name, to->year, to->mon, to->day, to->hour, to->min, to->sec);
    if (flags & MBEDTLS_X509_BADCERT_FUTURE) REFUSE("is not valid yet; the clock of this machine may be wrong.", j->name);
    if (flags & weak) REFUSE("is too weak: RSA needs 2048 bits, a curve 256, and the signature SHA-256. Its SHA-256 fingerprint is %s.", j->name, print);
    if ((all & MBEDTLS_X509_BADCERT_NOT_TRUSTED) && is_same(&crt->issuer_raw, &crt->subject_raw))
        REFUSE("is signed by itself, not by an authority trusted here. Its SHA-256 fingerprint is %s.", j->name, print);
    if (all & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
        REFUSE("was not signed by an authority that this program trusts. Its SHA-256 fingerprint is %s.", j->name, print);
    if (all & weak) REFUSE("was signed by an authority with a weak key or hash. Its SHA-256 fingerprint is %s.", j->name, print);
    if (all & (MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE))
        REFUSE("was signed by an authority whose own certificate is not valid now.", j->name);
    if (list_names(crt, names, sizeof names) == 0)
        REFUSE("lists no names; a common name alone does not count. Its SHA-256 fingerprint is %s.", j->name, print);
    if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) || !is_for(crt, j->name))
        REFUSE("is for other names: %s. Its SHA-256 fingerprint is %s.", j->name, names, print);
    if (all != 0) REFUSE("was refused (flags %x). Its SHA-256 fingerprint is %s.", j->name, (unsigned)all, print);
    return 1;
#undef REFUSE
}

int judge_certificate(void *judge, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    Judge *j = judge;
    if (depth > 0) {
        j->above |= *flags;
        j->distrust |= roots_distrust(crt);
        return 0;
    }
    const mbedtls_x509_time *from = &crt->valid_from;
    if ((*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) && is_own_root(j, crt)) *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    if (j->distrust != 0 && (uint32_t)(from->year * 10000 + from->mon * 100 + from->day) > j->distrust)
        *flags |= MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    j->good = passes(j, crt, *flags);
    if (!j->good) *flags |= MBEDTLS_X509_BADCERT_OTHER;
    return 0;
}

/* RFC 8446 section 6: what the other side says when it gives up. */
static const char *alert_text(int alert)
{
    return alert == 40 || alert == 71 ? "the other side accepts none of the ciphers that are safe today (40, handshake_failure)"
        : alert == 70 ? "the other side does not speak TLS 1.2 or 1.3 (70, protocol_version)"
        : alert == 112 ? "the other side does not know this name (112, unrecognized_name)"
        : alert == 116 || alert == 42 ? "the other side wants a certificate of ours"
        : NULL;
}

int judge_failure(const Judge *j, const mbedtls_ssl_context *ssl, int err, char why[MC_WHY])
{
    const char *said = NULL;
    char number[48];
    if (j->why[0] != 0) return snprintf(why, MC_WHY, "%s", j->why), CODE_TLS;
    if (err == MBEDTLS_ERR_NET_CONN_RESET || err == MBEDTLS_ERR_SSL_CONN_EOF)
        return snprintf(why, MC_WHY, "%.60s broke the connection off while TLS began.", j->name), CODE_RESET;
    if (err == MBEDTLS_ERR_SSL_INVALID_RECORD && ssl->MBEDTLS_PRIVATE(state) <= MBEDTLS_SSL_SERVER_HELLO)
        return snprintf(why, MC_WHY, "The other side does not speak TLS on this port."), CODE_TLS;
    if (err == MBEDTLS_ERR_SSL_BAD_CERTIFICATE)
        return snprintf(why, MC_WHY, "The certificate of %.60s is not meant for a server: its key usage says so.", j->name), CODE_TLS;
    if (err == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) said = alert_text(ssl->MBEDTLS_PRIVATE(in_msg)[1]);
    if (err == MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION) said = "the other side does not speak TLS 1.2 or 1.3";
    if (err == MBEDTLS_ERR_SSL_INVALID_MAC) said = "what arrived was changed on its way";
    if (err == MBEDTLS_ERR_X509_ALLOC_FAILED || err == MBEDTLS_ERR_SSL_ALLOC_FAILED) said = "there is no memory left for it";
    snprintf(number, sizeof number, "error %04x of the TLS library", (unsigned)-err & 0xffff);
    snprintf(why, MC_WHY, "No TLS connection with %.60s came about: %s.", j->name, said != NULL ? said : number);
    return CODE_TLS;
}
