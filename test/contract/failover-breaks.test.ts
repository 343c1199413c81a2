// An answer breaks off at a byte, in each dialect: whoever reads along sees nothing
// twice and nothing wrong, and a tool runs once, with whole arguments. A sample of the bytes
// by default, many more in `make sweep`.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod/mini";
import { type Fault, fault, isFault } from "../../src/base/fault.ts";
import { secret } from "../../src/base/secret.ts";
import { encodeUtf8 } from "../../src/base/utf8.ts";
import { bindTool } from "../../src/core/deps.ts";
import type { Link } from "../../src/core/failover-types.ts";
import { link, makeWorld } from "../support/core-world.ts";
import { type VirtualTime, virtualTime } from "../support/fake-host.ts";
import { makeFakeHttp, type Script } from "../support/fake-http.ts";
import { SEED, WHOLE } from "../support/seed.ts";
import { type Says, WIRES, type Wire } from "./provider-wires.ts";

const KEY = secret("key", "sk-test-0123456789abcdef");
const FIRST = ["Let me ", "count the ", "devices. "];
const LAST = ["Two devices are ", "on your network: a printer ", "and a tablet — “kids”."];
const GO_ON = "your answer broke off after the words above";

const STEPS: Readonly<Record<string, Says>> = {
  "words alone": { texts: LAST },
  "words and a call": { texts: FIRST, calls: [{ id: "c1", name: "count", args: '{"n":"printer 12"}' }] },
  "two calls": {
    calls: [
      { id: "c1", name: "count", args: '{"n":"printer 12"}' },
      { id: "c2", name: "count", args: '{"n":"tablet 34"}' },
    ],
  },
  "thoughts, words and a call": {
    thinking: "They want to know how many there are.",
    texts: FIRST,
    calls: [{ id: "c1", name: "count", args: '{"n":"printer 12"}' }],
  },
};

/** How the broken connection looks, and what the next model says after it. */
interface How {
  end: "close" | Fault;
  after: "anew" | "on";
}

const HOWS: readonly How[] = [
  { end: "close", after: "anew" },
  { end: fault("unreachable", "The connection was reset.", { maybeDone: true }), after: "anew" },
  { end: "close", after: "on" },
];

const wordsOf = (says: Says): string => (says.texts ?? []).join("");

/** What of `says` is left after the words that a request says were read. */
function rest(says: Says, body: string): Says {
  const whole = wordsOf(says);
  let shown = 0;
  for (let n = whole.length; n > 0 && shown === 0; n -= 1) {
    if (body.includes(`${JSON.stringify(whole.slice(0, n)).slice(0, -1)}"`)) shown = n;
  }
  return { ...says, texts: [whole.slice(shown)] };
}

function chain(wire: Wire, time: VirtualTime, script: (body: string, n: number) => Script): Link[] {
  const http = makeFakeHttp(time.clock, ({ body }, n) => script(body, n));
  const config = { baseUrl: "http://model.test/v1", key: KEY, stream: true };
  const kit = { http, config, clock: time.clock };
  const made = (name: string): Link =>
    link(name, (ask, onDelta, s) => wire.provider.complete(s, kit, { ...ask, model: "test-model" }, onDelta));
  return [made("first"), made("second")];
}

/** One turn whose first answer ends at byte `at`; what was wrong, or "". */
async function broken(wire: Wire, says: Says, at: number, how: How, models: number): Promise<string> {
  const time = virtualTime();
  const runs: string[] = [];
  const count = bindTool(
    {
      ...{ name: "count", purpose: "counts", effect: "write", capMs: 5_000, outMax: 100 },
      args: () => z.strictObject({ n: z.string() }),
      async run(_s, _kit, { n }) {
        runs.push(n);
        return { text: "counted" };
      },
    },
    '{"type":"object","properties":{"n":{"type":"string"}}}',
  );
  const stream = (x: Says): Script => ({ pieces: [wire.stream(x)] });
  const script = (body: string, n: number): Script => {
    if (n === 0) return { pieces: [encodeUtf8(wire.stream(says)).slice(0, at)], end: how.end };
    if (body.includes("counted")) return stream({ texts: LAST });
    return stream(how.after === "on" && body.includes(GO_ON) ? rest(says, body) : says);
  };
  const w = makeWorld({ links: chain(wire, time, script).slice(0, models), tools: [count], time });
  let shown = "";
  const saying = w.pipeline.agent.say(w.scope, w.message("how many devices are there?", { channel: "cli" }), (p) => {
    if (p.kind === "text") shown += p.text;
  });
  let said: Awaited<typeof saying> | null = null;
  void saying.then((x) => {
    said = x;
  });
  for (let i = 0; i < 200 && said === null; i += 1) await time.pass(500);
  const end = await saying;
  await w.end();
  if (isFault(end)) return `fault: ${end.what}`;
  const calls = (says.calls ?? []).map((c) => (JSON.parse(c.args) as { n: string }).n);
  if (runs.join() !== calls.join()) return `the tool ran for: ${runs.join()}`;
  const expected = calls.length === 0 ? wordsOf(says) : wordsOf(says) + wordsOf({ texts: LAST });
  if (!expected.startsWith(shown)) return `shown: ${shown}`;
  const reply = end.reply.replace(/\n\[first gave no answer.*\]$/, "");
  return reply === wordsOf({ texts: LAST }) ? "" : `said: ${end.reply}`;
}

/** All breaks of one answer: how many there were, and what was wrong. */
async function breaks(wire: Wire, says: Says): Promise<{ n: number; wrong: readonly string[] }> {
  const { length } = encodeUtf8(wire.stream(says));
  // Prime, so that it drifts over the lines of a stream.
  const stride = WHOLE ? 5 : 179;
  const wrong: string[] = [];
  let n = 0;
  for (let at = SEED % stride; at <= length; at += stride) {
    for (const how of HOWS) {
      n += 1;
      const models = 1 + (n % 2);
      const bad = await broken(wire, says, at, how, models);
      if (bad !== "") wrong.push(`byte ${at} of ${length}, goes ${how.after}, ${models} models: ${bad}`);
    }
  }
  return { n, wrong };
}

for (const wire of WIRES) {
  describe(`an answer that breaks off, ${wire.name}`, () => {
    for (const [name, says] of Object.entries(STEPS)) {
      it(name, async (t) => {
        const { n, wrong } = await breaks(wire, says);
        t.diagnostic(`${n} breaks`);
        assert.deepEqual(wrong, []);
      });
    }
  });
}
