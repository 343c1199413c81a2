// A pipeline with fakes around it: a scripted model, a router that counts its changes, a
// channel that keeps what was sent, virtual time, and a store that can fail by number.

import * as z from "zod/mini";
import * as tasks from "../../src/app/catalog/tasks.ts";
import { type Fault, fault, isFault, type Outcome, type Wait } from "../../src/base/fault.ts";
import { rootScope, type Scope } from "../../src/base/scope.ts";
import type { Secret } from "../../src/base/secret.ts";
import { makeAudit } from "../../src/core/audit.ts";
import { type BoundChannel, type BoundTool, bindTool, type CoreDeps } from "../../src/core/deps.ts";
import { makeModels } from "../../src/core/failover.ts";
import { USUAL_RULES } from "../../src/core/failover-route.ts";
import type { Link } from "../../src/core/failover-types.ts";
import { makePipeline, type Pipeline } from "../../src/core/pipeline.ts";
import { makeRamStore } from "../../src/edges/store/ram.ts";
import type { Inbound, Outbound } from "../../src/port/channel.ts";
import type { Files } from "../../src/port/host.ts";
import type { Answer, Ask, Delta, Part } from "../../src/port/provider.ts";
import type { Approval, Changed, Plan, RosRow, Router } from "../../src/port/router.ts";
import type { Row, Store } from "../../src/port/store.ts";
import type { Task } from "../../src/port/task.ts";
import { countingRandom, listLog, type VirtualTime, virtualTime } from "./fake-host.ts";

export type Step = Outcome<Answer> | ((ask: Ask, onDelta: (d: Delta) => void, s: Scope) => Wait<Answer>);

/** An answer of text, or of text and calls. */
export function says(text: string, calls: ReadonlyArray<[name: string, args: unknown]> = []): Answer {
  const parts: Part[] = text === "" ? [] : [{ kind: "text", text }];
  calls.forEach(([name, args], i) => {
    const argsJson = typeof args === "string" ? args : JSON.stringify(args);
    parts.push({ kind: "call", callId: `c${i + 1}`, name, argsJson });
  });
  const usage = { inTokens: 10, outTokens: 2, cachedTokens: 0 };
  return { parts, stop: calls.length > 0 ? "tools" : "end", usage };
}

type Complete = (ask: Ask, onDelta: (d: Delta) => void, s: Scope) => Wait<Answer>;

/** A model of a chain; each key answers by its own function. */
export function link(name: string, ...keys: Complete[]): Link {
  return {
    name,
    model: name,
    traits: { toolless: false, local: false, small: false },
    keys: keys.map((complete, i) => ({
      name: `${name} key ${i + 1}`,
      mark: "",
      kind: "key",
      complete: (s, ask, onDelta) => complete(ask, onDelta, s),
    })),
  };
}

/** Waits until its scope stops. */
export function never(s: Scope): Wait<never> {
  return new Promise((resolve) => {
    s.onStop((why) => resolve(why));
  });
}

/** Does not even look at its scope. */
export function deaf(): Promise<never> {
  return new Promise(() => undefined);
}

const ADDED = "\n\nThe time is ";

/** The newest words of the person, and what the system prompt says of the time and the router. */
export function questionOf(ask: Ask | undefined): { words: string; added: string } {
  const last = ask?.messages.findLast((m) => m.role === "user");
  const system = ask?.system ?? "";
  return { words: last?.role === "user" ? last.text : "", added: system.slice(system.lastIndexOf(ADDED)) };
}

export interface FakeRouter extends Router {
  menus: Record<string, RosRow[] | Fault>;
  changes: string[];
  approvals: Approval[];
  commands: string[];
  onChange: (s: Scope, plan: Plan) => Wait<Changed>;
  settled: Array<[hash: string, how: string]>;
  onSettle: (how: "keep" | "revert" | "look") => Wait<Changed>;
  left: string[];
  onPlan: ((s: Scope, command: string) => Wait<Plan>) | null;
  facts_: string;
}

export function fakeRouter(menus: Record<string, RosRow[] | Fault> = {}): FakeRouter {
  const router: FakeRouter = {
    menus,
    changes: [],
    approvals: [],
    commands: [],
    facts_: "identity: home",
    onPlan: null,
    settled: [],
    left: [],
    onSettle: async (how) => ({ state: how === "keep" ? "kept" : "reverted", told: `Settled by ${how}.` }),
    settle(_s, hash, how) {
      router.settled.push([hash, how]);
      return router.onSettle(how);
    },
    undo: (s, hash) => router.plan(s, hash.replace("hash of ", "undo ")),
    unfinished: async () => router.left,
    onChange: async () => ({ state: "kept", told: "Done and read back." }),
    async print(_s, menu, _where, max) {
      const rows = router.menus[menu];
      if (rows === undefined) return fault("missing", `There is no menu ${menu}.`);
      return isFault(rows) ? rows : rows.slice(0, max);
    },
    // What a command looks up stands under it.
    look: (s, command) => router.print(s, command, {}, Number.POSITIVE_INFINITY),
    commandIn: (text) => (text.includes("print") ? "whole" : text.startsWith("ip ") ? "menu" : null),
    async plan(s, command) {
      router.commands.push(command);
      if (router.onPlan !== null) return router.onPlan(s, command);
      if (command.includes("nonsense")) return fault("input", "This command is not understood.");
      const risk = /\bprint\b/.test(command) ? "read" : "reversible";
      return { hash: `hash of ${command}`, risk, command, diff: `would do: ${command}`, calls: [] };
    },
    read: async (_s, plan) => (plan.risk === "read" ? `rows of ${plan.command}` : fault("denied", "not a read")),
    change(s, plan, approval) {
      router.changes.push(plan.command);
      router.approvals.push(approval);
      return router.onChange(s, plan);
    },
    facts: async () => ({ identity: "home", version: "7.24", board: "hAP", uptime: "1d", simulated: true }),
    snapshot: async () => router.facts_,
  };
  return router;
}

/** A RAM store whose n-th put, and those after it while `failing`, fail. */
export function faultyStore(): Store & { puts: Row[][]; failAt: number; failFor: number } {
  const inner = makeRamStore();
  const store = {
    keeps: inner.keeps,
    puts: [] as Row[][],
    failAt: Infinity,
    failFor: 1,
    async put(s: Scope, rows: readonly Row[]): Wait<void> {
      store.puts.push([...rows]);
      const n = store.puts.length;
      if (n >= store.failAt && n < store.failAt + store.failFor) return fault("limit", "The store is full.");
      return inner.put(s, rows);
    },
    get: inner.get,
    due: inner.due,
  };
  return store;
}

export interface World {
  time: VirtualTime;
  log: ReturnType<typeof listLog>;
  router: FakeRouter;
  store: Store;
  deps: CoreDeps;
  sent: Outbound[];
  asks: Ask[];
  pipeline: Pipeline;
  scope: Scope;
  trace: string[];
  /** Replaced by tests that want a channel that fails. */
  onSend: (s: Scope, m: Outbound) => Wait<{ remoteId: string }>;
  typed: number;
  message(text: string, more?: Partial<Inbound>): Inbound;
  /** Through the channel: accepted and worked on as far as no timer is needed. */
  tell(text: string, more?: Partial<Inbound>): Promise<Outcome<{ settled: Promise<void | "refused"> }>>;
  texts(): string[];
  /** Ends the program's scope, as a kill would. */
  end(): Promise<void>;
}

export interface WorldOptions {
  script?: readonly Step[];
  /** Answers every ask when the script has ended. */
  always?: Step;
  /** The chain; by default one model that follows the script. */
  links?: readonly Link[] | null;
  budgets?: CoreDeps["budgets"];
  router?: FakeRouter | null;
  store?: Store;
  tools?: readonly BoundTool[];
  tasks?: readonly Task[];
  files?: Files | null;
  secrets?: readonly Secret[];
  lanesRunning?: number;
  textMax?: number;
  time?: VirtualTime;
  owners?: readonly string[];
  role?: CoreDeps["role"];
  /** Where the audit log lies; not given: in memory. */
  log?: Files;
  channels?: readonly BoundChannel[];
  once?: boolean;
}

const QUERY = z.strictObject({ q: z.string() });

/** A tool that echoes, as a read. */
export function echoTool(run?: (s: Scope, q: string) => Wait<{ text: string; plan?: Plan }>): BoundTool {
  return bindTool(
    {
      name: "echo",
      purpose: "says it again",
      args: () => QUERY,
      effect: "read",
      capMs: 5_000,
      outMax: 1_000,
      run: (s, _kit, args) => (run === undefined ? Promise.resolve({ text: args.q }) : run(s, args.q)),
    },
    '{"type":"object","properties":{"q":{"type":"string"}}}',
  );
}

/** A tool that proposes console commands, like routeros_execute. */
export function executeTool(): BoundTool {
  return bindTool(
    {
      name: "execute",
      purpose: "runs a console command",
      args: () => z.strictObject({ command: z.string() }),
      effect: "propose",
      capMs: 5_000,
      outMax: 8_000,
      async run(s, kit, args) {
        const plan = await kit.router.plan(s, args.command);
        return isFault(plan) ? plan : { text: "", plan };
      },
    },
    '{"type":"object","properties":{"command":{"type":"string"}}}',
  );
}

const tasksOf = (options: WorldOptions): readonly Task[] => options.tasks ?? Object.values(tasks);

const auditIn = ({ log, secrets = [] }: WorldOptions, { clock }: VirtualTime): CoreDeps["audit"] =>
  makeAudit({ files: log ?? null, clock, secrets, version: "0" });

const ownersOnly =
  (owners: readonly string[] = ["7", "8"]): CoreDeps["role"] =>
  (m) =>
    m.channel === "cli" ? "local" : owners.includes(m.sender) ? "owner" : "stranger";

/** A running pipeline; `end` it. */
export function makeWorld(options: WorldOptions = {}): World {
  const time = options.time ?? virtualTime();
  const log = listLog();
  const router = options.router ?? fakeRouter();
  const store = options.store ?? makeRamStore();
  const root = rootScope(time.timers);
  const script = [...(options.script ?? [])];
  let nextId = 100;
  const world: Omit<World, "pipeline" | "deps"> = {
    time,
    log,
    router,
    store,
    sent: [],
    asks: [],
    trace: [],
    scope: root.scope,
    typed: 0,
    onSend: async (_s, m) => ({ remoteId: m.key }),
    message(text, more = {}) {
      nextId += 1;
      const base = { channel: "telegram", account: "bot", chat: "7", sender: "7", messageId: `${nextId}` };
      return { ...base, text, sentMs: time.clock.wallMs(), ...more };
    },
    async tell(text, more = {}) {
      const accepted = await pipeline.sink.accept(root.scope, world.message(text, more));
      await time.settle();
      return accepted;
    },
    texts: () => world.sent.map((m) => m.text),
    async end() {
      root.stop(fault("stopped", "The test is over."));
      await root.end();
      await running;
    },
  };
  const scripted = link("fake-1", (ask, onDelta, s) => {
    world.asks.push(ask);
    const step = script.shift() ?? options.always ?? says("ok");
    return typeof step === "function" ? step(ask, onDelta, s) : Promise.resolve(step);
  });
  const telegram: BoundChannel = {
    id: "telegram",
    can: { edit: true, buttons: true, threads: false, textMax: options.textMax ?? 4_096 },
    async send(s, m) {
      const out = await world.onSend(s, m);
      if (!isFault(out)) world.sent.push(m);
      return out;
    },
    async typing() {
      world.typed += 1;
    },
  };
  const deps: CoreDeps = {
    store,
    audit: auditIn(options, time),
    router: options.router === null ? null : router,
    model:
      options.links === null
        ? null
        : makeModels(options.links ?? [scripted], { clock: time.clock, log, rules: USUAL_RULES }),
    ...(options.budgets === undefined ? {} : { budgets: options.budgets }),
    tasks: tasksOf(options),
    tools: options.tools ?? [echoTool(), executeTool()],
    files: options.files ?? null,
    channels: new Map([telegram, ...(options.channels ?? [])].map((c) => [c.id, c])),
    role: options.role ?? ownersOnly(options.owners),
    clock: time.clock,
    random: countingRandom(),
    log,
    health: () => ({ llm: true, routeros: true }),
    lanesRunning: options.lanesRunning ?? 4,
    secrets: options.secrets ?? [],
    startedAtMs: time.clock.monoMs(),
    version: "0.0.0-test",
    once: options.once === true,
    trace: (_at, room, key, state) => void world.trace.push(`${room} ${key} ${state}`),
  };
  const pipeline = makePipeline(deps);
  const running = pipeline.run(root.scope);
  return Object.assign(world, { pipeline, deps });
}
