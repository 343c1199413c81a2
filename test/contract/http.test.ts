// HTTP over real sockets on the Node host: our server against clients we did not write
// (undici, Node's own, curl), our client against Node's server and against raw sockets that
// misbehave. Loopback only; every socket and process ends with its test.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as nodeHttp from "node:http";
import * as net from "node:net";
import { Readable } from "node:stream";
import { test } from "node:test";
import * as undici from "undici";
import { fault, isFault, type Outcome } from "../../src/base/fault.ts";
import { withScope } from "../../src/base/scope.ts";
import { secret } from "../../src/base/secret.ts";
import { encodeUtf8 } from "../../src/base/utf8.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import { serveHttp } from "../../src/net/http-server.ts";
import type { Handler, Http, Request, Response } from "../../src/port/http.ts";
import { makeTestHost, type TestHost } from "../support/node-host.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const handler: Handler = async (s, r) => {
  if (r.path === "/fault") return fault("conflict", "It moved.", { next: "Look again." });
  if (r.path === "/stream") {
    return {
      status: 200,
      headers: [["Content-Type", "text/event-stream"]],
      pump: async (p, out) => {
        for (let i = 0; i < 5; i += 1) {
          const wrote = await out.write(p, encodeUtf8(`data: ${i}\n\n`));
          if (isFault(wrote)) return wrote;
        }
      },
    };
  }
  const body = await r.body(s, 2_000_000);
  if (isFault(body)) return body;
  return {
    status: 200,
    headers: [["Content-Type", "text/plain"]],
    body: `${r.method} ${r.path}?${r.query} ${body.length}`,
  };
};

async function withServer(run: (port: number, t: TestHost) => Promise<void>): Promise<void> {
  const t = makeTestHost();
  const server = await serveHttp(t.scope, t.host, { host: "127.0.0.1", port: 0 }, handler, t.host.log);
  assert.ok(!isFault(server), isFault(server) ? server.what : "");
  try {
    await run(server.port, t);
    await withScope(t.scope, 5_000, (d) => server.drain(d));
    assert.equal(t.host.openHandles, 0, "every connection is closed after the drain");
  } finally {
    await t.end();
  }
}

test("our server answers undici: kept connections, bodies both ways, streams, HEAD, pipelining", async () => {
  await withServer(async (port) => {
    const client = new undici.Client(`http://127.0.0.1:${port}`, { pipelining: 10 });
    try {
      for (let i = 0; i < 100; i += 1) {
        const r = await client.request({ path: `/n?${i}`, method: "GET" });
        assert.equal(await r.body.text(), `GET /n?${i} 0`);
      }
      const big = await client.request({ path: "/big", method: "POST", body: Buffer.alloc(1_000_000) });
      assert.equal(await big.body.text(), "POST /big? 1000000");
      const pieces = Readable.from(Array.from({ length: 10 }, () => Buffer.alloc(1000)));
      const chunked = await client.request({ path: "/chunked", method: "PUT", body: pieces });
      assert.equal(await chunked.body.text(), "PUT /chunked? 10000");
      const streamed = await client.request({ path: "/stream", method: "GET" });
      assert.equal(await streamed.body.text(), "data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n");
      const head = await client.request({ path: "/h", method: "HEAD" });
      assert.equal(head.headers["content-length"], "10");
      assert.equal(await head.body.text(), "");
      const wrong = await client.request({ path: "/fault", method: "GET" });
      assert.equal(wrong.statusCode, 409);
      assert.deepEqual(await wrong.body.json(), { error: "It moved.", code: "conflict", next: "Look again." });
      const many = await Promise.all(
        Array.from({ length: 50 }, (_, i) => client.request({ path: `/p${i}`, method: "GET" })),
      );
      for (const [i, r] of many.entries()) assert.equal(await r.body.text(), `GET /p${i}? 0`);
      const tooBig = await client.request({ path: "/", method: "POST", body: Buffer.alloc(2_000_001) });
      assert.equal(tooBig.statusCode, 413);
      await tooBig.body.dump();
    } finally {
      await client.destroy();
    }
  });
});

function nodeRequest(
  port: number,
  options: nodeHttp.RequestOptions,
  body?: string,
): Promise<{ status: number; text: string; continued: boolean }> {
  return new Promise((resolve, reject) => {
    let continued = false;
    const r = nodeHttp.request({ host: "127.0.0.1", port, ...options }, (res) => {
      let got = "";
      res.setEncoding("utf8");
      res.on("data", (d: string) => {
        got += d;
      });
      res.on("end", () => resolve({ status: res.statusCode ?? 0, text: got, continued }));
      res.on("error", reject);
    });
    r.on("error", reject);
    if (options.headers !== undefined && "Expect" in options.headers) {
      r.on("continue", () => {
        continued = true;
        r.end(body);
      });
      r.flushHeaders();
    } else r.end(body);
  });
}

test("our server answers Node's client, also when it waits for 100", async () => {
  await withServer(async (port) => {
    const agent = new nodeHttp.Agent({ keepAlive: true, maxSockets: 1 });
    try {
      for (let i = 0; i < 100; i += 1) {
        const r = await nodeRequest(port, { path: `/${i}`, method: "POST", agent }, "abc");
        assert.equal(r.text, `POST /${i}? 3`);
      }
      const waited = await nodeRequest(
        port,
        { path: "/w", method: "POST", headers: { Expect: "100-continue", "Content-Length": 3 }, agent },
        "abc",
      );
      assert.deepEqual(waited, { status: 200, text: "POST /w? 3", continued: true });
    } finally {
      agent.destroy();
    }
  });
});

function curl(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("curl", ["-s", "-S", "--max-time", "10", ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (d: Buffer) => {
      out += d.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`curl ended with ${code}: ${out}`))));
  });
}

test("our server answers curl", async () => {
  await withServer(async (port) => {
    const at = `http://127.0.0.1:${port}`;
    assert.equal(await curl(`${at}/a?b`, `${at}/c`), "GET /a?b 0GET /c? 0");
    assert.equal(await curl("-0", `${at}/zero`), "GET /zero? 0");
    assert.equal(await curl("-d", "x=y", `${at}/form`), "POST /form? 3");
    assert.equal(await curl("-H", "Transfer-Encoding: chunked", "-d", "x=y", `${at}/form`), "POST /form? 3");
    assert.equal(await curl("-H", "Expect: 100-continue", "-d", "x".repeat(5000), `${at}/exp`), "POST /exp? 5000");
    assert.equal(await curl("-w", "%{http_code}", "-I", "-o", "/dev/null", `${at}/head`), "200");
    assert.equal(await curl("-w", "%{http_code}", "-o", "/dev/null", `${at}/fault`), "409");
    assert.match(await curl("-N", `${at}/stream`), /data: 4\n\n$/);
    assert.equal(await curl("--request-target", "*", "-X", "OPTIONS", at), "OPTIONS *? 0");
  });
});

test("a client that half-closes after its request gets its answer", async () => {
  await withServer(async (port) => {
    const got = await new Promise<string>((resolve, reject) => {
      const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      let out = "";
      socket.on("data", (d) => {
        out += d.toString();
      });
      socket.on("end", () => {
        socket.destroy();
        resolve(out);
      });
      socket.on("error", reject);
      socket.end("GET /half HTTP/1.1\r\nHost: a\r\n\r\n");
    });
    assert.match(got, /GET \/half\? 0$/);
  });
});

test("a refused request with its body on the way still reads the refusal", async () => {
  await withServer(async (port) => {
    const got = await new Promise<string>((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      let out = "";
      socket.on("data", (d) => {
        out += d.toString();
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(out));
      socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n");
      socket.write("a".repeat(200_000));
    });
    assert.match(got, /^HTTP\/1\.1 400 /);
  });
});

interface Peer {
  port: number;
  connections: number;
  close(): Promise<void>;
}

/** A raw server: `serve` gets each connection. */
function peer(serve: (socket: net.Socket, n: number) => void): Promise<Peer> {
  const sockets = new Set<net.Socket>();
  const made: Peer = { port: 0, connections: 0, close: () => Promise.resolve() };
  const server = net.createServer((socket) => {
    made.connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    serve(socket, made.connections);
  });
  made.close = () =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      made.port = (server.address() as net.AddressInfo).port;
      resolve(made);
    });
  });
}

async function withClient(run: (t: TestHost, http: Http) => Promise<void>): Promise<void> {
  const t = makeTestHost();
  const http = makeHttp(t.host, { userAgent: "test/1" });
  try {
    await run(t, http);
    await http.close();
    assert.equal(t.host.openHandles, 0, "every connection is closed");
  } finally {
    await t.end();
  }
}

const to = (port: number, more: Partial<Request> = {}): Request => ({
  method: "GET",
  url: `http://127.0.0.1:${port}/x`,
  headers: [],
  maxBytes: 1_000_000,
  repeatable: true,
  ...more,
});

function good(r: Outcome<Response>): Response {
  assert.ok(!isFault(r), isFault(r) ? `${r.fault}: ${r.what}` : "");
  return r;
}

for (const keep of [true, false]) {
  test(`our client asks Node's server 100 times, which ${keep ? "keeps connections" : "closes each"}`, async () => {
    let connections = 0;
    const server = nodeHttp.createServer({ keepAlive: keep }, (req, res) => {
      let size = 0;
      req.on("data", (d: Buffer) => {
        size += d.length;
      });
      req.on("end", () => {
        if (!keep) res.setHeader("Connection", "close");
        res.end(`${req.method} ${req.url} ${size}`);
      });
    });
    server.on("connection", () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const { port } = server.address() as net.AddressInfo;
    await withClient(async (t, http) => {
      for (let i = 0; i < 100; i += 1) {
        const write = i % 3 === 0;
        const r = good(
          await http.send(t.scope, to(port, write ? { method: "PUT", body: "abc", repeatable: false } : {})),
        );
        assert.equal(text(r.body), write ? "PUT /x 3" : "GET /x 0");
      }
      assert.equal(connections, keep ? 1 : 100);
    });
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
}

test("a kept connection that the server closed while idle does not harm a write", async () => {
  const server = nodeHttp.createServer((_req, res) => res.end("ok"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as net.AddressInfo;
  await withClient(async (t, http) => {
    for (let i = 0; i < 20; i += 1) {
      good(await http.send(t.scope, to(port, { method: "PUT", body: "a", repeatable: false })));
      server.closeIdleConnections();
      // The end has to arrive; no clock is asserted.
      const waited = await t.host.clock.sleep(t.scope, 5);
      assert.ok(!isFault(waited));
    }
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const REPLY =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: u\r\n\r\n";

test("a reply cut at every byte is a fault, and whole it is a reply", async () => {
  const server = await peer((socket, n) => {
    socket.once("data", () => socket.end(REPLY.slice(0, n - 1)));
  });
  await withClient(async (t, http) => {
    for (let cut = 0; cut <= REPLY.length; cut += 1) {
      const r = await http.send(t.scope, to(server.port, { method: "PUT", body: "a", repeatable: false }));
      if (cut === REPLY.length) assert.equal(text(good(r).body), "hello world");
      else assert.ok(isFault(r) && r.maybeDone && /\.$/.test(r.what), `cut after ${cut} bytes`);
    }
  });
  await server.close();
});

test("a reply reset at every byte is a fault", async () => {
  const server = await peer((socket, n) => {
    socket.once("data", () => socket.write(REPLY.slice(0, n - 1), () => socket.resetAndDestroy()));
  });
  await withClient(async (t, http) => {
    for (let cut = 0; cut < REPLY.length; cut += 1) {
      const r = await http.send(t.scope, to(server.port, { repeatable: false }));
      assert.ok(isFault(r) && r.maybeDone, `reset after ${cut} bytes`);
    }
  });
  await server.close();
});

test("a reply that comes byte by byte is read", async () => {
  const server = await peer((socket) => {
    socket.setNoDelay(true);
    socket.once("data", async () => {
      for (const c of REPLY) {
        socket.write(c);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
  await withClient(async (t, http) => {
    assert.equal(text(good(await http.send(t.scope, to(server.port))).body), "hello world");
  });
  await server.close();
});

test("a body without end is cut at the bound, with a length and without", async () => {
  for (const head of [
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
  ]) {
    const server = await peer((socket) => {
      const piece = Buffer.alloc(65_536, "a");
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.once("data", () => {
        socket.write(head);
        socket.on("drain", more);
        more();
      });
    });
    await withClient(async (t, http) => {
      const r = await http.send(t.scope, to(server.port, { maxBytes: 1_000_000 }));
      assert.ok(isFault(r) && r.fault === "limit" && r.maybeDone, head);
    });
    await server.close();
  }
});

test("a server that never answers is left at the deadline", async () => {
  const server = await peer(() => undefined);
  await withClient(async (t, http) => {
    const r = await withScope(t.scope, 50, (s) => http.send(s, to(server.port)));
    assert.ok(isFault(r) && r.fault === "timeout" && r.maybeDone);
    assert.match(r.what, /did not answer in time/);
  });
  await server.close();
});

test("a refused connection names the place and had no effect", async () => {
  const server = await peer(() => undefined);
  const { port } = server;
  await server.close();
  await withClient(async (t, http) => {
    const r = await http.send(t.scope, to(port));
    assert.ok(isFault(r) && r.fault === "unreachable" && !r.maybeDone);
    assert.ok(r.what.includes(`127.0.0.1:${port}`));
  });
});

for (const [does, words] of [
  ["answers", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
  ["greets", "220 mail.example ESMTP\r\n"],
] as const) {
  test(`https to a plain server that ${does} in its own words: said with what to do, and nothing of the request is told`, async () => {
    let heard = "";
    const server = await peer((socket) => {
      if (does === "greets") socket.write(words);
      socket.on("data", (bytes) => {
        heard += bytes.toString("latin1");
        if (does === "answers") socket.end(words);
      });
    });
    await withClient(async (t, http) => {
      const r = await http.send(
        t.scope,
        to(server.port, {
          method: "PUT",
          url: `https://127.0.0.1:${server.port}/word-of-the-path`,
          headers: [["Authorization", secret("key", "word-of-the-key")]],
          body: "word-of-the-body",
          repeatable: false,
        }),
      );
      assert.ok(isFault(r) && r.fault === "denied" && r.maybeDone !== true, JSON.stringify(r));
      assert.match(r.what, new RegExp(`127\\.0\\.0\\.1:${server.port}.*does not speak TLS`));
      assert.match(r.next ?? "", /http:\/\//);
    });
    await server.close();
    assert.equal(server.connections, 1);
    assert.ok(heard.startsWith("\x16\x03"), "a TLS hello");
    assert.doesNotMatch(heard, /word-of/);
  });
}

test("our client against our server, many at once", async () => {
  await withServer(async (port, t) => {
    const http = makeHttp(t.host);
    const all = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        http.send(
          t.scope,
          to(port, { url: `http://127.0.0.1:${port}/${i}`, method: "POST", body: "x".repeat(i * 1000) }),
        ),
      ),
    );
    for (const [i, r] of all.entries()) assert.equal(text(good(r).body), `POST /${i}? ${i * 1000}`);
    await http.close();
  });
});
