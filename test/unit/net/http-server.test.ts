import assert from "node:assert/strict";
import { test } from "node:test";
import { Bug } from "../../../src/base/bug.ts";
import { fault, isFault, type Wait } from "../../../src/base/fault.ts";
import {
  HTTP_ACCEPT_REST_MS,
  HTTP_BODIES_BYTES_MAX,
  HTTP_BODY_MS,
  HTTP_BODY_SMALL_BYTES,
  HTTP_CONNECTIONS_MAX,
  HTTP_HEAD_BYTES_MAX,
  HTTP_HEAD_MS,
  HTTP_HEADERS_MAX,
  HTTP_IDLE_MS,
  HTTP_LINGER_BYTES_MAX,
  HTTP_LINGER_MS,
  HTTP_TARGET_BYTES_MAX,
  HTTP_UNREAD_BYTES_MAX,
  HTTP_WRITE_MS,
} from "../../../src/base/limits.ts";
import type { Scope } from "../../../src/base/scope.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";
import { headerSecret, headerValue } from "../../../src/net/http-head.ts";
import { serveHttp } from "../../../src/net/http-server.ts";
import type { Address, Listener } from "../../../src/port/host.ts";
import type { Handler, HttpServer } from "../../../src/port/http.ts";
import { listLog } from "../../support/fake-host.ts";
import { type PipeEnd, type PipeNet, pipeNet } from "../../support/pipe.ts";
import { BAD_REQUESTS } from "./bad-requests.ts";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** Answers what it was asked; reads the body of POST. */
const echo: Handler = async (s, r) => {
  const body = r.method === "POST" ? await r.body(s, 1000) : new Uint8Array(0);
  if (isFault(body)) return body;
  return {
    status: 200,
    headers: [["Content-Type", "text/plain"]],
    body: `${r.method} ${r.path} ${r.query} ${text(body)}`,
  };
};

interface World extends PipeNet {
  server: HttpServer;
  log: ReturnType<typeof listLog>;
}

const ALWAYS = new Set(["/always"]);

async function serve(handler: Handler = echo, room?: number): Promise<World> {
  const net = pipeNet(room);
  const log = listLog();
  const server = await serveHttp(net.scope, net.host, { host: "127.0.0.1", port: 80 }, handler, log, ALWAYS);
  assert.ok(!isFault(server));
  return { ...net, server, log };
}

/** Sends all at once and reads until the server is silent. */
async function ask(w: PipeNet, end: PipeEnd, request: string): Promise<string> {
  void end.write(w.scope, latin1(request));
  return drainOf(w, end);
}

async function drainOf(w: PipeNet, end: PipeEnd): Promise<string> {
  let out = "";
  let done = false;
  const reading = (async () => {
    for (;;) {
      const piece = await end.read(w.scope, 65_536);
      if (isFault(piece) || piece.length === 0) {
        done = true;
        return;
      }
      out += text(piece);
    }
  })();
  await w.time.settle();
  if (!done) void end.shutdown(w.scope);
  await w.time.settle();
  if (done) await reading;
  return out;
}

const statuses = (out: string): number[] => [...out.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((m) => Number(m[1]));

for (const [name, bytes, status] of BAD_REQUESTS) {
  test(`refuses: ${name}`, async () => {
    const w = await serve();
    const end = w.dial(80);
    const out = await ask(w, end, bytes);
    assert.deepEqual(statuses(out), [status], out);
    assert.match(out, /Content-Type: application\/json\r\n/);
    assert.match(out, /Connection: close\r\n/);
    const body = JSON.parse(out.slice(out.indexOf("\r\n\r\n") + 4)) as Record<string, unknown>;
    assert.equal(typeof body["error"], "string");
    assert.equal(typeof body["code"], "string");
    await w.end();
    assert.equal(w.host.openHandles, 1, "the client's own end is the last");
    await end.close();
  });
}

test("the table of bad requests is as long as it should be", () => {
  assert.ok(BAD_REQUESTS.length >= 45);
  assert.equal(new Set(BAD_REQUESTS.map(([name]) => name)).size, BAD_REQUESTS.length);
});

const GOOD: ReadonlyArray<readonly [string, string, string]> = [
  ["plain", "GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a b=c "],
  ["names in any case", "GET / HTTP/1.1\r\nhOsT: a\r\n\r\n", "GET /  "],
  ["one empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /  "],
  ["HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET /  "],
  ["IPv6 host with port", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /  "],
  ["absolute target", "GET http://b:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x y "],
  ["OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *  "],
  ["escapes", "GET /%C3%A9%20 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\xc3\xa9   "],
  ["empty header value", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n", "GET /  "],
  ["bytes above ASCII in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \xe9\r\n\r\n", "GET /  "],
  ["length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "POST /  abc"],
  ["leading zeros in the length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc", "POST /  abc"],
  ["POST without a body", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", "POST /  "],
  [
    "chunked in any case",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "POST /  abc",
  ],
  [
    "chunk extension and trailer",
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nA ; x="y"\r\n0123456789\r\n0\r\nT: u\r\n\r\n',
    "POST /  0123456789",
  ],
  [
    "target of the greatest length",
    `GET /${"a".repeat(HTTP_TARGET_BYTES_MAX - 1)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET /${"a".repeat(HTTP_TARGET_BYTES_MAX - 1)}  `,
  ],
  [
    "as many headers as may be",
    `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: HTTP_HEADERS_MAX - 1 }, (_, i) => `X${i}: y\r\n`).join("")}\r\n`,
    "GET /  ",
  ],
  [
    "head of the greatest size",
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(HTTP_HEAD_BYTES_MAX - "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".length)}\r\n\r\n`,
    "GET /  ",
  ],
];

for (const [name, bytes, answer] of GOOD) {
  test(`answers: ${name}`, async () => {
    const w = await serve();
    const end = w.dial(80);
    const out = await ask(w, end, bytes);
    assert.deepEqual(statuses(out), [200], out);
    assert.ok(out.endsWith(`\r\n\r\n${answer}`), out);
    await end.close();
    await w.end();
    assert.equal(w.host.openHandles, 0);
  });
}

test("one byte more than the largest head is refused", async () => {
  const w = await serve();
  const pad = HTTP_HEAD_BYTES_MAX - "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".length + 1;
  const out = await ask(w, w.dial(80), `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(pad)}\r\n\r\n`);
  assert.deepEqual(statuses(out), [431]);
  await w.end();
});

test("pipelined requests are answered in order on one connection", async () => {
  const w = await serve();
  const one = (i: number): string => `POST /${i} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n${i}`;
  const out = await ask(w, w.dial(80), [0, 1, 2, 3, 4].map(one).join(""));
  assert.deepEqual(statuses(out), [200, 200, 200, 200, 200]);
  assert.deepEqual(
    [...out.matchAll(/POST \/(\d) {2}(\d)/g)].map((m) => `${m[1]}${m[2]}`),
    ["00", "11", "22", "33", "44"],
  );
  await w.end();
});

test("a smuggled second request is never served", async () => {
  const paths: string[] = [];
  const w = await serve(async (s, r) => {
    paths.push(r.path);
    const body = await r.body(s, 1000);
    return isFault(body) ? body : { status: 200, headers: [], body: "" };
  });
  const inner = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const [, bytes] of BAD_REQUESTS) await ask(w, w.dial(80), bytes + inner);
  await ask(w, w.dial(80), `POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`);
  assert.deepEqual(
    paths.filter((p) => p === "/admin"),
    [],
  );
  assert.ok(paths.includes("/ok"));
  await w.end();
});

test("HEAD has the length and no body; 204 has neither", async () => {
  const w = await serve(async (_s, r) => ({ status: r.path === "/none" ? 204 : 200, headers: [], body: "12345" }));
  const out = await ask(w, w.dial(80), "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(
    out,
    /^HTTP\/1\.1 200 OK\r\nDate: [^\r]*\r\nContent-Length: 5\r\n\r\nHTTP\/1\.1 204 No Content\r\nDate: [^\r]*\r\n\r\n$/,
  );
  await w.end();
});

test("HTTP/1.0 closes, unless it asks to be kept", async () => {
  const w = await serve();
  const end = w.dial(80);
  assert.match(
    await ask(w, end, "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
    /^HTTP\/1\.1 200(?!.*HTTP\/1\.1 200).*Connection: close/s,
  );
  const kept = await ask(w, w.dial(80), "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n".repeat(2));
  assert.deepEqual(statuses(kept), [200, 200]);
  assert.match(kept, /Connection: keep-alive/);
  await w.end();
});

test("a client that waits for 100 gets it when the body is wanted, and not when it is not", async () => {
  const w = await serve(async (s, r) => (r.path === "/no" ? fault("denied", "No.") : echo(s, r)));
  const head = (path: string): Uint8Array =>
    latin1(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`);
  const yes = w.dial(80);
  void yes.write(w.scope, head("/yes"));
  const first = await yes.read(w.scope, 1000);
  assert.ok(!isFault(first));
  assert.equal(text(first), "HTTP/1.1 100 Continue\r\n\r\n");
  assert.match(await ask(w, yes, "ab"), /POST \/yes {2}ab$/);
  const out = await ask(w, w.dial(80), text(head("/no")));
  assert.deepEqual(statuses(out), [403]);
  assert.match(out, /Connection: close/);
  await w.end();
});

test("a body that nobody read is skipped, and the next request is found", async () => {
  const w = await serve(async (_s, r) => ({ status: 200, headers: [], body: r.path }));
  const out = await ask(
    w,
    w.dial(80),
    "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789GET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
  );
  assert.deepEqual(
    [...out.matchAll(/\r\n\r\n(\/\d)/g)].map((m) => m[1]),
    ["/1", "/2"],
  );
  await w.end();
});

test("a body above the handler's bound is 413 and closes when it is large", async () => {
  const w = await serve();
  const small = await ask(
    w,
    w.dial(80),
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n${"a".repeat(1001)}`,
  );
  assert.deepEqual(statuses(small), [413]);
  const just = await ask(
    w,
    w.dial(80),
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n${"a".repeat(1000)}`,
  );
  assert.deepEqual(statuses(just), [200]);
  const large = await ask(w, w.dial(80), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\nabc");
  assert.deepEqual(statuses(large), [413]);
  assert.match(large, /Connection: close/);
  const chunks = await ask(
    w,
    w.dial(80),
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${"a".repeat(1001)}\r\n0\r\n\r\n`,
  );
  assert.deepEqual(statuses(chunks), [413]);
  await w.end();
});

test("a pump is chunked for 1.1 and until the end for 1.0; a fault cuts it off", async () => {
  const w = await serve(async (_s, r) => ({
    status: 200,
    headers: [],
    pump: async (s, out) => {
      for (const piece of ["one", "", "two"]) {
        const wrote = await out.write(s, encodeUtf8(piece));
        if (isFault(wrote)) return wrote;
      }
      if (r.path === "/cut") return fault("failed", "Cut.");
    },
  }));
  const req = (path: string, version: string): string => `GET ${path} HTTP/${version}\r\nHost: a\r\n\r\n`;
  assert.match(await ask(w, w.dial(80), req("/", "1.1")), /chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/);
  assert.match(await ask(w, w.dial(80), req("/", "1.0")), /Connection: close\r\n\r\nonetwo$/);
  assert.match(await ask(w, w.dial(80), req("/cut", "1.1")), /\r\n\r\n3\r\none\r\n3\r\ntwo\r\n$/);
  assert.deepEqual(statuses(await ask(w, w.dial(80), req("/", "1.1").repeat(2))), [200, 200]);
  await w.end();
});

test("faults become their status with a JSON body", async () => {
  const faults = {
    "/unauthorized": fault("denied", "Who are you?", { code: "unauthorized", next: "Pair first." }),
    "/slow": fault("limit", "Slower, please.", { retryAfterMs: 1500 }),
    "/gone": fault("missing", "Not here."),
  };
  const w = await serve(async (_s, r) => faults[r.path as keyof typeof faults] ?? fault("failed", "?"));
  const get = (path: string): Promise<string> => ask(w, w.dial(80), `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const one = await get("/unauthorized");
  assert.deepEqual(statuses(one), [401]);
  assert.match(one, /WWW-Authenticate: Bearer\r\n/);
  assert.ok(one.endsWith('{"error":"Who are you?","code":"unauthorized","next":"Pair first."}'));
  const two = await get("/slow");
  assert.deepEqual(statuses(two), [429]);
  assert.match(two, /Retry-After: 2\r\n/);
  assert.ok(two.endsWith('{"error":"Slower, please.","code":"limit","retry_after":2}'));
  assert.deepEqual(statuses(await get("/gone")), [404]);
  await w.end();
});

test("a bug in a handler is 500 and logged, and the server goes on", async () => {
  const later: Handler = async (s, r) => {
    if (r.path === "/throw") throw new Bug("broken with a private detail");
    if (r.path === "/header") return { status: 200, headers: [["X", "a\r\nSet-Cookie: b"]], body: "" };
    if (r.path === "/length") return { status: 200, headers: [["Content-Length", "5"]], body: "" };
    return echo(s, r);
  };
  const w = await serve((s, r) => {
    if (r.path === "/at-once") throw new Bug("broken with a private detail");
    return later(s, r);
  });
  for (const path of ["/throw", "/at-once", "/header", "/length"]) {
    const out = await ask(w, w.dial(80), `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.deepEqual(statuses(out), [500], path);
    assert.match(out, /"code":"internal"/);
    assert.doesNotMatch(out, /private|Set-Cookie/);
  }
  assert.equal(w.log.named("http.bug").length, 4);
  assert.deepEqual(statuses(await ask(w, w.dial(80), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), [200]);
  await w.end();
});

test("credentials are secrets from the first byte", async () => {
  let seen = "";
  const w = await serve(async (_s, r) => {
    seen = JSON.stringify(r);
    assert.equal(headerValue(r.headers, "authorization"), undefined);
    assert.equal(headerSecret(r.headers, "authorization")?.name, "authorization");
    assert.equal(headerSecret(r.headers, "x-pairing-code")?.name, "x-pairing-code");
    assert.equal(headerValue(r.headers, "x-other"), "a, b");
    return { status: 200, headers: [], body: "" };
  });
  const out = await ask(
    w,
    w.dial(80),
    "GET / HTTP/1.1\r\nHost: a\r\nAUTHORIZATION: Bearer hush\r\nX-Pairing-Code: HUSH\r\nX-Other: a\r\nX-Other: b\r\n\r\n",
  );
  assert.deepEqual(statuses(out), [200]);
  assert.doesNotMatch(seen, /hush/i);
  await w.end();
});

test("slow heads get 408, idle connections close, slow bodies get 408", async () => {
  const w = await serve();
  const slow = w.dial(80);
  void slow.write(w.scope, latin1("GET / HT"));
  const idle = w.dial(80);
  const body = w.dial(80);
  void body.write(w.scope, latin1("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"));
  // A deadline is looked at when the earliest one of all may have come.
  await w.time.pass(HTTP_HEAD_MS - 1);
  assert.equal(slow.isClosed, false);
  await w.time.pass(HTTP_HEAD_MS + 1);
  assert.deepEqual(statuses(await drainOf(w, slow)), [408]);
  await w.time.pass(HTTP_IDLE_MS);
  assert.equal(await drainOf(w, idle), "");
  await w.time.pass(HTTP_BODY_MS);
  assert.deepEqual(statuses(await drainOf(w, body)), [408]);
  await w.time.pass(HTTP_LINGER_MS);
  for (const end of [slow, idle, body]) await end.close();
  assert.equal(w.host.openHandles, 1, "the listener");
  await w.end();
});

test("a client that does not read its reply is let go", async () => {
  const w = await serve(async () => ({ status: 200, headers: [], body: "a".repeat(100_000) }), 1000);
  const end = w.dial(80);
  void end.write(w.scope, latin1("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  await w.time.settle();
  assert.equal(w.host.openHandles, 3);
  await w.time.pass(HTTP_WRITE_MS + HTTP_HEAD_MS);
  assert.equal(w.host.openHandles, 2);
  await end.close();
  await w.end();
});

test("a full server drops the longest idle connection; when all work, it says 503", async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const w = await serve(async (s, r) => {
    if (r.path === "/wait") await gate;
    return echo(s, r);
  });
  const idle: PipeEnd[] = [];
  for (let i = 0; i < HTTP_CONNECTIONS_MAX; i += 1) {
    idle.push(w.dial(80));
    await w.time.pass(1);
  }
  assert.equal(w.host.openHandles, 1 + 2 * HTTP_CONNECTIONS_MAX);
  const extra = w.dial(80);
  await w.time.settle();
  const first = await idle[0]?.read(w.scope, 1);
  assert.ok(first !== undefined && !isFault(first) && first.length === 0, "the oldest was closed");
  const busy = [...idle.slice(1), extra];
  for (const end of busy) void end.write(w.scope, latin1("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"));
  await w.time.settle();
  assert.deepEqual(statuses(await ask(w, w.dial(80), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), [503]);
  assert.deepEqual(statuses(await ask(w, w.dial(80), "GET /always HTTP/1.1\r\nHost: a\r\n\r\n")), [200]);
  release();
  await w.time.settle();
  for (const end of busy) assert.deepEqual(statuses(await drainOf(w, end)), [200]);
  await w.end();
});

// What a client may hold a place with: nothing, half a head, half a body, a reply that it does not read.
const HOLDERS: ReadonlyArray<readonly [string, string]> = [
  ["nothing", ""],
  ["a head that trickles", "GET / HTTP/1.1\r\nHost: a\r\nX: "],
  ["a body that trickles", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n"],
  ["a chunked body that trickles", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n384\r\n"],
  ["replies that are not read", "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100)],
];

for (const [name, begin] of HOLDERS) {
  test(`a thousand clients that hold places with ${name} leave one for the next`, async () => {
    const w = await serve(echo, 600);
    const held: PipeEnd[] = [];
    for (let i = 0; i < 1_000; i += 1) {
      const end = w.dial(80);
      held.push(end);
      if (begin !== "") void end.write(w.scope, latin1(begin));
      if (i % 50 !== 0) continue;
      await w.time.pass(1);
      for (const one of name.includes("trickles") ? held : []) void one.write(w.scope, latin1("x"));
      assert.deepEqual(statuses(await ask(w, w.dial(80), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), [200], `after ${i}`);
    }
    await w.time.pass(1);
    assert.equal(w.host.openHandles - held.length - 20, 1 + HTTP_CONNECTIONS_MAX, "no more than its bound");
    await w.end();
    for (const end of held) await end.close();
  });
}

test("a short body that trickles has short time", async () => {
  const w = await serve();
  const end = w.dial(80);
  void end.write(w.scope, latin1("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"));
  for (let ms = 0; ms < HTTP_HEAD_MS + 1_000; ms += 500) {
    await w.time.pass(500);
    void end.write(w.scope, latin1("x"));
  }
  assert.deepEqual(statuses(await drainOf(w, end)), [408]);
  await w.end();
});

test("drain lets the running request end, closes idle connections and takes no new ones", async () => {
  let release: () => void = () => undefined;
  const w = await serve(async (s, r) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return echo(s, r);
  });
  const idle = w.dial(80);
  const busy = w.dial(80);
  void busy.write(w.scope, latin1("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
  await w.time.settle();
  let drained = false;
  const drain = w.server.drain(w.scope).then(() => {
    drained = true;
  });
  await w.time.settle();
  assert.equal(drained, false);
  const end = await idle.read(w.scope, 1);
  assert.ok(!isFault(end) && end.length === 0);
  assert.throws(() => w.dial(80));
  release();
  assert.match(await drainOf(w, busy), /Connection: close\r\n\r\nGET \/x/);
  await drain;
  assert.equal(drained, true);
  await idle.close();
  await busy.close();
  await w.end();
  assert.equal(w.host.openHandles, 0);
});

test("a request cancelled by its own fault closes without an answer", async () => {
  const w = await serve(async () => fault("stopped", "Cancelled."));
  assert.equal(await ask(w, w.dial(80), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "");
  await w.end();
});

test("an unread body up to the bound is skipped, a longer one ends the connection", async () => {
  const w = await serve(async (_s, r) => ({ status: 200, headers: [], body: r.path }));
  const post = (n: number): string => `POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: ${n}\r\n\r\n${"x".repeat(n)}`;
  const next = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
  assert.deepEqual(statuses(await ask(w, w.dial(80), post(HTTP_UNREAD_BYTES_MAX) + next)), [200, 200]);
  const long = await ask(w, w.dial(80), post(HTTP_UNREAD_BYTES_MAX + 1) + next);
  assert.deepEqual(statuses(long), [200]);
  assert.match(long, /Connection: close/);
  const chunks = (n: number): string =>
    `POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${n.toString(16)}\r\n${"x".repeat(n)}\r\n0\r\n\r\n`;
  assert.deepEqual(statuses(await ask(w, w.dial(80), chunks(HTTP_UNREAD_BYTES_MAX) + next)), [200, 200]);
  assert.deepEqual(statuses(await ask(w, w.dial(80), chunks(HTTP_UNREAD_BYTES_MAX + 1) + next)), [200]);
  await w.end();
});

test("a peer that goes on sending after the last reply is cut off at a bound", async () => {
  const w = await serve(undefined, 1000);
  const end = w.dial(80);
  let sent = 0;
  void (async () => {
    const bad = await end.write(w.scope, latin1("BAD\r\n\r\n"));
    assert.ok(!isFault(bad));
    for (;;) {
      const wrote = await end.write(w.scope, new Uint8Array(1000));
      if (isFault(wrote)) return;
      sent += 1000;
    }
  })();
  await w.time.settle();
  assert.ok(sent >= HTTP_LINGER_BYTES_MAX && sent < HTTP_LINGER_BYTES_MAX + 20_000, String(sent));
  await end.close();
  await w.end();
});

test("an accept that fails is logged and tried again after a rest", async () => {
  const net = pipeNet();
  const log = listLog();
  let accepts = 0;
  const host = {
    ...net.host,
    async listen(s: Scope, at: Address): Wait<Listener> {
      const listener = await net.host.listen(s, at);
      if (isFault(listener)) return listener;
      return {
        ...listener,
        accept(a: Scope) {
          accepts += 1;
          return accepts === 1 ? Promise.resolve(fault("limit", "No descriptors left.")) : listener.accept(a);
        },
      };
    },
  };
  const server = await serveHttp(net.scope, host, { host: "127.0.0.1", port: 80 }, echo, log);
  assert.ok(!isFault(server));
  await net.time.pass(HTTP_ACCEPT_REST_MS - 1);
  assert.equal(accepts, 1);
  await net.time.pass(1);
  assert.equal(accepts, 2);
  assert.equal(log.named("http.accept_failed").length, 1);
  assert.deepEqual(statuses(await ask(net, net.dial(80), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), [200]);
  await net.end();
});

test("large bodies together are bounded: the next one is refused, a small one is not, and room comes back", async () => {
  const MEGABYTE = 1_048_576;
  const w = await serve(async (s, r) => {
    const body = await r.body(s, MEGABYTE);
    return isFault(body) ? body : { status: 200, headers: [], body: `${body.length}` };
  });
  const part = (announced: number, sent: number): string =>
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${announced}\r\n\r\n${"x".repeat(sent)}`;
  const chunk = (size: number): string => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`;
  const unfinished = Array.from({ length: HTTP_BODIES_BYTES_MAX / MEGABYTE }, () => w.dial(80));
  for (const end of unfinished) void end.write(w.scope, latin1(part(MEGABYTE, MEGABYTE - 1)));
  await w.time.settle();
  const refused = await ask(w, w.dial(80), part(MEGABYTE, MEGABYTE));
  assert.match(refused, /^HTTP\/1\.1 503 /);
  assert.match(refused, /Retry-After: 5/i);
  const chunked = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(HTTP_BODY_SMALL_BYTES).repeat(2)}0\r\n\r\n`;
  assert.deepEqual(statuses(await ask(w, w.dial(80), chunked)), [503]);
  assert.deepEqual(statuses(await ask(w, w.dial(80), part(HTTP_BODY_SMALL_BYTES, HTTP_BODY_SMALL_BYTES))), [200]);
  const [first, second, ...others] = unfinished;
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(statuses(await ask(w, first, "x")), [200]);
  await second.close();
  await w.time.settle();
  assert.deepEqual(statuses(await ask(w, w.dial(80), part(MEGABYTE, MEGABYTE))), [200]);
  assert.deepEqual(statuses(await ask(w, w.dial(80), chunked)), [200]);
  for (const end of others) assert.deepEqual(statuses(await ask(w, end, "x")), [200]);
  await w.end();
});
