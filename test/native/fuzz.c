/* Feeds mutated bytes to everything in the host that reads bytes: name servers' answers, resolv.conf,
   hosts, arguments, UTF-8, packed data. `fuzz SEED ROUNDS` prints one line; a sanitizer ends it on the
   first wrong access. `fuzz SEED ROUNDS canary` has a parser with a planted mistake that must be found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static uint64_t state;

static uint32_t random_below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % n;
}

typedef struct { const char *bytes; size_t len; } Seed;
#define SEED(text) { text, sizeof text - 1 }

/* Answers to "www.example.com": an address, an alias with its address, none, a failure, a cut one. */
static const Seed answers[] = {
    SEED("\x12\x34\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"),
    SEED("\x12\x34\x81\x80\0\1\0\2\0\0\0\0\3www\7example\3com\0\0\1\0\1\xc0\x0c\0\5\0\1\0\0\0\x3c\0\6\3web\xc0\x10"
         "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\2"),
    SEED("\x12\x34\x81\x83\0\1\0\0\0\1\0\0\3www\7example\3com\0\0\1\0\1\xc0\x10\0\6\0\1\0\0\0\x3c\0\x04\1n\xc0\x10"),
    SEED("\x12\x34\x81\x82\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"),
    SEED("\x12\x34\x83\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0"),
};
static const Seed confs[] = {
    SEED("# made by hand\nnameserver 192.168.88.1\nnameserver fe80::1%eth0\nsearch lan home\noptions timeout:1 attempts:9\n"),
    SEED("domain x\nnameserver\nnameserver 1.2.3.4 5.6.7.8\n;\noptions\noptions rotate timeout:-5 timeout:99999999999\n"),
};
static const Seed hosts[] = {
    SEED("127.0.0.1\tlocalhost\n::1 localhost ip6-localhost # six\n10.0.0.2 nas nas.lan\n\n1.2.3 nas\n10.0.0.3 nas"),
};
static const Seed args[] = {
    SEED("{\"host\":\"127.0.0.1\",\"port\":80,\"tls\":{\"name\":\"a\",\"roots\":\"none\",\"pin\":\"00\",\"extraPem\":\"x\"}}"),
    SEED("{\"root\":\"workspace\",\"path\":\"a/b/\\u00fc\",\"offset\":-1,\"max\":1e308,\"create\":false,\"__proto__\":{\"a\":[[[]]]}}"),
};
static const Seed texts[] = {
    SEED("plain \xc3\xbc \xe6\x96\x87 \xf0\x9f\x98\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xc0\x80 \xef\xbb\xbf"),
};

/* A new piece of memory that is exactly as long as its content, so that one byte further is noticed. */
static uint8_t *mutate(const Seed *seeds, size_t count, size_t *len)
{
    const Seed *from = &seeds[random_below((uint32_t)count)];
    uint8_t big[4096];
    size_t n = from->len;
    memcpy(big, from->bytes, n);
    for (uint32_t i = random_below(6); i > 0; i--) {
        size_t at = n > 0 ? random_below((uint32_t)n) : 0;
        switch (random_below(6)) {
        case 0: if (n > 0) big[at] = (uint8_t)random_below(256); break;
        case 1: if (n > 0) big[at] ^= (uint8_t)(1u << random_below(8)); break;
        case 2: n = at; break;
        case 3: if (n + 40 < sizeof big) { memmove(big + at + 33, big + at, n - at); memset(big + at, big[at], 33); n += 33; } break;
        case 4: if (n > 0) big[at] = (uint8_t)"\xc0\xff\0\n"[random_below(4)]; break;
        default: if (n > at + 2) { memmove(big + at, big + at + 1, n - at - 1); n--; } break;
        }
    }
    uint8_t *exact = malloc(n > 0 ? n : 1);
    if (exact == NULL) abort();
    memcpy(exact, big, n);
    *len = n;
    return exact;
}

static char *mutate_text(const Seed *seeds, size_t count, size_t *len)
{
    char *text = (char *)mutate(seeds, count, len);
    text = realloc(text, *len + 1);
    if (text == NULL) abort();
    text[*len] = 0;
    return text;
}

static void check(int good, const char *what)
{
    if (good) return;
    fprintf(stderr, "fuzz: %s does not hold\n", what);
    abort();
}

/* The planted mistake: a pointer that is believed. */
static unsigned canary(const uint8_t *p, size_t len)
{
    for (size_t i = 12; i + 1 < len; i++)
        if (p[i] == 0xff) return p[(p[i] & 0x3f) << 8 | p[i + 1]];
    return 0;
}

static unsigned fuzz_names(void)
{
    Ip ips[IPS_MAX];
    DnsConf conf;
    size_t len;
    uint8_t *p = mutate(answers, sizeof answers / sizeof *answers, &len);
    int n = dns_answer(p, len, "www.example.com", 0x1234, random_below(2) ? DNS_TYPE_A : DNS_TYPE_AAAA, ips, 3);
    check(n >= DNS_FAILED && n <= 3, "a bounded number of addresses");
    free(p);
    char *text = mutate_text(confs, sizeof confs / sizeof *confs, &len);
    dns_conf(text, &conf);
    check(conf.count >= 1 && conf.count <= SERVERS_MAX && conf.timeout_s >= 1 && conf.timeout_s <= 5 && conf.attempts >= 1 &&
          conf.attempts <= 3 && strlen(conf.search) < sizeof conf.search, "a sane resolv.conf");
    free(text);
    text = mutate_text(hosts, 1, &len);
    int found = dns_hosts(text, "nas", ips, 2);
    check(found >= 0 && found <= 2, "a bounded number of hosts");
    uint8_t packet[300];
    int asked = dns_ask(packet, sizeof packet, text, 1, DNS_TYPE_A);
    check(asked >= 0 && asked <= (int)sizeof packet, "a question that fits");
    /* What we ask for is what an answer is compared with. */
    packet[2] |= 0x80;
    if (asked > 0) check(dns_answer(packet, (size_t)asked, text, 1, DNS_TYPE_A, ips, 1) == 0, "our own question is understood");
    free(text);
    return n > 0;
}

static unsigned fuzz_values(void)
{
    size_t len, room = 0;
    char *text = mutate_text(args, sizeof args / sizeof *args, &len);
    JSValue json = JS_NewStringLen(mc_ctx, text, len);
    Args a = args_parse(json), tls = args_of(a, "tls");
    int64_t number = 0;
    free(args_text(a, "host", &room));
    free(args_text(tls, "extraPem", &room));
    char *path = args_text(a, "path", &room);
    if (path != NULL && path_good(path, room)) check(path[0] != '/' && strstr(path, "/../") == NULL, "a good path stays beneath");
    free(path);
    if (args_int(a, "port", 1, 65535, &number) == 1) check(number >= 1 && number <= 65535, "a port in its range");
    unsigned parsed = JS_IsObject(a);
    args_free(tls);
    args_free(a);
    JS_FreeValue(mc_ctx, json);
    free(text);
    uint8_t *p = mutate(texts, 1, &len);
    JSValue decoded = utf8_decode(p, len);
    const char *again = JS_ToCStringLen(mc_ctx, &room, decoded);
    check(again != NULL && room <= 3 * len, "decoded text is bounded");
    JSValue twice = utf8_decode((const uint8_t *)again, room);
    const char *same = JS_ToCString(mc_ctx, twice);
    check(same != NULL && memcmp(same, again, room) == 0, "decoded text is well-formed");
    JS_FreeCString(mc_ctx, again);
    JS_FreeCString(mc_ctx, same);
    JS_FreeValue(mc_ctx, decoded);
    JS_FreeValue(mc_ctx, twice);
    free(p);
    return parsed;
}

/* The sample, packed in three ways. */
enum { WAYS = 3 };
static const char *const ways[WAYS] = { "packed", "late", "behind" };

static void check_ways(void)
{
    uint8_t *first = part_load(part_find(ways[0]));
    for (int i = 0; i < WAYS; i++) {
        const Part *part = part_find(ways[i]);
        uint8_t *bytes = part_load(part);
        check(first != NULL && bytes != NULL && memcmp(first, bytes, part_size(part)) == 0, "the same bytes, however packed");
        free(bytes);
    }
    free(first);
    const Part *whole = part_find(ways[0]);
    for (const uint8_t *end = whole->end; end-- > whole->start;) {
        Part cut = { "cut", whole->start, end, whole->raw, whole->from };
        check(part_load(&cut) == NULL, "a deflated part that is cut is refused, however little is missing");
    }
}

/* A packed part whose bytes were changed unpacks to its exact size or not at all. */
static unsigned fuzz_parts(int way)
{
    const Part *whole = part_find(ways[way]);
    size_t len;
    Seed seed = { (const char *)whole->start, (size_t)(whole->end - whole->start) };
    check(seed.len < 4000, "the packed sample is small");
    uint8_t *p = mutate(&seed, 1, &len);
    Part part = { "mutated", p, p + len, whole->raw, whole->from };
    uint8_t *bytes = part_load(&part);
    unsigned unpacked = bytes != NULL;
    free(bytes);
    free(p);
    return unpacked;
}

int mc_test_main(void)
{
    if (mc_argc < 3) mc_crash("usage: fuzz SEED ROUNDS [canary]");
    state = strtoull(mc_argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    unsigned names = 0, values = 0, parts[WAYS] = { 0 }, caught = 0;
    long rounds = atol(mc_argv[2]);
    check_ways();
    for (long i = 0; i < rounds; i++) {
        size_t len;
        uint8_t *p = mutate(answers, sizeof answers / sizeof *answers, &len);
        if (mc_argc > 3) caught += canary(p, len) != 0;
        free(p);
        names += fuzz_names();
        values += fuzz_values();
        for (int way = 0; way < WAYS; way++) parts[way] += fuzz_parts(way);
    }
    /* Each of them must have been taken sometimes and refused sometimes, or nothing was tried. */
    check(names > 0 && names < rounds && values > 0 && values < rounds, "both ways were taken");
    for (int way = 0; way < WAYS; way++) check(parts[way] > 0 && parts[way] < rounds, ways[way]);
    printf("{\"rounds\":%ld,\"answers\":%u,\"arguments\":%u,\"parts\":%u,\"canary\":%u}\n", rounds, names, values, parts[0] + parts[1] + parts[2], caught);
    fflush(stdout);
    _Exit(0);
}
