// How long /health takes at worst while 200 silent and 50 trickling clients hold connections; lighttpd
// with the same crowd tells what of it is the machine's and the asking process's own. The crowd, the server and
// who asks share two cores: what server and asker wait for a core is told apart, and the crowd comes last.

import { fork } from "node:child_process";
import { connect } from "node:net";
import { constants, setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figure, Found } from "../figure.ts";
import { threadMs } from "../machine.ts";
import { healthOf, makeBed, up } from "./bed.ts";
import { type Binary, startGateway, stop } from "./binary.ts";
import { startLighttpd } from "./lighttpd.ts";

const SILENT = 200;
const TRICKLING = 50;
const RUNS = 7;
const ASKED = 200;
const EACH_MS = 10;

/** Who answers /health. */
interface Server {
  readonly port: number;
  readonly pid: number;
}

const REQUEST = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/** Starts the crowd; resolves once all of it is connected. */
async function crowd(port: number): Promise<() => Promise<void>> {
  const args = [port, SILENT, TRICKLING].map(String);
  const child = fork("scripts/bench/native/crowd.ts", args, { execArgv: ["--import", "tsx"] });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  await new Promise<void>((there, failed) => {
    child.once("message", () => there());
    child.once("exit", (code) => failed(new Error(`the crowd ended with ${String(code)}`)));
  });
  return () => stop(child);
}

/** Milliseconds that a server and this process could have run and had no core. */
function waitedMs(pid: number): number {
  return threadMs(pid).waited + threadMs(process.pid).waited;
}

/** Milliseconds from the connect to the first bytes of a 200. */
function answerMs(port: number): Promise<number> {
  const startMs = performance.now();
  return new Promise((told, failed) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => socket.write(REQUEST));
    socket.once("data", (bytes: Buffer) => {
      const ms = performance.now() - startMs;
      socket.destroy();
      if (bytes.toString("latin1").startsWith("HTTP/1.1 200 ")) told(ms);
      else failed(new Error(`/health answered ${bytes.toString("latin1").slice(0, 60)}`));
    });
    socket.once("error", failed);
  });
}

interface Asked {
  /** By the clock. */
  readonly clockMs: number;
  /** Without the time that server and asker waited for a core. */
  readonly ownMs: number;
}

async function oneRun({ port, pid }: Server): Promise<Asked[]> {
  const all: Asked[] = [];
  while (all.length < ASKED) {
    const before = waitedMs(pid);
    const clockMs = await answerMs(port);
    all.push({ clockMs, ownMs: Math.max(0, clockMs - (waitedMs(pid) - before)) });
    await sleep(EACH_MS);
  }
  return all;
}

async function underCrowd(name: string, server: Server): Promise<Figure[]> {
  const end = await crowd(server.port);
  try {
    await oneRun(server);
    const runs: Asked[][] = [];
    for (let n = 0; n < RUNS; n += 1) runs.push(await oneRun(server));
    const at = (share: number, of: (a: Asked) => number): number[] =>
      runs.map((run) => run.map(of).sort((a, b) => a - b)[Math.floor((run.length - 1) * share)] ?? Number.NaN);
    return [
      { key: `native.slow.worst.${name}`, unit: "ms", values: at(1, (a) => a.ownMs) },
      { key: `native.slow.clock.${name}`, unit: "ms", values: at(1, (a) => a.clockMs) },
      { key: `native.slow.median.${name}`, unit: "ms", values: at(0.5, (a) => a.clockMs) },
    ];
  } finally {
    await end();
  }
}

/** A crowd of their own for each of the two. */
export async function nativeSlow(binary: Binary): Promise<Found> {
  const bed = await makeBed();
  const gateway = await startGateway(binary.path, { ...bed.env, LOG_LEVEL: "error" });
  const lighttpd = await startLighttpd(await healthOf(gateway.port));
  try {
    await up(gateway.port, bed.telegram);
    const own = await underCrowd("mikroclaw", gateway);
    const others = lighttpd === null ? [] : await underCrowd("lighttpd", lighttpd);
    return {
      title: `The router's binary: /health beside ${SILENT} silent and ${TRICKLING} trickling clients`,
      command: `connect, GET /health, first bytes; every ${EACH_MS} ms, ${ASKED} in a run`,
      state:
        "router: simulated; model: instant; Telegram: polled; the crowd is a process of its own and comes back when it is " +
        "closed, at the lowest priority; a run's figure is its slowest answer, after one run to warm up; worst: without the time " +
        "that server and asker waited for a core; clock: with it",
      figures: [...own, ...others],
      notes: [],
    };
  } finally {
    await lighttpd?.stop();
    await gateway.stop();
    await bed.close();
  }
}
