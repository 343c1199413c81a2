/* What the TLS files share: a connection, who is expected at its other end, and what was found. */
#ifndef MC_TLS_H
#define MC_TLS_H

#include "host.h"
#include "mbedtls/ssl.h"
#include "mbedtls/x509_crt.h"

/* Of one handshake; freed when it is over. */
typedef struct {
    char name[NAME_MAX_BYTES + 1]; /* whose certificate is due */
    char pin[68];                  /* lower-case hex; a longer one than 64 digits fits none */
    int pinned, mozilla;
    mbedtls_x509_crt own;          /* further roots */
    uint32_t above, distrust;      /* found at the authorities' certificates */
    int good;                      /* the server's own certificate was seen and passed */
    char why[MC_WHY];
} Judge;

struct Tls {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;       /* of a client; a server's is in `server` */
    TlsServer *server;             /* whose connection it is; NULL: we are the client */
    Judge *judge;                  /* of a client, until the handshake is over */
    uint8_t ended, broken;
};

/* ---- tls.c */
int tls_chance(void *unused, unsigned char *to, size_t len);                  /* mbedTLS's source of random bytes */
int tls_set_up(Handle *h, Tls *t, const mbedtls_ssl_config *conf);            /* 0 or an error of mbedTLS */
extern const char *tls_alpn[];

/* ---- tls_judge.c */
/* mbedTLS's callback for each certificate, the server's own one last. Sets `good` or `why`. */
int judge_certificate(void *judge, mbedtls_x509_crt *crt, int depth, uint32_t *flags);
/* A sentence about a handshake that ended with this error of mbedTLS. → the code it means */
int judge_failure(const Judge *j, const mbedtls_ssl_context *ssl, int err, char why[MC_WHY]);

/* ---- roots.c */
/* All trusted issuers of this name, as a list that mbedTLS frees. 0 or an error of mbedTLS. */
int roots_find(int mozilla, const mbedtls_x509_crt *own, const mbedtls_x509_buf *name, mbedtls_x509_crt **out);
/* The day (20241130) after which Mozilla trusts no new certificate of this anchor; 0: it trusts them. */
uint32_t roots_distrust(const mbedtls_x509_crt *anchor);

#endif
