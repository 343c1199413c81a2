/* Datagrams: one a read, as JSON with its sender and its bytes in base64. Those that nobody reads
   in time are lost in the kernel's buffer, larger ones than a read takes are lost here. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"

enum { DATAGRAM_MAX = 49000, HEAD_MAX = 128 };

static size_t base64(const uint8_t *from, size_t len, char *to)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *at = to;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t b = (uint32_t)from[i] << 16 | (i + 1 < len ? from[i + 1] : 0u) << 8 | (i + 2 < len ? from[i + 2] : 0u);
        *at++ = digits[b >> 18];
        *at++ = digits[b >> 12 & 63];
        *at++ = i + 1 < len ? digits[b >> 6 & 63] : '=';
        *at++ = i + 2 < len ? digits[b & 63] : '=';
    }
    return (size_t)(at - to);
}

static long udp_read(Handle *h, uint8_t *to, size_t max)
{
    static uint8_t bytes[DATAGRAM_MAX + 1];
    struct sockaddr_storage from;
    while (h->can_read) {
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(h->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
        if (n < 0 && errno != EINTR) h->can_read = 0;
        if (n < 0 || n > DATAGRAM_MAX) continue;
        Ip ip = { .len = from.ss_family == AF_INET6 ? 16 : 4 };
        char peer[64];
        if (ip.len == 16) memcpy(ip.bytes, &((struct sockaddr_in6 *)&from)->sin6_addr, 16);
        else memcpy(ip.bytes, &((struct sockaddr_in *)&from)->sin_addr, 4);
        ip_text(&ip, peer);
        if (((size_t)n + 2) / 3 * 4 + HEAD_MAX > max) continue;
        char *out = (char *)to;
        size_t at = (size_t)snprintf(out, HEAD_MAX, "{\"peer\":\"%s\",\"base64\":\"", peer);
        at += base64(bytes, (size_t)n, out + at);
        memcpy(out + at, "\"}", 2);
        return (long)at + 2;
    }
    return MC_AGAIN;
}

void udp_open(Op *op, JSValueConst a, JSValueConst b)
{
    (void)b;
    Args args = args_parse(a);
    int64_t port = 0;
    int good = args_int(args, "port", 0, 65535, &port) == 1;
    args_free(args);
    if (!good) return op_fail(op, CODE_INVALID, "A port is a number from 0 to 65535.");
    /* Every address; IPv4 only where the machine has no IPv6. */
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 0 }, sizeof(int));
    int r = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&six, sizeof six);
    if (r != 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        if (fd >= 0) close(fd);
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        r = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&four, sizeof four);
    }
    int err = r == 0 ? 0 : errno;
    if (r != 0 && fd >= 0) close(fd);
    Handle *h = r == 0 ? handle_new(fd, 0) : NULL;
    if (h != NULL) {
        stream_set(h);
        h->read = udp_read;
        h->write = NULL;
        h->shutdown = NULL;
        h->can_read = 1;
        return op_number(op, h->number);
    }
    if (err == EADDRINUSE) return op_fail(op, CODE_EXISTS, "UDP port %d is taken by another program.", (int)port);
    op_errno(op, err != 0 ? err : errno);
}
