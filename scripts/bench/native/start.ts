// From the start of the router's binary to its first 200 of /health, with everything that it is
// configured for down.

import { connect } from "node:net";
import { freePort, freePorts } from "../../../test/support/ports.ts";
import type { Figure, Found } from "../figure.ts";
import { repeat, threadMs } from "../machine.ts";
import { type Binary, start, stop } from "./binary.ts";

const RUNS = 20;
const WAIT_MS_MAX = 5_000;

/** Whether a new connection is answered 200. */
function isUp(port: number): Promise<boolean> {
  return new Promise((told) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const end = (good: boolean): void => {
      told(good);
      socket.destroy();
    };
    socket.once("data", (bytes) => end(bytes.toString("latin1").startsWith("HTTP/1.1 200 ")));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });
}

async function once(words: readonly string[], env: Record<string, string>, port: number) {
  const startedMs = performance.now();
  const child = start(words, env);
  const spawnedMs = performance.now();
  try {
    while (!(await isUp(port))) {
      if (performance.now() - startedMs > WAIT_MS_MAX) throw new Error(`no 200 from /health in ${WAIT_MS_MAX} ms`);
    }
    const upMs = performance.now();
    return { whole: upMs - startedMs, spawned: spawnedMs - startedMs, ...threadMs(child.pid ?? 0) };
  } finally {
    await stop(child);
  }
}

/** Router, model and Telegram configured, and nobody listens at any of them. */
export async function nativeStart(binary: Binary): Promise<Found> {
  const [router, model, telegram] = await freePorts(3);
  const env = {
    ...{ ROUTER_HOST: `127.0.0.1:${router}`, ROUTER_USER: "bench", ROUTER_PASS: "bench" },
    ...{ LLM_BASE_URL: `http://127.0.0.1:${model}/v1`, LLM_API_KEY: "bench", MODEL: "instant" },
    ...{ BOT_TOKEN: "123456:bench-token_abcdefghijklmnopqrstuv", TELEGRAM_ALLOWLIST: "1" },
    TELEGRAM_API_ROOT: `http://127.0.0.1:${telegram}`,
  };
  const seen = await repeat(RUNS, async () => {
    const port = await freePort();
    return once([binary.path, "gateway", "--port", String(port)], env, port);
  });
  const figure = (key: string, unit: string, of: (s: (typeof seen)[number]) => number): Figure => ({
    key: `native.start.${key}`,
    unit,
    values: seen.map(of),
  });
  return {
    title: "The router's binary: from start to the first /health 200",
    command: `${binary.from} gateway --port PORT, asked again at once until it answers, a new connection each time`,
    state:
      "router, model and Telegram configured and none of them listening; a new process each time, its file in the page cache; " +
      "clock: all of it by the clock; health: without the time that other processes of a busy machine kept it from a core; " +
      "both with the measuring process's own fork, which is spawn",
    figures: [
      figure("health", "ms", (s) => s.whole - s.waited),
      figure("clock", "ms", (s) => s.whole),
      figure("spawn", "ms", (s) => s.spawned),
      figure("cpu", "ms CPU", (s) => s.cpu),
    ],
    notes: [],
  };
}
