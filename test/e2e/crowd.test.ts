// A crowd at the gateway: clients that say nothing, clients that say a byte now and then, and a
// thousand that come at once. /health keeps answering, and nothing of them stays behind.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeOnly, run } from "../support/program.ts";

const IDLE = 200;
const TRICKLING = 50;
const BURST = 1_000;
const TRICKLE_MS = 100;
const WAIT_MS = 120_000;
/** What a freed allocator may keep; each connection that stayed would cost more than 2 KiB. */
const KEPT_KIB = 1_024;

const native = nodeOnly !== false;
const skip = existsSync("/proc/self/fd") ? false : "this system has no /proc";

const ASK = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

function open(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  return socket.on("error", () => undefined);
}

/** Sends one request; what came back when the other side closed. */
async function ask(port: number): Promise<string> {
  const socket = open(port);
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    answer += text;
  });
  socket.write(ASK);
  // Not once(): a connection that was cut rejects that.
  await new Promise((closed) => socket.on("close", closed));
  return answer;
}

async function healthAnswers(port: number): Promise<void> {
  for (let n = 0; n < 5; n += 1) assert.match(await ask(port), /^HTTP\/1\.1 200 .*"gateway":true/s);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let left = WAIT_MS; !holds(); left -= 50) {
    if (left < 0) assert.fail(`not seen: ${what}`);
    await sleep(50);
  }
}

test("a crowd of silent, slow and sudden clients: /health answers, and nothing stays behind", { skip }, async () => {
  const program = run(["gateway", "--port", "0", "--json"], { LOG_LEVEL: "error" });
  const sockets: Socket[] = [];
  try {
    const { port } = (await program.event("listening")) as { port: number };
    const { pid } = program.child;
    const descriptors = (): number => readdirSync(`/proc/${pid}/fd`).length;
    const residentKib = (): number =>
      Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    await Promise.all(Array.from({ length: 100 }, () => ask(port)));
    await healthAnswers(port);
    const before = descriptors();
    const beforeKib = residentKib();

    for (let n = 0; n < IDLE; n += 1) sockets.push(open(port));
    const slow = Array.from({ length: TRICKLING }, () => open(port));
    sockets.push(...slow);
    for (const socket of slow) socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    await until("all of them were let in", () => descriptors() >= before + IDLE + TRICKLING);
    const trickle = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write("x");
    }, TRICKLE_MS);
    try {
      await healthAnswers(port);
      const burst = await Promise.all(Array.from({ length: BURST }, () => ask(port)));
      const answered = burst.filter((answer) => answer.startsWith("HTTP/1.1 200 ")).length;
      assert.ok(answered > BURST / 2, `${answered} of ${BURST} were answered`);
      await healthAnswers(port);
      // Who trickles is ended although it never falls silent.
      await until("the slow ones are ended", () => slow.every((socket) => socket.closed));
    } finally {
      clearInterval(trickle);
    }
    await healthAnswers(port);
    for (const socket of sockets) socket.destroy();
    await until("every descriptor is closed", () => descriptors() === before);
    if (native) await until("the memory is given back", () => residentKib() <= beforeKib + KEPT_KIB);
  } finally {
    for (const socket of sockets) socket.destroy();
    assert.equal(await program.stop(), 0);
  }
});
