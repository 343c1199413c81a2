/* The native host: one thread, one epoll set, QuickJS inside. Numbers of the ABI are those of
   src/port/abi.ts and bounds those of src/base/limits.ts (a test compares both tables).
   Nothing here waits; every operation ends exactly once, from the loop. */
#ifndef MC_HOST_H
#define MC_HOST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include "quickjs.h"

/* The host is built for size; what is marked so takes a third of the time to the first answer. */
#define FAST __attribute__((optimize("O2")))

/* SYNC of abi.ts */
enum {
    SYNC_MONO_MS = 1, SYNC_WALL_MS = 2, SYNC_RANDOM = 3, SYNC_LOG = 4, SYNC_ARGS = 5, SYNC_ENV = 6, SYNC_EXIT = 7,
    SYNC_PRINT = 8, SYNC_INFO = 9, SYNC_RESOURCE = 10, SYNC_UTF8_ENCODE = 11, SYNC_UTF8_DECODE = 12,
    SYNC_WRITE_NOW = 13,
};
/* OP of abi.ts */
enum {
    OP_TIMER = 32, OP_SIGNAL = 33, OP_RESOLVE = 34, OP_CONNECT = 35, OP_LISTEN = 36, OP_ACCEPT = 37, OP_READ = 38,
    OP_WRITE = 39, OP_SHUTDOWN = 40, OP_CLOSE = 41, OP_UDP = 42, OP_FS_READ = 48, OP_FS_WRITE = 49, OP_FS_APPEND = 50,
    OP_FS_SYNC = 51, OP_FS_RENAME = 52, OP_FS_REMOVE = 53, OP_FS_LIST = 54, OP_FS_STAT = 55, OP_FS_MKDIR = 56,
    OP_SPAWN = 64, OP_TTY = 65,
};
/* CODE of abi.ts */
enum {
    CODE_OK = 0, CODE_CANCELED = 1, CODE_REFUSED = 2, CODE_UNREACHABLE = 3, CODE_RESET = 4, CODE_TIMEDOUT = 5,
    CODE_DNS = 6, CODE_TLS = 7, CODE_NOTFOUND = 8, CODE_EXISTS = 9, CODE_DENIED = 10, CODE_NOSPACE = 11,
    CODE_BUSY = 12, CODE_INVALID = 13, CODE_UNSUPPORTED = 14, CODE_IO = 15,
};
/* Of limits.ts, by the same names */
enum {
    HOST_OPS_MAX = 1024, READ_BYTES_MAX = 16384, LISTEN_WAITING_MAX = 128, RANDOM_BYTES_MAX = 65536,
    FILE_READ_BYTES_MAX = 262144, FILE_PIECE_BYTES_MAX = 67108864, FILE_LIST_MAX = 4096,
    CLI_LINE_BYTES_MAX = 16384,
};

enum { MC_WHY = 320 };     /* a sentence for a person, with its NUL */
enum { MC_AGAIN = -1000 }; /* of a read, write or handshake: not now; the loop calls again when it is ready */
typedef struct Op Op;
typedef struct Handle Handle;
typedef struct Tls Tls;
typedef struct TlsServer TlsServer;
typedef struct Timer Timer;

/* A moment at which `fire` is called, once. Belongs to the structure it lies in. */
struct Timer {
    double due_ms;         /* of mono_ms() */
    uint32_t turn;         /* equal times in the order of their setting */
    int at;                /* place in the heap + 1; 0: not set */
    void (*fire)(Timer *t);
    void *of;
};

/* An operation under way. Started by a submit; ended once by op_end() or op_fail(), after which
   only the loop touches it. */
struct Op {
    uint32_t id;
    uint8_t op;
    uint8_t ended;
    uint8_t code;
    JSValue value;         /* what the completion hands over */
    Handle *on;            /* the handle it waits at, or NULL */
    void (*stop)(Op *op);  /* asks it to end soon (cancel); NULL: it ends soon by itself */
    void *of;              /* private data of the operation; freed by whoever ends it */
    Timer timer;
    uint32_t max;          /* READ */
    uint8_t *bytes;        /* WRITE: the rest that the kernel has not taken yet; freed by the loop */
    size_t len, off;
    Op *next;              /* in its bucket, then in the queue of the ended */
    Op *next_ended;
};

/* Something with a descriptor. `number` is the bundle's name for it, never used twice; 0: internal. */
struct Handle {
    uint32_t number;
    int fd;
    uint8_t can_read, can_write; /* as far as known; cleared by whoever meets EAGAIN */
    uint8_t hup;                 /* the other side is gone: reads must go on until they say so */
    uint8_t queued, dead;
    uint8_t ending;              /* a SHUTDOWN was asked for */
    uint8_t broken;              /* CODE_… that every further use ends with; 0: none */
    Op *reader, *writer, *ender; /* READ or ACCEPT; WRITE; SHUTDOWN */
    Tls *tls;                    /* of a secured stream: tls.c's */
    void (*ready)(Handle *h);    /* called by the loop after can_read or can_write was set, or after handle_kick() */
    long (*read)(Handle *h, uint8_t *to, size_t max);          /* NULL: READ is INVALID on it */
    long (*write)(Handle *h, const uint8_t *from, size_t len); /* NULL: WRITE is INVALID on it */
    int (*shutdown)(Handle *h);
    void (*let_go)(Handle *h);   /* frees `of`, kills a child …; the descriptor is closed by the loop */
    void *of;
    const char *why;             /* a sentence for a failed read, where it has one of its own */
    Handle *next, *next_ready;
};

/* ---- engine.c: what only QuickJS's own file can do */
extern JSContext *mc_ctx;
JSValue mc_new_bytes(const uint8_t *bytes, size_t len);                       /* a Uint8Array with a copy */
size_t mc_heap_bytes(void);                                                   /* that the engine has now */
int mc_bytes(JSValueConst v, const uint8_t **bytes, size_t *len);             /* a view of a Uint8Array; 0: it is none */
JSValue mc_program(void);                                                     /* runs the bundle */
int mc_pieces(void);                                                          /* how many parts of it lie unpacked: 1 is what a poll needs, 2 what a chat does */
void mc_let_go(void);                                                         /* of those and of code that ran once */
void mc_forget_dead(void);                                                    /* what weak tables know of objects that are gone */

/* ---- heap.c */
JSRuntime *heap_runtime(void);                                                /* with memory of our own */
extern unsigned heap_apart;                                                   /* 1: blocks made now go sooner than others, so they lie apart */
void heap_give_back(void);                                                    /* empty pages, and the stack below */

/* ---- rest.c */
double rest(int ran, double otherwise);                                       /* before a wait, did anything run: → ms until it wants to be called again */

/* ---- main.c */
_Noreturn void mc_crash(const char *what);                                    /* one log line, exit code 70 */
void mc_after(JSValue result);                                                /* of a call: runs all pending jobs; crashes on a bug */
JSContext *mc_new_context(JSRuntime *rt);                                     /* without eval; NULL: no memory */
extern int mc_argc; extern char **mc_argv;
__attribute__((weak)) int mc_test_main(void);                                 /* in a test build: 1 when it ran something else than the bundle */

/* ---- parts.c: data that the build put in: "core" and "late" (bytecode), "commands", "roots" …
   `raw` is the size of a compressed part when it is unpacked; 0: it lies there as it is. One of LZMA's (lzma.c) may begin
   behind others in the same bytes: `from` is where, -1: deflate. */
typedef struct { const char *name; const uint8_t *start, *end; uint32_t raw; int32_t from; } Part;
int lzma_unpack(const uint8_t *in, const uint8_t *in_end, uint8_t *out, size_t size); /* the first `size` bytes; 0: they are not all there */
extern const Part mc_parts[];                                                 /* the last has no name */
extern int64_t mc_build_s;                                                    /* of the last commit, in seconds since 1970: no right clock is behind it */
const Part *part_find(const char *name);                                      /* NULL: there is none */
uint8_t *part_load(const Part *part);                                         /* part_size() bytes of malloc's; NULL: no memory */
size_t part_size(const Part *part);

/* ---- timers.c */
double mono_ms(void);
void timer_set(Timer *t, double due_ms);                                      /* sets or moves it */
void timer_drop(Timer *t);                                                    /* no harm when it is not set */
double timers_left(double otherwise);                                         /* ms until the next one */
int timers_run(int most);                                                     /* → how many were due */

/* ---- loop.c */
void loop_init(void);
int loop_run(void);                                                           /* → exit code */
void loop_exit(int code);
/* Takes over `fd` (closed on failure); internal ones get no number. NULL: no memory or descriptors. */
Handle *handle_new(int fd, int internal);
void handle_number(Handle *h);                                                /* gives an internal one its number */
Handle *handle_get(JSValueConst number);                                      /* NULL: closed or never there */
void handle_kick(Handle *h);                                                  /* `ready` soon, from the loop */
/* Ends what waits at it with CANCELED, lets go of it and closes its descriptor; freed later by the loop. */
void handle_close(Handle *h);

/* ---- op.c: operations and their completions */
Op *op_new(uint32_t id, int op);                                              /* NULL: the id is in use or no memory */
Op *op_find(uint32_t id);
int op_count(void);
void op_end(Op *op, int code, JSValue value);                                 /* takes over `value` */
void op_number(Op *op, double value);
void op_text(Op *op, const char *text, size_t len);                           /* OK with a text */
void op_fail(Op *op, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void op_canceled(Op *op);
void op_errno(Op *op, int err);                                               /* fails with the code and sentence of an errno */
int op_deliver(int max);                                                      /* → how many completions were handed up */
int op_waiting(void);                                                         /* completions not handed up yet */
int code_of(int err);                                                         /* CODE_… of an errno */

/* ---- abi.c, args.c */
void abi_init(void);
typedef JSValue Args;                                                         /* a structured argument, parsed */
Args args_parse(JSValueConst a);                                              /* JS_UNDEFINED when it is no JSON object */
Args args_of(Args a, const char *name);                                       /* an object inside, else JS_UNDEFINED */
void args_free(Args a);
int args_int(Args a, const char *name, int64_t min, int64_t max, int64_t *out); /* 1 there, 0 not there, -1 not such a number */
char *args_text(Args a, const char *name, size_t *len);                       /* UTF-8 in malloc's memory, NULL: no text; free() it */
int args_flag(Args a, const char *name, int otherwise);

/* ---- What submit starts: timers.c, signal.c, stream.c, listen.c, net.c, udp.c, dns.c, fs.c, tty.c */
typedef void Start(Op *op, JSValueConst a, JSValueConst b);
Start timer_start, signal_start, stream_accept, stream_read, stream_write, stream_shutdown, stream_close, net_connect,
    net_listen, udp_open, dns_resolve, fs_start, tty_start;

/* ---- stream.c */
extern const char stream_closed[];                                           /* the sentence for a handle that is not there */
double stream_write_now(JSValueConst handle, JSValueConst bytes);              /* → how many went out; 0: a WRITE is due */
void reader_stop(Op *op);                                                     /* for whatever waits in h->reader */
void stream_set(Handle *h);                                                   /* makes a connected descriptor (socket, pipe) a stream, TLS or not */
/* The bytes below TLS; they keep can_read and can_write. >0 count, 0 end, MC_AGAIN, else -CODE_… */
long sock_read(Handle *h, uint8_t *to, size_t max);
long sock_write(Handle *h, const uint8_t *from, size_t len);

/* ---- dns.c, dns_parse.c */
typedef struct { int len; uint8_t bytes[16]; } Ip;                            /* len 4: IPv4, 16: IPv6 */
enum { IPS_MAX = 16, SERVERS_MAX = 3, NAME_MAX_BYTES = 253 };
extern const char *dns_hosts_file, *dns_conf_file;
extern int dns_port;
typedef struct Lookup Lookup;
typedef void Found(void *of, const Ip *ips, int n, const char *why);          /* n 0: `why` is a sentence */
Lookup *lookup_start(const char *name, Found *found, void *of);               /* NULL: no memory; `found` comes later, from the loop */
void lookup_stop(Lookup *l);                                                  /* `found` will not come */
socklen_t sockaddr_of(const Ip *ip, int port, struct sockaddr_storage *to);    /* net.c */
int ip_parse(const char *text, Ip *ip);
void ip_text(const Ip *ip, char text[64]);                                    /* an IPv4 address inside IPv6 as such */
typedef struct { Ip servers[SERVERS_MAX]; int count, timeout_s, attempts; char search[NAME_MAX_BYTES + 1]; } DnsConf;
void dns_conf(const char *text, DnsConf *conf);                               /* /etc/resolv.conf */
int dns_hosts(const char *text, const char *name, Ip *ips, int max);          /* /etc/hosts → how many */
int dns_ask(uint8_t *to, size_t room, const char *name, uint16_t id, int type); /* → bytes, 0: no name that can be asked for */
enum { DNS_TYPE_A = 1, DNS_TYPE_AAAA = 28, DNS_STRANGE = -1, DNS_FAILED = -2 };
/* How many addresses were added (0: it has none of that type), STRANGE: no answer to that question. */
int dns_answer(const uint8_t *bytes, size_t len, const char *name, uint16_t id, int type, Ip *ips, int max);

/* ---- log.c: bounded output to descriptors 1 and 2 */
void log_line(const char *level, const char *json, size_t len);               /* one JSON object, no newline */
void log_print(int fd, const char *text, size_t len);
int log_flush(int wait_ms);                                                   /* → 1: something is still kept */

/* ---- fs.c */
void fs_init(const char *workspace);                                          /* NULL: there is none */
int fs_has_workspace(void);
/* fs_path.c; -1 and errno. Flags with which folders are opened: */
#define PATH_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
int path_good(const char *path, size_t len);                                  /* no name of it could leave the root */
int path_enter(char *path, const char **name);                                /* the folder of the path's last name, which is left in *name */
int path_step(int from, const char *name);                                    /* one folder further down; closes `from` */
int path_open(int dir, const char *name, int flags);                          /* a plain file with one name */

/* ---- utf8.c */
size_t utf8_mend(char *text, size_t len);                                     /* WTF-8 of the engine → UTF-8, same length */
int utf8_whole(const char *text, size_t len);                                 /* no lone surrogate, no NUL */
JSValue utf8_decode(const uint8_t *bytes, size_t len);                        /* replacing, as the Encoding Standard says */

/* ---- tls.c (left out of a build without it: all of these are weak) */
typedef struct {
    const char *name;      /* whose certificate is due: a name, or an address */
    const char *pin;       /* SHA-256 of the certificate in lower-case hex without colons, or NULL */
    int mozilla;           /* trust the built-in roots */
    const char *pem;       /* further roots, or NULL */
    size_t pem_len;        /* without the NUL that follows */
} TlsWant;
/* After the connection stands: sets h->tls. Copies what it needs of `want`. 0 or -CODE_… with a sentence. */
__attribute__((weak)) int tls_start(Handle *h, const TlsWant *want, char why[MC_WHY]);
/* Goes on until it would wait. 0: done (a client: the certificate is good); MC_AGAIN; else -CODE_…, a client's with a sentence. */
__attribute__((weak)) int tls_handshake(Handle *h, char why[MC_WHY]);
/* As sock_read and sock_write. A read that says MC_AGAIN has emptied everything that was decrypted. */
__attribute__((weak)) long tls_read(Handle *h, uint8_t *to, size_t max);
__attribute__((weak)) long tls_write(Handle *h, const uint8_t *from, size_t len);
/* close_notify: 0, MC_AGAIN or -CODE_… */
__attribute__((weak)) int tls_shutdown(Handle *h);
__attribute__((weak)) void tls_free(Handle *h);                               /* also of a handshake not finished */
/* ---- tls_server.c: a build option of its own */
__attribute__((weak)) TlsServer *tls_server_new(const char *cert_pem, const char *key_pem); /* NULL: they are no pair */
__attribute__((weak)) int tls_serve(Handle *h, TlsServer *server);            /* sets h->tls; then tls_handshake(). 0: no memory */
__attribute__((weak)) void tls_server_free(TlsServer *server);                /* once for each of both above */

/* ---- sandbox.c (left out of a build without skills: weak) */
__attribute__((weak)) Start spawn_start;
__attribute__((weak)) int sandbox_main(void);                                 /* `mikroclaw --sandbox`; → exit code */

#endif
