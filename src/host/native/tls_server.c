/* TLS as a server, with the owner's certificate and key: a build option (GATEWAY_TLS=yes). A
   connection is handed over before its handshake, so that a slow client keeps nobody else waiting; whoever
   reads bounds its time, and is told that the connection broke where the handshake failed. */
#include "tls.h"

#ifdef MC_GATEWAY_TLS
#include <stdlib.h>
#include <string.h>

#include "psa/crypto.h"

struct TlsServer {
    mbedtls_ssl_config conf;
    mbedtls_x509_crt cert;
    mbedtls_pk_context key;
    unsigned users;        /* the listener and its connections, which may outlive it */
};

static int set_up(TlsServer *s, const char *cert_pem, const char *key_pem)
{
    int r = psa_crypto_init() == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    if (r == 0) r = mbedtls_x509_crt_parse(&s->cert, (const unsigned char *)cert_pem, strlen(cert_pem) + 1);
    if (r == 0) r = mbedtls_pk_parse_key(&s->key, (const unsigned char *)key_pem, strlen(key_pem) + 1, NULL, 0, tls_chance, NULL);
    if (r == 0) r = mbedtls_pk_check_pair(&s->cert.pk, &s->key, tls_chance, NULL);
    if (r == 0) r = mbedtls_ssl_config_defaults(&s->conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (r == 0) r = mbedtls_ssl_conf_own_cert(&s->conf, &s->cert, &s->key);
    if (r == 0) r = mbedtls_ssl_conf_alpn_protocols(&s->conf, tls_alpn);
    mbedtls_ssl_conf_rng(&s->conf, tls_chance, NULL);
    return r;
}

TlsServer *tls_server_new(const char *cert_pem, const char *key_pem)
{
    TlsServer *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->users = 1;
    mbedtls_ssl_config_init(&s->conf);
    mbedtls_x509_crt_init(&s->cert);
    mbedtls_pk_init(&s->key);
    if (set_up(s, cert_pem, key_pem) == 0) return s;
    tls_server_free(s);
    return NULL;
}

int tls_serve(Handle *h, TlsServer *server)
{
    Tls *t = calloc(1, sizeof *t);
    if (t == NULL) return 0;
    mbedtls_ssl_init(&t->ssl);
    mbedtls_ssl_config_init(&t->conf);
    server->users++;
    t->server = server;
    h->tls = t;
    if (tls_set_up(h, t, &server->conf) == 0) return 1;
    tls_free(h);
    return 0;
}

void tls_server_free(TlsServer *s)
{
    if (--s->users > 0) return;
    mbedtls_ssl_config_free(&s->conf);
    mbedtls_x509_crt_free(&s->cert);
    mbedtls_pk_free(&s->key);
    free(s);
}
#endif
