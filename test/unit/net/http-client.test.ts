import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, fault, isFault, type Outcome } from "../../../src/base/fault.ts";
import {
  CONNECT_MS,
  HTTP_EARLY_REPLY_MS,
  HTTP_INTERIM_MAX,
  POOL_CONNECTIONS_PER_HOST_MAX,
  POOL_HOSTS_MAX,
  POOL_IDLE_MS,
  POOL_IDLE_PER_HOST_MAX,
  POOL_WAITING_PER_HOST_MAX,
} from "../../../src/base/limits.ts";
import { launch, withScope } from "../../../src/base/scope.ts";
import { secret } from "../../../src/base/secret.ts";
import { makeHttp } from "../../../src/net/http-client.ts";
import type { Request, Response } from "../../../src/port/http.ts";
import { type PipeEnd, type PipeNet, pipeNet } from "../../support/pipe.ts";
import { BAD_RESPONSES } from "./bad-responses.ts";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const GET: Request = { method: "GET", url: "http://192.0.2.1/x?y", headers: [], maxBytes: 1000, repeatable: true };
const PUT: Request = { ...GET, method: "PUT", body: "abc", repeatable: false };

/** Reads one whole request (its body by length) or null at the end. */
async function request(net: PipeNet, end: PipeEnd): Promise<string | null> {
  let got = "";
  for (;;) {
    const head = got.indexOf("\r\n\r\n");
    const length = Number(/content-length: (\d+)/i.exec(got)?.[1] ?? 0);
    if (head >= 0 && got.length >= head + 4 + length) return got;
    const piece = await end.read(net.scope, 65_536);
    if (isFault(piece) || piece.length === 0) return null;
    got += text(piece);
  }
}

interface Seen {
  requests: string[];
  connections: number;
}

/** A server at port 80 that answers every request; `close` closes after each. */
function answering(net: PipeNet, answer: (n: number, asked: string) => string, close: boolean): Seen {
  const seen: Seen = { requests: [], connections: 0 };
  net.serve(80, async (end) => {
    seen.connections += 1;
    for (;;) {
      const asked = await request(net, end);
      if (asked === null) break;
      seen.requests.push(asked);
      await end.write(net.scope, latin1(answer(seen.requests.length, asked)));
      if (close) break;
    }
    await end.close();
  });
  return seen;
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

function body(r: Outcome<Response>): string {
  assert.ok(!isFault(r), isFault(r) ? r.what : "");
  return text(r.body);
}

function faulty(r: Outcome<unknown>): Fault {
  assert.ok(isFault(r), JSON.stringify(r));
  return r;
}

test("what else may answer is named, with what to do", async () => {
  const cases: ReadonlyArray<readonly [bytes: string, what: RegExp, next: RegExp]> = [
    ["\x15\x03\x01\x00\x02\x02\x46", /speaks TLS/, /https:\/\//],
    ["HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", /compressed/, /proxy/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", /larger than 1000 bytes/, /Ask for less/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na", /middle of its reply/, /Try again/],
    ["HTTP/1.1 200 OK\r\nContent-Le", /middle of its reply/, /Try again/],
  ];
  for (const [bytes, what, next] of cases) {
    const net = pipeNet();
    answering(net, () => bytes, true);
    const http = makeHttp(net.host);
    const f = faulty(await http.send(net.scope, PUT));
    assert.match(f.what, what);
    assert.match(f.next ?? "", next);
    await http.close();
    await net.end();
  }
});

for (const [name, bytes] of BAD_RESPONSES) {
  test(`does not take for a reply: ${name}`, async () => {
    const net = pipeNet();
    const seen = answering(net, () => bytes, true);
    const http = makeHttp(net.host);
    const f = faulty(await http.send(net.scope, PUT));
    assert.ok(f.fault === "failed" || f.fault === "unreachable", f.fault);
    assert.equal(f.maybeDone, true);
    assert.match(f.what, /^[A-Z0-9].*\.$/);
    assert.equal(seen.connections, 1, "a write is never sent twice");
    assert.equal(net.host.openHandles, 0, "the connection is not kept");
    await http.close();
    await net.end();
  });
}

const GOOD: ReadonlyArray<readonly [name: string, bytes: string, body: string, status?: number]> = [
  ["length", OK, "hi"],
  ["no reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi", "hi"],
  ["no space after the status", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", "hi"],
  ["until the end", "HTTP/1.1 200 OK\r\n\r\nhi", "hi"],
  ["until the end, empty", "HTTP/1.1 200 OK\r\n\r\n", ""],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhi", "hi"],
  ["chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n01;x=y\r\ni\r\n0\r\nT: u\r\n\r\n", "hi"],
  ["folded header", "HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 2\r\n\r\nhi", "hi"],
  ["interim replies", `${"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(HTTP_INTERIM_MAX)}${OK}`, "hi"],
  ["204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "", 204],
  ["304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", 304],
  ["500 with a body", "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno", "no", 500],
  ["identity named", "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi", "hi"],
  ["bytes above ASCII in the reason", "HTTP/1.1 200 \xe9\r\nContent-Length: 2\r\n\r\nhi", "hi"],
];

for (const [name, bytes, expected, status = 200] of GOOD) {
  test(`reads: ${name}`, async () => {
    const net = pipeNet();
    answering(net, () => bytes, true);
    const http = makeHttp(net.host);
    const r = await http.send(net.scope, GET);
    assert.equal(body(r), expected);
    assert.ok(!isFault(r) && r.status === status);
    await http.close();
    await net.end();
    assert.equal(net.host.openHandles, 0);
  });
}

test("the request on the wire", async () => {
  const net = pipeNet();
  const seen = answering(net, () => OK, false);
  const http = makeHttp(net.host, { userAgent: "test/1" });
  body(await http.send(net.scope, { ...GET, headers: [["Authorization", secret("key", "Bearer x")]] }));
  body(await http.send(net.scope, { ...PUT, target: secret("path", "/bot123/x") }));
  body(await http.send(net.scope, { ...GET, method: "POST", url: "http://[2001:db8::1]:80/" }));
  assert.deepEqual(seen.requests, [
    "GET /x?y HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: test/1\r\nAccept-Encoding: identity\r\nAuthorization: Bearer x\r\n\r\n",
    "PUT /bot123/x HTTP/1.1\r\nHost: 192.0.2.1\r\nUser-Agent: test/1\r\nAccept-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: [2001:db8::1]\r\nUser-Agent: test/1\r\nAccept-Encoding: identity\r\nContent-Length: 0\r\n\r\n",
  ]);
  await http.close();
  await net.end();
});

test("what cannot be sent is an input fault before anything is connected", async () => {
  const net = pipeNet();
  const seen = answering(net, () => OK, false);
  const http = makeHttp(net.host);
  const bad: Array<Partial<Request>> = [
    { headers: [["X", "a\r\nY: b"]] },
    { headers: [["X", "a\nb"]] },
    { headers: [["X", "a\u0000"]] },
    { headers: [["X\r\nY", "b"]] },
    { headers: [["", "b"]] },
    { headers: [["X:", "b"]] },
    { headers: [["Authorization", secret("api key", "Bearer hush\n")]] },
    { headers: [["Content-Length", "5"]] },
    { headers: [["transfer-encoding", "chunked"]] },
    { headers: [["Host", "b"]] },
    { method: "GE T" },
    { method: "" },
    { url: "ftp://a/" },
    { url: "http://a b/" },
    { url: "http://u:p@a/" },
    { target: secret("path", "/a b") },
    { target: secret("path", "/a\r\nX: y") },
  ];
  for (const more of bad) {
    const f = faulty(await http.send(net.scope, { ...GET, ...more }));
    assert.equal(f.fault, "input", JSON.stringify(more));
    assert.equal(f.maybeDone, false);
    assert.doesNotMatch(JSON.stringify(f), /hush/);
  }
  assert.equal(seen.connections, 0);
  await net.end();
});

test("a connection is kept for the next request, and closed when idle", async () => {
  const net = pipeNet();
  const seen = answering(net, () => OK, false);
  const http = makeHttp(net.host);
  for (let i = 0; i < 100; i += 1) assert.equal(body(await http.send(net.scope, i % 2 ? GET : PUT)), "hi");
  assert.equal(seen.connections, 1);
  assert.equal(net.host.openHandles, 2);
  await net.time.pass(POOL_IDLE_MS - 1);
  assert.equal(net.host.openHandles, 2);
  await net.time.pass(1);
  assert.equal(net.host.openHandles, 0);
  await http.close();
  await net.end();
});

test("a server that closes after each reply works 100 times in a row, for writes too", async () => {
  const net = pipeNet();
  const seen = answering(net, () => OK, true);
  const http = makeHttp(net.host);
  for (let i = 0; i < 100; i += 1) assert.equal(body(await http.send(net.scope, i % 2 ? GET : PUT)), "hi");
  assert.equal(seen.requests.length, 100);
  await http.close();
  await net.end();
  assert.equal(net.host.openHandles, 0);
});

test("a kept connection that dies at reuse: a read is sent again, a write is not", async () => {
  for (const dies of ["end", "reset"] as const) {
    const net = pipeNet();
    let connections = 0;
    const requests: string[] = [];
    net.serve(80, async (end) => {
      connections += 1;
      const first = await request(net, end);
      requests.push(first ?? "");
      await end.write(net.scope, latin1(OK));
      // Only when the second request is on its way does the connection turn out dead.
      const second = await request(net, end);
      if (second !== null) requests.push(second);
      if (dies === "reset") end.reset();
      await end.close();
    });
    const http = makeHttp(net.host);
    body(await http.send(net.scope, GET));
    assert.equal(body(await http.send(net.scope, GET)), "hi");
    assert.equal(connections, 2);
    const f = faulty(await http.send(net.scope, PUT));
    assert.equal(f.maybeDone, true, dies);
    assert.equal(f.fault, "unreachable");
    assert.equal(requests.filter((r) => r.startsWith("PUT")).length, 1);
    await http.close();
    await net.end();
  }
});

test("a write does not go out on a kept connection that the server has closed", async () => {
  const net = pipeNet();
  const ends: PipeEnd[] = [];
  net.serve(80, async (end) => {
    ends.push(end);
    while ((await request(net, end)) !== null) await end.write(net.scope, latin1(OK));
  });
  const http = makeHttp(net.host);
  body(await http.send(net.scope, PUT));
  await ends[0]?.close();
  assert.equal(body(await http.send(net.scope, PUT)), "hi");
  assert.equal(ends.length, 2);
  await http.close();
  await net.end();
});

test("bytes after the body never become the next reply", async () => {
  const net = pipeNet();
  const seen = answering(
    net,
    (n) => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${n}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`,
    false,
  );
  const http = makeHttp(net.host);
  for (const expected of ["1", "2", "3"]) assert.equal(body(await http.send(net.scope, GET)), expected);
  assert.equal(seen.connections, 3);
  await http.close();
  await net.end();
});

test("HEAD with a length leaves the connection in order", async () => {
  const net = pipeNet();
  const seen = answering(
    net,
    (_n, asked) => (asked.startsWith("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" : OK),
    false,
  );
  const http = makeHttp(net.host);
  assert.equal(body(await http.send(net.scope, { ...GET, method: "HEAD" })), "");
  assert.equal(body(await http.send(net.scope, GET)), "hi");
  assert.equal(seen.connections, 1);
  await http.close();
  await net.end();
});

test("bodies up to the bound pass, one byte more is a limit fault and the connection goes", async () => {
  const shapes = [
    (n: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${n}\r\n\r\n${"a".repeat(n)}`,
    (n: number) =>
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${n.toString(16)}\r\n${"a".repeat(n)}\r\n0\r\n\r\n`,
    (n: number) => `HTTP/1.1 200 OK\r\n\r\n${"a".repeat(n)}`,
  ];
  for (const shape of shapes) {
    for (const size of [GET.maxBytes, GET.maxBytes + 1]) {
      const net = pipeNet();
      answering(net, () => shape(size), true);
      const http = makeHttp(net.host);
      for (const run of [() => http.send(net.scope, GET), () => http.stream(net.scope, GET, () => undefined)]) {
        const r = await run();
        if (size === GET.maxBytes) assert.ok(!isFault(r));
        else assert.equal(faulty(r).fault, "limit");
        assert.equal(isFault(r) && r.maybeDone, size > GET.maxBytes);
        if (isFault(r)) assert.equal(net.host.openHandles, 0);
      }
      await http.close();
      await net.end();
    }
  }
});

test("maybeDone is false until the request is handed over", async () => {
  const net = pipeNet();
  const http = makeHttp(net.host);
  const refused = faulty(await http.send(net.scope, PUT));
  assert.equal(refused.fault, "unreachable");
  assert.equal(refused.maybeDone, false);
  assert.match(refused.what, /192\.0\.2\.1:80/);

  const slow = makeHttp({
    timers: net.host.timers,
    connect: (s) => new Promise((resolve) => s.onStop(resolve)),
  });
  const waiting = slow.send(net.scope, PUT);
  await net.time.pass(CONNECT_MS);
  const late = faulty(await waiting);
  assert.equal(late.fault, "timeout");
  assert.equal(late.maybeDone, false);

  net.serve(80, () => undefined);
  const hung = withScope(net.scope, 5000, (s) => http.send(s, PUT));
  await net.time.pass(5000);
  const f = faulty(await hung);
  assert.equal(f.fault, "timeout");
  assert.equal(f.maybeDone, true);
  await http.close();
  await net.end();
});

test("a scope that has stopped sends nothing", async () => {
  const net = pipeNet();
  const seen = answering(net, () => OK, false);
  const http = makeHttp(net.host);
  const run = launch(net.scope, 1000, async (s) => {
    await new Promise<void>((resolve) => s.onStop(() => resolve()));
    return http.send(s, PUT);
  });
  run.stop(fault("stopped", "Enough."));
  const f = faulty(await run.done);
  assert.equal(f.fault, "stopped");
  assert.equal(f.maybeDone, false);
  assert.equal(seen.requests.length, 0);
  await net.end();
});

test("an answer before the whole request is read is taken, and the connection is not kept", async () => {
  const net = pipeNet(1000);
  net.serve(80, async (end) => {
    await end.read(net.scope, 100);
    await end.write(net.scope, latin1("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"));
  });
  const http = makeHttp(net.host);
  const r = await http.send(net.scope, { ...PUT, body: "a".repeat(500_000) });
  assert.ok(!isFault(r) && r.status === 413);
  await net.time.settle();
  assert.equal(net.host.openHandles, 1, "only the server's end is left");
  await net.end();
});

test("after a write that failed an answer is awaited only shortly", async () => {
  const net = pipeNet();
  net.serve(80, () => undefined);
  const http = makeHttp({
    timers: net.host.timers,
    connect: async (s, to) => {
      const stream = await net.host.connect(s, to);
      if (isFault(stream)) return stream;
      return { ...stream, write: async () => fault("unreachable", "The connection was reset.", { code: "reset" }) };
    },
  });
  const waiting = http.send(net.scope, PUT);
  await net.time.pass(HTTP_EARLY_REPLY_MS);
  const f = faulty(await waiting);
  assert.equal(f.fault, "unreachable");
  assert.equal(f.maybeDone, true);
  await net.end();
});

test("stream passes the pieces of a 2xx on; other bodies are collected; its fault ends it", async () => {
  const net = pipeNet();
  const seen = answering(
    net,
    (n) => (n === 1 ? OK : n === 2 ? "HTTP/1.1 429 Slow\r\nContent-Length: 4\r\n\r\nslow" : OK),
    false,
  );
  const http = makeHttp(net.host);
  let got = "";
  const pass = (b: Uint8Array): undefined => {
    got += text(b);
  };
  assert.equal(body(await http.stream(net.scope, GET, pass)), "");
  assert.equal(got, "hi");
  assert.equal(body(await http.stream(net.scope, GET, pass)), "slow");
  assert.equal(got, "hi");
  assert.equal(faulty(await http.stream(net.scope, GET, () => fault("input", "No more."))).what, "No more.");
  assert.equal(seen.connections, 1);
  assert.equal(net.host.openHandles, 0);
  await http.close();
  await net.end();
});

test("at most a few connections per host; who waits is served in order, too many are refused", async () => {
  const net = pipeNet();
  const ends: PipeEnd[] = [];
  net.serve(80, (end) => void ends.push(end));
  const http = makeHttp(net.host);
  const done: number[] = [];
  const total = POOL_CONNECTIONS_PER_HOST_MAX + POOL_WAITING_PER_HOST_MAX;
  const all = Array.from({ length: total }, (_, i) =>
    http.send(net.scope, GET).then((r) => {
      done.push(i);
      return r;
    }),
  );
  await net.time.settle();
  assert.equal(ends.length, POOL_CONNECTIONS_PER_HOST_MAX);
  const refused = faulty(await http.send(net.scope, GET));
  assert.equal(refused.fault, "limit");
  assert.equal(refused.maybeDone, false);
  for (const end of ends) {
    void (async () => {
      while ((await request(net, end)) !== null) await end.write(net.scope, latin1(OK));
    })();
  }
  for (const r of await Promise.all(all)) assert.equal(body(r), "hi");
  assert.deepEqual(
    done,
    [...done].sort((a, b) => a - b),
  );
  assert.equal(ends.length, POOL_CONNECTIONS_PER_HOST_MAX);
  assert.ok(ends.filter((e) => !e.isClosed).length >= POOL_IDLE_PER_HOST_MAX);
  await http.close();
  await net.end();
});

test("many places at once are bounded; idle ones make room", async () => {
  const net = pipeNet();
  answering(net, () => OK, false);
  const http = makeHttp(net.host);
  const to = (i: number): Request => ({ ...GET, url: `http://192.0.2.${i}/` });
  for (let i = 0; i < 3 * POOL_HOSTS_MAX; i += 1) body(await http.send(net.scope, to(i)));
  assert.ok(net.host.openHandles <= 2 * POOL_HOSTS_MAX);
  await http.close();
  await net.time.settle();
  assert.equal(net.host.openHandles, 0);
  assert.equal(faulty(await http.send(net.scope, GET)).fault, "stopped");
  await net.end();
});

test("TLS: name from the address, pin and roots from the request, and never one connection for two rules", async () => {
  const net = pipeNet();
  const asked: unknown[] = [];
  net.serve(443, async (end, tls) => {
    asked.push(tls);
    while ((await request(net, end)) !== null) await end.write(net.scope, latin1(OK));
  });
  const http = makeHttp(net.host, { extraPem: "PEM" });
  const https: Request = { ...GET, url: "https://router.lan/" };
  const pin = "ab".repeat(32);
  body(await http.send(net.scope, https));
  body(await http.send(net.scope, { ...https, tls: { roots: "none", pinSha256: pin } }));
  body(await http.send(net.scope, https));
  body(await http.send(net.scope, { ...https, tls: { roots: "none", pinSha256: pin } }));
  assert.deepEqual(asked, [
    { name: "router.lan", roots: "mozilla", extraPem: "PEM" },
    { name: "router.lan", roots: "none", pinSha256: pin, extraPem: "PEM" },
  ]);
  await http.close();
  await net.end();
});
