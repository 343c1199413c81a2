/* What the resolver reads: addresses, /etc/resolv.conf, /etc/hosts and answers of name servers
   (RFC 1035 section 4). Pure functions over bounded bytes, fuzzed on their own. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host.h"

enum { LINE_MAX_BYTES = 1024, TIMEOUT_S = 2, TIMEOUT_S_MAX = 5, ATTEMPTS = 2, ATTEMPTS_MAX = 3, CHAIN_MAX = 8 };
enum { TYPE_CNAME = 5, CLASS_IN = 1, HEAD_BYTES = 12 };

int ip_parse(const char *text, Ip *ip)
{
    ip->len = 4;
    if (inet_pton(AF_INET, text, ip->bytes) == 1) return 1;
    ip->len = 16;
    return inet_pton(AF_INET6, text, ip->bytes) == 1;
}

void ip_text(const Ip *ip, char text[64])
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    int four = ip->len == 4 || memcmp(ip->bytes, mapped, 12) == 0;
    const uint8_t *bytes = four && ip->len == 16 ? ip->bytes + 12 : ip->bytes;
    if (inet_ntop(four ? AF_INET : AF_INET6, bytes, text, 64) == NULL) text[0] = 0;
}

/* Copies the next line without its comment; NULL at the end. Longer lines are cut. */
static const char *next_line(const char *text, char line[LINE_MAX_BYTES])
{
    if (*text == 0) return NULL;
    size_t len = strcspn(text, "\n");
    size_t kept = strcspn(text, "#;\n");
    if (kept >= LINE_MAX_BYTES) kept = LINE_MAX_BYTES - 1;
    memcpy(line, text, kept);
    line[kept] = 0;
    return text + len + (text[len] == '\n');
}

static int option(const char *word, const char *name, int max, int *to)
{
    size_t len = strlen(name);
    if (strncmp(word, name, len) != 0) return 0;
    int n = atoi(word + len);
    *to = n < 1 ? 1 : n > max ? max : n;
    return 1;
}

void dns_conf(const char *text, DnsConf *conf)
{
    char line[LINE_MAX_BYTES], *rest, *word;
    *conf = (DnsConf){ .timeout_s = TIMEOUT_S, .attempts = ATTEMPTS };
    while ((text = next_line(text, line)) != NULL) {
        char *key = strtok_r(line, " \t\r", &rest);
        if (key == NULL || (word = strtok_r(NULL, " \t\r", &rest)) == NULL) continue;
        if (strcmp(key, "nameserver") == 0 && conf->count < SERVERS_MAX) {
            word[strcspn(word, "%")] = 0;
            conf->count += ip_parse(word, &conf->servers[conf->count]);
        }
        if ((strcmp(key, "search") == 0 || strcmp(key, "domain") == 0) && strlen(word) < sizeof conf->search)
            memcpy(conf->search, word, strlen(word) + 1);
        if (strcmp(key, "options") != 0) continue;
        for (; word != NULL; word = strtok_r(NULL, " \t\r", &rest))
            if (!option(word, "timeout:", TIMEOUT_S_MAX, &conf->timeout_s))
                option(word, "attempts:", ATTEMPTS_MAX, &conf->attempts);
    }
    /* resolv.conf(5): without a server, the one on this machine. */
    if (conf->count == 0) conf->count = ip_parse("127.0.0.1", &conf->servers[0]);
}

int dns_hosts(const char *text, const char *name, Ip *ips, int max)
{
    char line[LINE_MAX_BYTES], *rest, *word;
    int n = 0;
    while (n < max && (text = next_line(text, line)) != NULL) {
        char *address = strtok_r(line, " \t\r", &rest);
        if (address == NULL || !ip_parse(address, &ips[n])) continue;
        while ((word = strtok_r(NULL, " \t\r", &rest)) != NULL && strcasecmp(word, name) != 0) continue;
        n += word != NULL;
    }
    return n;
}

/* Writes the name as labels; 0 when it is none. */
static size_t put_name(uint8_t *to, size_t room, const char *name)
{
    size_t at = 0;
    while (*name != 0) {
        size_t len = strcspn(name, ".");
        if (len == 0 || len > 63 || at + len + 2 > room) return 0;
        for (size_t i = 0; i < len; i++)
            if (name[i] <= ' ' || name[i] == 0x7f || (unsigned char)name[i] > 0x7f) return 0;
        to[at++] = (uint8_t)len;
        memcpy(to + at, name, len);
        at += len;
        name += len;
        if (*name == '.') name++;
    }
    if (at == 0) return 0;
    to[at++] = 0;
    return at <= 255 ? at : 0;
}

int dns_ask(uint8_t *to, size_t room, const char *name, uint16_t id, int type)
{
    const uint8_t head[HEAD_BYTES] = { (uint8_t)(id >> 8), (uint8_t)id, 1 /* recursion desired */, 0, 0, 1 };
    const uint8_t tail[4] = { (uint8_t)(type >> 8), (uint8_t)type, 0, CLASS_IN };
    if (room < HEAD_BYTES + 4) return 0;
    size_t len = put_name(to + HEAD_BYTES, room - HEAD_BYTES - 4, name);
    if (len == 0) return 0;
    memcpy(to, head, HEAD_BYTES);
    memcpy(to + HEAD_BYTES + len, tail, 4);
    return (int)(HEAD_BYTES + len + 4);
}

/* Reads a name, following pointers backwards only; → where it ends in its own place, 0: malformed. */
static size_t get_name(const uint8_t *p, size_t len, size_t at, char name[256])
{
    size_t out = 0, end = 0, limit = at;
    for (;;) {
        if (at >= len) return 0;
        size_t n = p[at];
        if (n >= 0xc0) {
            if (at + 1 >= len) return 0;
            if (end == 0) end = at + 2;
            at = (n & 0x3f) << 8 | p[at + 1];
            if (at >= limit) return 0;
            limit = at;
            continue;
        }
        if (n > 63 || at + 1 + n > len || out + n + 1 > 255) return 0;
        if (n == 0) break;
        if (out > 0) name[out++] = '.';
        for (size_t i = 1; i <= n; i++) {
            if (p[at + i] == 0 || p[at + i] == '.') return 0;
            name[out++] = (char)p[at + i];
        }
        at += n + 1;
    }
    name[out] = 0;
    return end != 0 ? end : at + 1;
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* Goes through the records once: addresses of `owner` are kept, its alias becomes the owner. → whether there was one. */
static int scan(const uint8_t *p, size_t len, size_t at, unsigned records, int type, char owner[256], Ip *ips, int max, int *n)
{
    char name[256], alias[256] = "";
    for (; records > 0; records--) {
        at = get_name(p, len, at, name);
        if (at == 0 || at + 10 > len) break;
        unsigned kind = get16(p + at), class = get16(p + at + 2), size = get16(p + at + 8);
        at += 10;
        if (at + size > len) break;
        if (class == CLASS_IN && strcasecmp(name, owner) == 0) {
            if (kind == TYPE_CNAME && get_name(p, len, at, alias) == 0) alias[0] = 0;
            if (kind == (unsigned)type && size == (type == DNS_TYPE_A ? 4 : 16) && *n < max) {
                ips[*n].len = (int)size;
                memcpy(ips[(*n)++].bytes, p + at, size);
            }
        }
        at += size;
    }
    if (alias[0] == 0) return 0;
    memcpy(owner, alias, sizeof alias);
    return 1;
}

int dns_answer(const uint8_t *p, size_t len, const char *asked, uint16_t id, int type, Ip *ips, int max)
{
    char name[256], owner[256];
    /* An answer, to a standard query, to this very question (RFC 5452 section 3). */
    if (len < HEAD_BYTES || get16(p) != id || (p[2] & 0xf8) != 0x80 || get16(p + 4) != 1) return DNS_STRANGE;
    size_t at = get_name(p, len, HEAD_BYTES, name);
    if (at == 0 || at + 4 > len || get16(p + at) != (unsigned)type || get16(p + at + 2) != CLASS_IN) return DNS_STRANGE;
    size_t whole = strlen(asked);
    if (whole > 0 && asked[whole - 1] == '.') whole--;
    if (strlen(name) != whole || strncasecmp(name, asked, whole) != 0) return DNS_STRANGE;
    int rcode = p[3] & 0x0f, n = 0;
    if (rcode == 3) return 0; /* there is no such name */
    if (rcode != 0) return DNS_FAILED;
    memcpy(owner, name, sizeof owner);
    /* A cut answer (TC) may hold enough; aliases may come in any order. */
    for (int i = 0; i < CHAIN_MAX && scan(p, len, at + 4, get16(p + 6), type, owner, ips, max, &n); i++) continue;
    return n;
}
