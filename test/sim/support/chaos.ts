// Five model services, one of each dialect, that fail at random, a program that talks to them, and people who
// write to it: what happened to each message, and what should not have. Plain ECMAScript.

import * as z from "zod/mini";
import { loadConfig } from "../../../src/app/config.ts";
import { wireOutside } from "../../../src/app/wire.ts";
import { fault, type Outcome } from "../../../src/base/fault.ts";
import { launch, rootScope } from "../../../src/base/scope.ts";
import { makeAudit } from "../../../src/core/audit.ts";
import { bindTool } from "../../../src/core/deps.ts";
import { makeModels } from "../../../src/core/failover.ts";
import { makePipeline } from "../../../src/core/pipeline.ts";
import { makeRamStore } from "../../../src/edges/store/ram.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import { WIRES, type Wire } from "../../contract/provider-wires.ts";
import { answering, type Doing, failing, type Question, wireServer } from "./wire-server.ts";
import { bridged, ok } from "./worlds.ts";

export type Counts = Record<string, number>;

const CHATS = ["1", "2", "3", "4", "5"];
const PAUSE_MS_MAX = 6_000;

/** Counts what a script does, and answers by it. */
function makeScript(w: World, wire: Wire, counts: Counts, isDown: () => boolean) {
  const chance = w.chance(`model ${wire.name}`);
  return (q: Question): Doing => {
    const doing = isDown() ? DOWN : chance.chance(40) ? failing(chance, wire, q) : answering(chance, wire, q);
    add(counts, doing.way);
    return doing;
  };
}

const DOWN: Doing = { way: "down", status: 503, body: '{"error":{"message":"overloaded"}}' };

const add = (counts: Counts, what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

const baseOf = ({ name }: Wire): string => {
  const path = { gemini: "/v1beta", ollama: "" }[name] ?? "/v1";
  return `http://${name}:8000${path}`;
};

const ENV = {
  LLM_PROVIDER: "openai",
  MODEL: "model-a",
  OPENAI_API_KEY: "key-one-of-a,key-two-of-a",
  RELIABLE_PROVIDERS: "anthropic/model-b,openai-responses/model-c,gemini/model-d,ollama/model-e",
  ANTHROPIC_API_KEY: "key-of-b",
  GEMINI_API_KEY: "key-of-d",
  ...Object.fromEntries(WIRES.map((x) => [`${x.name.toUpperCase().replaceAll("-", "_")}_BASE_URL`, baseOf(x)])),
};

/** Resets and cuts of the network, and a time in which nothing answers, by seed. */
function trouble(w: World, spanMs: number, counts: Counts, outage: (isDown: boolean) => void): void {
  const chance = w.chance("trouble");
  for (let atMs = chance.below(20_000); atMs < spanMs; atMs += chance.between(1_000, 30_000)) {
    const { name } = chance.pick(WIRES);
    w.at(atMs, () => {
      add(counts, "reset");
      w.net.reset("agent", name);
    });
  }
  const fromMs = chance.below(Math.floor(spanMs / 2));
  w.at(fromMs, () => outage(true));
  w.at(fromMs + chance.between(20_000, 60_000), () => outage(false));
}

interface Program {
  readonly sent: string[];
  /** Message → how often its tool ran. */
  readonly runs: Map<string, number>;
  /** Row of a message → its final states, and pieces of its answer that were sent. */
  readonly finals: Map<string, string[]>;
  say(id: number, chat: string, text: string): Promise<Outcome<unknown>>;
  end(): Promise<{ handles: number; pending(): readonly string[]; bugs: readonly string[] }>;
}

async function begin(w: World): Promise<Program> {
  const machine = w.machine("agent", { address: "10.0.0.9", env: ENV, args: ["gateway"] });
  const host = bridged(machine);
  const root = rootScope(host.timers);
  const config = await ok(loadConfig(root.scope, host, new Map()));
  const out = await ok(wireOutside(root.scope, host, config, { version: "0.0.0-sim", atPrompt: false }));
  const { clock, log, random } = { ...host, log: out.log };
  const sent: string[] = [];
  const runs = new Map<string, number>();
  const finals = new Map<string, string[]>();
  const count = bindTool(
    {
      name: "count",
      purpose: "counts",
      args: () => z.strictObject({ n: z.string() }),
      effect: "write",
      capMs: 5_000,
      outMax: 100,
      async run(_s, _kit, { n }) {
        runs.set(n, (runs.get(n) ?? 0) + 1);
        return { text: "counted" };
      },
    },
    '{"type":"object","properties":{"n":{"type":"string"}}}',
  );
  const pipeline = makePipeline({
    store: makeRamStore(),
    audit: makeAudit({ files: null, clock, secrets: [], version: "0.0.0-sim" }),
    router: null,
    model: makeModels(
      out.models.map((m) => m.link),
      { clock, log, rules: [] },
    ),
    tools: [count],
    files: null,
    channels: new Map([
      [
        "chat",
        {
          id: "chat",
          can: { edit: false, buttons: false, threads: false, textMax: 4_096 },
          async send(_s, m) {
            sent.push(m.text);
            return { remoteId: m.key };
          },
        },
      ],
    ]),
    role: () => "owner",
    ...{ clock, log, random, health: () => ({}), lanesRunning: 4, secrets: [] },
    ...{ startedAtMs: clock.monoMs(), version: "0.0.0-sim" },
    trace: (_at, room, key, state) => {
      const isFinal =
        room === "in" ? ["answered", "refused", "dropped"].includes(state) : state === "sent" && room === "out";
      if (!isFinal || key.includes("~kept")) return;
      const of = key.split("#")[0] ?? "";
      finals.set(of, [...(finals.get(of) ?? []), `${room} ${state}`]);
    },
  });
  const work = launch(root.scope, Infinity, (s) => pipeline.run(s));
  return {
    ...{ sent, runs, finals },
    say: (id, chat, text) =>
      pipeline.sink.accept(root.scope, {
        ...{ channel: "chat", account: "x", chat, sender: chat, messageId: `m${id}` },
        ...{ text, sentMs: clock.wallMs() },
      }),
    async end() {
      await pipeline.close(root.scope);
      work.stop(fault("stopped", "The end."));
      await work.done;
      await out.http.close();
      root.stop(fault("stopped", "The end."));
      await root.end();
      const bugs = machine.logs.filter((l) => l.includes(".bug") || l.includes("internal error"));
      return { handles: machine.openHandles, pending: () => machine.pending(), bugs };
    },
  };
}

/** What is wrong with one message, by the states of its rows; "" if nothing is. */
function judge(key: string, finals: readonly string[] | undefined, runs: number): string {
  if (finals === undefined) return `${key} has no end`;
  const ends = finals.filter((f) => f.startsWith("in "));
  if (ends.length !== 1) return `${key} ended ${ends.length} times: ${finals.join(", ")}`;
  const replies = finals.filter((f) => f === "out sent").length;
  if (ends[0] !== "in dropped" && replies !== 1) return `${key} was answered ${replies} times`;
  return runs > 1 ? `the tool of ${key} ran ${runs} times` : "";
}

/** Lets `messages` messages come in, and looks what became of them. */
export async function chaos(
  w: World,
  messages: number,
  onMessage: (id: number) => void = () => undefined,
): Promise<{ wrong: readonly string[]; counts: Counts }> {
  const counts: Counts = {};
  let isDown = false;
  const servers = WIRES.map((wire, i) =>
    wireServer(
      w,
      { name: wire.name, address: `10.0.0.${i + 1}`, port: 8_000 },
      makeScript(w, wire, counts, () => isDown),
    ),
  );
  await Promise.all(servers.map((s) => s.ready));
  trouble(w, messages * PAUSE_MS_MAX, counts, (down) => {
    isDown = down;
  });
  const program = await begin(w);
  const chance = w.chance("people");
  const clock = servers[0]?.host.clock;
  const root = rootScope(servers[0]?.host.timers ?? { nowMs: () => 0, at: () => () => undefined });
  const pause = async (ms: number): Promise<void> => void (await clock?.sleep(root.scope, ms));
  for (let id = 1; id <= messages; id += 1) {
    const chat = chance.pick(CHATS);
    const isStop = chance.chance(2);
    const text = isStop ? "/stop" : chance.chance(40) ? `use the tool for q${id}` : `hello q${id}`;
    if (isStop) add(counts, "stop");
    await program.say(id, chat, text);
    await pause(chance.below(PAUSE_MS_MAX));
    onMessage(id);
  }
  // Rests of half an hour, and what was kept.
  await pause(3 * 3_600_000);
  const wrong = look(program, messages, counts);
  const { handles, pending, bugs } = await program.end();
  await pause(100);
  root.stop(fault("stopped", "The end."));
  await root.end();
  if (handles !== 0) wrong.push(`${handles} handles are open at the end`);
  if (pending().length > 0) wrong.push(`under way at the end: ${pending().join("; ")}`);
  return { wrong: [...wrong, ...bugs], counts };
}

/** Something of an answer that is not the whole one. What came before a call is, when nothing came after it. */
function isHalf(text: string, runs: ReadonlyMap<string, number>): boolean {
  if (!/^(done|with q|Let me|count q)/.test(text) || /done.*with q\d+(\n|$)/.test(text)) return false;
  const counted = /^Let me.* count (q\d+)\.(\n|$)/.exec(text)?.[1] ?? "";
  return !runs.has(counted);
}

function halves({ sent, runs }: Pick<Program, "sent" | "runs">): string[] {
  const calls = [...runs.keys()].filter((n) => !/^q[1-9]\d*$/.test(n));
  return [
    ...calls.map((n) => `half a call was run: ${n}`),
    ...sent.filter((text) => isHalf(text, runs)).map((text) => `half an answer: ${text}`),
    ...sent.filter((text) => text.includes("key-")).map(() => "a key was shown"),
  ];
}

function look({ sent, runs, finals }: Program, messages: number, counts: Counts): string[] {
  const wrong: string[] = [];
  for (let id = 1; id <= messages; id += 1) {
    const key = `chat/x/m${id}`;
    const bad = judge(key, finals.get(key), runs.get(`q${id}`) ?? 0);
    if (bad !== "") wrong.push(bad);
    const isAnswered = sent.filter((text) => new RegExp(`done.* with q${id}(\\n|$)`).test(text)).length;
    if (isAnswered > 1) wrong.push(`${key} was answered ${isAnswered} times in words`);
    add(
      counts,
      finals.get(key)?.includes("in dropped") === true ? "stopped" : isAnswered === 1 ? "answered" : "failed",
    );
  }
  wrong.push(...halves({ sent, runs }));
  counts["tool"] = runs.size;
  counts["kept"] = sent.filter((text) => text.includes("I have kept your message")).length;
  counts["another"] = sent.filter((text) => text.includes("answers instead")).length;
  return wrong;
}
