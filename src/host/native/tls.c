/* TLS 1.2 and 1.3 on a handle whose socket never waits (mbedTLS), and how a client begins (a server:
   tls_server.c). A client sends nothing before the certificate is judged good (tls_judge.c), and every path
   that did not see it ends in a refusal. An end without close_notify is a broken connection (RFC 8446 6.1):
   something may have been cut off. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "tls.h"
#include "mbedtls/entropy.h"
#include "mbedtls/net_sockets.h"
#include "psa/crypto.h"

enum { TRIES = 64 }; /* records in a row that bring nothing (tickets, warnings); more are an attack */

const char *tls_alpn[] = { "http/1.1", NULL };

int mbedtls_hardware_poll(void *data, unsigned char *to, size_t len, size_t *got);
int mbedtls_hardware_poll(void *data, unsigned char *to, size_t len, size_t *got)
{
    (void)data;
    ssize_t n;
    do n = getrandom(to, len < 256 ? len : 256, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0) return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
    *got = (size_t)n;
    return 0;
}

int tls_chance(void *unused, unsigned char *to, size_t len)
{
    (void)unused;
    return psa_generate_random(to, len) == PSA_SUCCESS ? 0 : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

static int below_send(void *of, const unsigned char *from, size_t len)
{
    long n = sock_write(of, from, len);
    return n == MC_AGAIN ? MBEDTLS_ERR_SSL_WANT_WRITE : n < 0 ? MBEDTLS_ERR_NET_CONN_RESET : (int)n;
}

static int below_receive(void *of, unsigned char *to, size_t len)
{
    long n = sock_read(of, to, len);
    return n == MC_AGAIN ? MBEDTLS_ERR_SSL_WANT_READ : n < 0 ? MBEDTLS_ERR_NET_CONN_RESET : (int)n;
}

static int issuers(void *judge, const mbedtls_x509_crt *child, mbedtls_x509_crt **out)
{
    const Judge *j = judge;
    return roots_find(j->mozilla, &j->own, &child->issuer_raw, out);
}

/* It wanted to wait, but there is still something to do: it met a record that brings nothing. */
static int goes_on(const Handle *h, int r)
{
    return r == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET || (r == MBEDTLS_ERR_SSL_WANT_READ && h->can_read) ||
        (r == MBEDTLS_ERR_SSL_WANT_WRITE && h->can_write);
}

static int waits(int r)
{
    return r == MBEDTLS_ERR_SSL_WANT_READ || r == MBEDTLS_ERR_SSL_WANT_WRITE;
}

static Judge *judge_new(const TlsWant *want)
{
    Judge *j = calloc(1, sizeof *j);
    if (j == NULL) return NULL;
    snprintf(j->name, sizeof j->name, "%s", want->name);
    snprintf(j->pin, sizeof j->pin, "%s", want->pin != NULL ? want->pin : "");
    j->pinned = want->pin != NULL;
    j->mozilla = want->mozilla;
    mbedtls_x509_crt_init(&j->own);
    return j;
}

static void judge_free(Tls *t)
{
    if (t->judge != NULL) mbedtls_x509_crt_free(&t->judge->own);
    free(t->judge);
    t->judge = NULL;
}

int tls_set_up(Handle *h, Tls *t, const mbedtls_ssl_config *conf)
{
    int r = mbedtls_ssl_setup(&t->ssl, conf);
    if (r == 0) mbedtls_ssl_set_bio(&t->ssl, h, below_send, below_receive, NULL);
    return r;
}

static int set_up_client(Handle *h, Tls *t)
{
    /* PKCS#1 before PSS, because many a TLS 1.2 server takes the first that it can do. */
    static const uint16_t signatures[] = { 0x0403, 0x0503, 0x0603, 0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806, MBEDTLS_TLS1_3_SIG_NONE };
    Ip ip;
    int r = mbedtls_ssl_config_defaults(&t->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (r != 0) return r;
    mbedtls_ssl_conf_sig_algs(&t->conf, signatures);
    mbedtls_ssl_conf_rng(&t->conf, tls_chance, NULL);
    /* With a pin the chain does not matter: what the judge says is looked at when the handshake is over. */
    mbedtls_ssl_conf_authmode(&t->conf, t->judge->pinned ? MBEDTLS_SSL_VERIFY_OPTIONAL : MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_verify(&t->conf, judge_certificate, t->judge);
    mbedtls_ssl_conf_ca_cb(&t->conf, issuers, t->judge);
    if ((r = mbedtls_ssl_conf_alpn_protocols(&t->conf, tls_alpn)) != 0) return r;
    if ((r = tls_set_up(h, t, &t->conf)) != 0) return r;
    /* A literal address is no server name (RFC 6066 section 3). */
    return mbedtls_ssl_set_hostname(&t->ssl, ip_parse(t->judge->name, &ip) ? NULL : t->judge->name);
}

static int clock_is_wrong(char why[MC_WHY])
{
    const time_t now = time(NULL), built = (time_t)mc_build_s;
    struct tm is, was;
    if (now >= built) return 0;
    gmtime_r(&now, &is);
    gmtime_r(&built, &was);
    snprintf(why, MC_WHY,
        "The clock says %04d-%02d-%02d, but this program was built on %04d-%02d-%02d: while the clock is wrong, no certificate can be judged. "
        "Set it, for example with /system/ntp/client/set enabled=yes servers=pool.ntp.org. A pinned certificate works meanwhile.",
        is.tm_year + 1900, is.tm_mon + 1, is.tm_mday, was.tm_year + 1900, was.tm_mon + 1, was.tm_mday);
    return 1;
}

int tls_start(Handle *h, const TlsWant *want, char why[MC_WHY])
{
    if (want->pin == NULL && clock_is_wrong(why)) return -CODE_TLS;
    Tls *t = calloc(1, sizeof *t);
    snprintf(why, MC_WHY, "There is no memory left for a TLS connection.");
    if (t == NULL) return -CODE_BUSY;
    mbedtls_ssl_init(&t->ssl);
    mbedtls_ssl_config_init(&t->conf);
    t->judge = judge_new(want);
    h->tls = t;
    int good = t->judge != NULL && psa_crypto_init() == PSA_SUCCESS && set_up_client(h, t) == 0;
    if (good && want->pem != NULL && want->pem_len > 0) {
        snprintf(why, MC_WHY, "The file with own authorities holds no certificate that can be read.");
        good = mbedtls_x509_crt_parse(&t->judge->own, (const unsigned char *)want->pem, want->pem_len + 1) >= 0;
        if (!good) return tls_free(h), -CODE_TLS;
    }
    if (!good) return tls_free(h), -CODE_BUSY;
    why[0] = 0;
    return 0;
}

/* Judged and kept only until here: some 4 KB for each open connection. */
static void forget_certificate(Tls *t)
{
    mbedtls_ssl_session *s = t->ssl.MBEDTLS_PRIVATE(session);
    if (s == NULL || s->MBEDTLS_PRIVATE(peer_cert) == NULL) return;
    mbedtls_x509_crt_free(s->MBEDTLS_PRIVATE(peer_cert));
    free(s->MBEDTLS_PRIVATE(peer_cert));
    s->MBEDTLS_PRIVATE(peer_cert) = NULL;
}

int tls_handshake(Handle *h, char why[MC_WHY])
{
    Tls *t = h->tls;
    int r = MBEDTLS_ERR_SSL_WANT_READ;
    for (int n = 0; n < TRIES; n++) {
        r = mbedtls_ssl_handshake(&t->ssl);
        if (!goes_on(h, r)) break;
    }
    if (waits(r) && !goes_on(h, r)) return MC_AGAIN;
    t->broken = r != 0 || (t->judge != NULL && !t->judge->good);
    if (t->broken) return t->judge != NULL ? -judge_failure(t->judge, &t->ssl, r, why) : -CODE_RESET;
    forget_certificate(t);
    judge_free(t);
    mbedtls_ssl_conf_verify(&t->conf, NULL, NULL);
    mbedtls_ssl_conf_ca_cb(&t->conf, NULL, NULL);
    return 0;
}

long tls_read(Handle *h, uint8_t *to, size_t max)
{
    Tls *t = h->tls;
    if (t->ended) return 0;
    for (int n = 0; n < TRIES && !t->broken; n++) {
        int r = mbedtls_ssl_read(&t->ssl, to, max);
        if (r > 0) return r;
        if (goes_on(h, r)) continue;
        if (waits(r)) return MC_AGAIN;
        t->ended = r == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
        if (t->ended) return 0;
        break;
    }
    t->broken = 1;
    return -CODE_RESET;
}

long tls_write(Handle *h, const uint8_t *from, size_t len)
{
    Tls *t = h->tls;
    if (t->broken) return -CODE_RESET;
    int r = MBEDTLS_ERR_SSL_WANT_READ;
    for (int n = 0; n < TRIES; n++) {
        r = mbedtls_ssl_write(&t->ssl, from, len);
        if (!goes_on(h, r)) break;
    }
    if (r >= 0) return r;
    if (waits(r) && !goes_on(h, r)) return MC_AGAIN;
    t->broken = 1;
    return -CODE_RESET;
}

int tls_shutdown(Handle *h)
{
    Tls *t = h->tls;
    int r = t->broken ? MBEDTLS_ERR_NET_CONN_RESET : mbedtls_ssl_close_notify(&t->ssl);
    if (waits(r)) return MC_AGAIN;
    if (r != 0 || shutdown(h->fd, SHUT_WR) != 0) return -CODE_RESET;
    return 0;
}

void tls_free(Handle *h)
{
    Tls *t = h->tls;
    if (t == NULL) return;
    if (mbedtls_ssl_is_handshake_over(&t->ssl) && !t->broken) mbedtls_ssl_close_notify(&t->ssl); /* as far as the socket takes it now */
    mbedtls_ssl_free(&t->ssl);
    mbedtls_ssl_config_free(&t->conf);
    judge_free(t);
    if (t->server != NULL) tls_server_free(t->server);
    free(t);
    h->tls = NULL;
}
