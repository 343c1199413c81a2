// The dialects over real sockets, against servers and proxies that do what they were not asked
// to do: each phenomenon is one test, named after it, for each dialect.

import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { isFault, type Outcome, sayFault } from "../../src/base/fault.ts";
import { secret } from "../../src/base/secret.ts";
import { troubleOf } from "../../src/core/failover-class.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import type { Answer } from "../../src/port/provider.ts";
import { makeTestHost } from "../support/node-host.ts";
import { ASK } from "./provider-suite.ts";
import { WIRES, type Wire } from "./provider-wires.ts";

const KEY = "sk-test-0123456789abcdef";

interface Peer {
  port: number;
  /** What arrived, connection by connection. */
  heard: string[];
  close(): Promise<void>;
}

/** A server that says `answers` in turn, whatever it is asked, and the last one for ever. */
async function startPeer(...answers: ReadonlyArray<Buffer | string>): Promise<Peer> {
  const sockets = new Set<Socket>();
  const heard: string[] = [];
  let n = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    const at = heard.push("") - 1;
    let asked = "";
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => {
      asked += bytes.toString("latin1");
      heard[at] += bytes.toString("latin1");
      const length = /content-length: (\d+)/i.exec(asked)?.[1];
      const end = asked.indexOf("\r\n\r\n");
      if (end < 0 || asked.length < end + 4 + Number(length ?? 0)) return;
      asked = "";
      socket.end(answers[Math.min(n, answers.length - 1)] ?? "");
      n += 1;
    });
  });
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((down) => server.close(down));
    },
  };
}

const typeOf = ({ name }: Wire): string => (name === "ollama" ? "application/x-ndjson" : "text/event-stream");

function reply(status: string, headers: readonly string[], body: Buffer | string): Buffer {
  const head = [`HTTP/1.1 ${status}`, "Connection: close", ...headers, `Content-Length: ${Buffer.byteLength(body)}`];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
}

/** A body in chunks of one byte. */
function byteByByte(type: string, body: string): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunks = [...Buffer.from(body)].map((byte) =>
    Buffer.concat([Buffer.from("1\r\n"), Buffer.from([byte]), Buffer.from("\r\n")]),
  );
  return Buffer.concat([Buffer.from(head), ...chunks, Buffer.from("0\r\n\r\n")]);
}

/** The answers to as many questions as asked, each with what was shown. */
async function asked(wire: Wire, port: number, times = 1): Promise<Array<{ outcome: Outcome<Answer>; shown: string }>> {
  const { host, scope, end } = makeTestHost();
  const http = makeHttp(host);
  const config = { baseUrl: `http://127.0.0.1:${port}/v1`, key: secret("key", KEY), stream: true };
  const found: Array<{ outcome: Outcome<Answer>; shown: string }> = [];
  for (let i = 0; i < times; i += 1) {
    let shown = "";
    const outcome = await wire.provider.complete(scope, { http, config, clock: host.clock }, ASK, (d) => {
      if (d.kind === "text") shown += d.text;
    });
    found.push({ outcome, shown });
  }
  await http.close();
  await end();
  return found;
}

const textOf = (outcome: Outcome<Answer> | undefined): string => {
  assert.ok(outcome !== undefined && !isFault(outcome), JSON.stringify(outcome));
  return outcome.parts.map((p) => (p.kind === "text" ? p.text : "")).join("");
};

for (const wire of WIRES) {
  const ok = reply("200 OK", [`Content-Type: ${typeOf(wire)}`], wire.stream({ texts: ["Grüß ", "Gott 👋"] }));

  test(`${wire.name}: byte by byte, with each line end that there is`, async () => {
    const body = wire.stream({ texts: ["Grüß ", "Gott 👋"] });
    const ends = wire.name === "ollama" ? ["\n", "\r\n"] : ["\n", "\r\n", "\r"];
    const peer = await startPeer(...ends.map((end) => byteByByte(typeOf(wire), body.replaceAll("\n", end))));
    for (const { outcome, shown } of await asked(wire, peer.port, ends.length)) {
      assert.deepEqual([textOf(outcome), shown], ["Grüß Gott 👋", "Grüß Gott 👋"]);
    }
    await peer.close();
  });

  test(`${wire.name}: gzip although it was not asked for is told as such, and nothing of it is shown`, async () => {
    const body = gzipSync(wire.stream({ texts: ["ok"] }));
    const peer = await startPeer(
      reply("200 OK", ["Content-Encoding: gzip", `Content-Type: ${typeOf(wire)}`], body),
      reply("502 Bad Gateway", ["Content-Encoding: gzip", "Content-Type: text/html"], gzipSync("<title>502</title>")),
      ok,
    );
    const [first, second, third] = await asked(wire, peer.port, 3);
    for (const seen of [first, second]) {
      assert.ok(seen !== undefined && isFault(seen.outcome));
      assert.equal(seen.shown, "");
      assert.match(sayFault(seen.outcome), /compressed/);
    }
    assert.equal(textOf(third?.outcome), "Grüß Gott 👋");
    await peer.close();
    assert.match(peer.heard.join(""), /accept-encoding: identity/i);
  });

  test(`${wire.name}: a redirect takes neither the key nor the question to another host`, async () => {
    const other = await startPeer(ok);
    const statuses = [
      "301 Moved Permanently",
      "302 Found",
      "303 See Other",
      "307 Temporary Redirect",
      "308 Permanent Redirect",
    ];
    const to = `Location: http://127.0.0.1:${other.port}/v1${wire.path}`;
    const peer = await startPeer(...statuses.map((status) => reply(status, [to], "")));
    for (const { outcome } of await asked(wire, peer.port, statuses.length)) {
      assert.ok(isFault(outcome) && outcome.code === "model_redirect", JSON.stringify(outcome));
      assert.match(outcome.next ?? "", /LLM_BASE_URL/);
    }
    await Promise.all([peer.close(), other.close()]);
    assert.deepEqual(other.heard, []);
    assert.match(peer.heard.join(""), new RegExp(KEY));
  });

  test(`${wire.name}: a proxy's error page is told by its title, whatever its status`, async () => {
    const page = "<!DOCTYPE html>\n<html><head><title>504 Gateway Time-out</title></head><body>nginx</body></html>";
    const statuses = ["200 OK", "403 Forbidden", "502 Bad Gateway", "504 Gateway Time-out", "520 Unknown"];
    const html = statuses.map((status) => reply(status, ["Content-Type: text/html"], page));
    const peer = await startPeer(...html, ok);
    const found = await asked(wire, peer.port, statuses.length + 1);
    for (const { outcome } of found.slice(0, -1)) {
      assert.ok(isFault(outcome));
      assert.match(sayFault(outcome), /504 Gateway Time-out/);
      assert.doesNotMatch(sayFault(outcome), /[<>]/);
    }
    assert.equal(textOf(found.at(-1)?.outcome), "Grüß Gott 👋");
    await peer.close();
  });

  test(`${wire.name}: a line of ten megabytes ends in a fault, and the next question is answered`, async () => {
    const long = wire.stream({ texts: ["x".repeat(10_000_000)] });
    const peer = await startPeer(reply("200 OK", [`Content-Type: ${typeOf(wire)}`], long), ok);
    const [first, second] = await asked(wire, peer.port, 2);
    await peer.close();
    assert.ok(first !== undefined && isFault(first.outcome));
    assert.equal(troubleOf(first.outcome, true), "request", "no rate limit, and not asked for again");
    assert.match(sayFault(first.outcome), /longer|larger/);
    assert.equal(textOf(second?.outcome), "Grüß Gott 👋");
  });

  test(`${wire.name}: bytes that are no UTF-8 become marks, on the wire too`, async () => {
    const bytes = Buffer.from(wire.stream({ texts: ["hi X!"] }));
    bytes[bytes.indexOf("X")] = 0xff;
    const peer = await startPeer(reply("200 OK", [`Content-Type: ${typeOf(wire)}`], bytes));
    const [only] = await asked(wire, peer.port);
    assert.equal(textOf(only?.outcome), "hi \ufffd!");
    await peer.close();
  });
}
