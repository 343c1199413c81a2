// What the router's binary holds in memory: idle with all parts up, and after 100 and 10,000 turns.

import { setTimeout as sleep } from "node:timers/promises";
import { SENDER_PER_MINUTE_MAX, TOKENS_MAX } from "../../../src/base/limits.ts";
import { makeChat } from "../chat.ts";
import type { Figure, Found } from "../figure.ts";
import { saidIn } from "../heap.ts";
import { anonMb, rssMb } from "../machine.ts";
import { makeBed, up } from "./bed.ts";
import { type Binary, startGateway } from "./binary.ts";

/** Longer than the gateway keeps a silent connection, and than it puts off its rest when something goes on. */
const IDLE_MS = 33_000;
/** A poll takes pages of the program's file for a moment: the middle of several looks counts. */
const LOOKS = 11;
const LOOK_MS = 400;
const MARKS = [0, 100, 1_000, 10_000];

interface Held {
  rss: number;
  anon: number;
}

async function middle(pid: number): Promise<Held> {
  const looks: Held[] = [];
  while (looks.length < LOOKS) {
    looks.push({ rss: rssMb(pid), anon: anonMb(pid) });
    await sleep(LOOK_MS);
  }
  looks.sort((a, b) => a.rss - b.rss);
  return looks[LOOKS >> 1] ?? { rss: Number.NaN, anon: Number.NaN };
}

async function measure(path: string): Promise<Held[]> {
  const [bed, chat] = [await makeBed(), makeChat(TOKENS_MAX)];
  const gateway = await startGateway(path, { ...bed.env, ...chat.env, LOG_LEVEL: "error" });
  const held: Held[] = [];
  try {
    await up(gateway.port, bed.telegram);
    let done = 0;
    for (const mark of MARKS) {
      const first = done;
      await chat.turns(gateway.port, mark - first, (n) => saidIn(first + n));
      done = mark;
      await sleep(IDLE_MS);
      held.push(await middle(gateway.pid));
    }
    return held;
  } finally {
    await gateway.stop();
    chat.close();
    await bed.close();
  }
}

/** One process through all marks, at the pace that the door allows. */
export async function nativeMemory(binary: Binary): Promise<Found> {
  const held = await measure(binary.path);
  const at = (mark: number, what: keyof Held): number => held[MARKS.indexOf(mark)]?.[what] ?? Number.NaN;
  const figure = (key: string, unit: string, value: number): Figure => ({
    key: `native.memory.${key}`,
    unit,
    values: [value],
  });
  const name = (mark: number): string => (mark === 0 ? "idle" : `after.${mark}`);
  return {
    title: "The router's binary: resident memory",
    command: `VmRSS and RssAnon of /proc/PID/status of \`${binary.from} gateway\``,
    state:
      `router: simulated; model: instant, streamed; Telegram: polled, quiet; all up, and ${IDLE_MS / 1_000} s without a request before ${LOOKS} looks, whose middle counts; ` +
      `plain turns by ${TOKENS_MAX} clients in one conversation each and in a few changing ones; 1 run; the pace is that of the door, ` +
      `${TOKENS_MAX} clients with ${SENDER_PER_MINUTE_MAX} messages a minute`,
    figures: [
      ...MARKS.flatMap((mark) => [
        figure(`rss.${name(mark)}`, "MB", at(mark, "rss")),
        figure(`anon.${name(mark)}`, "MB", at(mark, "anon")),
      ]),
      figure("growth.100-10000", "%", (at(10_000, "rss") / at(100, "rss") - 1) * 100),
    ],
    notes: [],
  };
}
