// Hours of a router in minutes: steady chats while connections to model, router and Telegram and those of the
// chats' own clients are reset, and what the process then holds in memory and descriptors.

import { createHash } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figure, Found } from "../figure.ts";
import { anonMb, rssMb } from "../machine.ts";
import { LOOK } from "../model.ts";
import { type Bed, descriptors, makeBed, up } from "./bed.ts";
import { type Binary, type Gateway, startGateway } from "./binary.ts";
import { startCutter } from "./cutter.ts";

const TOKENS = Array.from({ length: 16 }, (_, n) => `soak-client-${n}`);
const TURN_EACH_MS = 500;
const CUT_EACH_MS = 1_500;
const LOOK_EACH_MS = 5_000;
/** Connections without a request close in 15 s, and what is tried again comes back in less. */
const QUIET_MS = 60_000;
/** The first part fills bounded tables; the slope is that of the rest. */
const WARM_SHARE = 0.3;
const TURN_MS_MAX = 60_000;

/** One look at the process. */
interface Look {
  atMin: number;
  rss: number;
  anon: number;
  open: number;
}

interface Told {
  answered: number;
  failed: number;
  left: number;
}

/** A turn in changing conversations, every third with a tool call. `leaves`: the client resets before the answer. */
async function turn(port: number, n: number, told: Told): Promise<void> {
  const message = `${n % 3 === 0 ? `${LOOK} ` : ""}question ${n}: is everything all right at home?`;
  const body = JSON.stringify({ message, chat: `c${Math.floor(n / 200) % 4}` });
  const token = TOKENS[n % TOKENS.length] ?? "";
  if (n % 10 === 7) return leave(port, token, body, told);
  try {
    const reply = await fetch(`http://127.0.0.1:${port}/chat`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(TURN_MS_MAX),
    });
    const text = await reply.text();
    if (reply.status === 200 && text.includes("kids-tablet")) told.answered += 1;
    else told.failed += 1;
  } catch {
    told.failed += 1;
  }
}

function leave(port: number, token: string, body: string, told: Told): void {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
    const head = `POST /chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json`;
    socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`, () => {
      told.left += 1;
      setTimeout(() => socket.resetAndDestroy(), told.left % 8);
    });
  });
  socket.on("error", () => undefined);
}

/** KB a minute by least squares. */
function slope(looks: readonly Look[]): number {
  const mean = (of: (l: Look) => number): number => looks.reduce((sum, l) => sum + of(l), 0) / looks.length;
  const [t, r] = [mean((l) => l.atMin), mean((l) => l.anon)];
  const above = looks.reduce((sum, l) => sum + (l.atMin - t) * (l.anon - r), 0);
  return (above / looks.reduce((sum, l) => sum + (l.atMin - t) ** 2, 0)) * 1_024;
}

async function drive(gateway: Gateway, cut: (n: number) => boolean, minutes: number) {
  const told: Told = { answered: 0, failed: 0, left: 0 };
  const looks: Look[] = [];
  const startMs = performance.now();
  const now = (): number => performance.now() - startMs;
  const pending = new Set<Promise<void>>();
  let [turns, cuts, nextCut, nextLook] = [0, 0, CUT_EACH_MS, 0];
  while (now() < minutes * 60_000) {
    const started = turn(gateway.port, turns, told);
    pending.add(started);
    void started.finally(() => pending.delete(started));
    turns += 1;
    if (now() >= nextCut) {
      if (cut(cuts)) cuts += 1;
      nextCut += CUT_EACH_MS;
    }
    if (now() >= nextLook) {
      const { pid } = gateway;
      looks.push({ atMin: now() / 60_000, rss: rssMb(pid), anon: anonMb(pid), open: descriptors(pid) });
      nextLook += LOOK_EACH_MS;
    }
    await sleep(TURN_EACH_MS);
  }
  await Promise.all(pending);
  return { told, looks, turns, cuts };
}

function figuresOf(looks: readonly Look[], openAtStart: number, openAtEnd: number, rssAtEnd: number): Figure[] {
  const settled = looks.slice(Math.floor(looks.length * WARM_SHARE));
  const one = (key: string, unit: string, value: number): Figure => ({ key: `soak.${key}`, unit, values: [value] });
  return [
    one("slope", "KB a minute", slope(settled)),
    { key: "soak.rss", unit: "MB", values: settled.map((l) => l.rss) },
    one("rss.end", "MB", rssAtEnd),
    { key: "soak.descriptors", unit: "open", values: settled.map((l) => l.open) },
    one("descriptors.more", "more at the end than at the start, at rest", openAtEnd - openAtStart),
  ];
}

/** Environment and cutters of all three that the gateway talks to. */
async function cutters(bed: Bed) {
  const model = await startCutter(Number(new URL(bed.model.env["LLM_BASE_URL"] ?? "").port));
  const [router, telegram] = [await startCutter(bed.routerPort), await startCutter(bed.telegram.port)];
  const env = {
    ...bed.env,
    ROUTER_HOST: `127.0.0.1:${router.port}`,
    LLM_BASE_URL: `http://127.0.0.1:${model.port}/v1`,
    TELEGRAM_API_ROOT: `http://127.0.0.1:${telegram.port}`,
  };
  return { env, all: [model, router, telegram] };
}

/** Runs for `minutes`, and a minute of rest before the last look. */
export async function soak(binary: Binary, minutes: number): Promise<Found> {
  const bed = await makeBed();
  const { env, all } = await cutters(bed);
  const known = TOKENS.map((token) => createHash("sha256").update(token).digest("hex")).join(",");
  const gateway = await startGateway(binary.path, { ...env, GATEWAY_TOKEN_SHA256: known, LOG_LEVEL: "error" });
  try {
    await up(gateway.port, bed.telegram);
    const openAtStart = descriptors(gateway.pid);
    const { told, looks, turns, cuts } = await drive(gateway, (n) => all[n % 3]?.cut(n) === true, minutes);
    await sleep(QUIET_MS);
    return {
      title: `Soak of ${minutes} minutes`,
      command: `POST /chat to \`${binary.from} gateway\`, one turn each ${TURN_EACH_MS} ms, every third with a tool call, every tenth left by its client`,
      state:
        `router: simulated; model: instant, streamed; Telegram: polled; each ${CUT_EACH_MS} ms one open connection to one of them is reset; ` +
        `slope: of RssAnon, least squares over the last ${(1 - WARM_SHARE) * 100} %; at rest: ${QUIET_MS / 1_000} s after the last turn`,
      figures: figuresOf(looks, openAtStart, descriptors(gateway.pid), rssMb(gateway.pid)),
      notes: [
        `${turns} turns: ${told.answered} answered, ${told.failed} told that something failed, ${told.left} left by their clients; ${cuts} connections cut`,
        ...gateway
          .log()
          .split("\n")
          .filter((line) => line !== "")
          .slice(-3)
          .map((line) => `log: ${line.slice(0, 300)}`),
      ],
    };
  } finally {
    await gateway.stop();
    for (const cutter of all) await cutter.close();
    await bed.close();
  }
}
