// A simulated router on virtual time, asked through its handler: no socket, no waiting.

import { type Fault, fault, isFault, type Outcome } from "../../../src/base/fault.ts";
import { rootScope, type Scope, type Timers } from "../../../src/base/scope.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";
import { makeSimRouter, type SimRouter } from "../../../src/edges/simrouter/rest.ts";
import type { Clock } from "../../../src/port/clock.ts";
import type { Headers } from "../../../src/port/http.ts";
import { type CommandTree, loadCommands } from "../../../src/ros/commands.ts";
import { packCommands } from "../../../scripts/gen-commands.ts";

export const TREE: CommandTree = loadCommands(packCommands());

export interface Answered {
  status: number;
  headers: Headers;
  /** Parsed JSON, or the text of another body. */
  body: unknown;
}

export type Ask = (method: string, path: string, body?: unknown, more?: Partial<Extra>) => Promise<Answered>;

interface Extra {
  user: string;
  password: string;
  type: string | null;
  peer: string;
  scope: Scope;
  authorization: string | null;
}

export interface Rig {
  router: SimRouter;
  ask: Ask;
  /** As `ask`, but a closed connection is returned and not thrown. */
  tryAsk(method: string, path: string, body?: unknown, more?: Partial<Extra>): Promise<Outcome<Answered>>;
  /** Moves the clock and lets everything due happen. */
  pass(ms: number): Promise<void>;
  nowMs(): number;
  scope: Scope;
  stop(why: Fault): void;
}

interface Due {
  atMs: number;
  fire: () => void;
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 40; i += 1) await Promise.resolve();
};

export function makeRig(seed = 7): Rig {
  let now = 1_000_000;
  const due = new Set<Due>();
  const timers: Timers = {
    nowMs: () => now,
    at(atMs, fire) {
      const entry = { atMs, fire };
      due.add(entry);
      return () => void due.delete(entry);
    },
  };
  const root = rootScope(timers);
  const clock: Clock = {
    wallMs: () => Date.UTC(2026, 10, 21, 10, 0, 0) + now - 1_000_000,
    monoMs: () => now,
    sleep: (s, ms) =>
      new Promise((resolve) => {
        const forget = timers.at(now + ms, () => resolve(undefined));
        s.onStop((why) => {
          forget();
          resolve(why);
        });
      }),
  };
  const router = makeSimRouter({ tree: TREE, clock, seed, user: "admin", password: "admin" });

  const tryAsk: Rig["tryAsk"] = async (method, path, body, more = {}) => {
    const [bare = "", query = ""] = path.split("?");
    const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const pair = `${more.user ?? "admin"}:${more.password ?? "admin"}`;
    const basic = `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
    const auth = more.authorization === undefined ? basic : more.authorization;
    const type = more.type === undefined ? "application/json" : more.type;
    const headers: Array<[string, string]> = [];
    if (auth !== null) headers.push(["authorization", auth]);
    if (type !== null) headers.push(["content-type", type]);
    const reply = await router.handler(more.scope ?? root.scope, {
      method,
      path: decodeURIComponent(bare),
      query,
      headers,
      peer: more.peer ?? "127.0.0.1",
      body: async () => encodeUtf8(text),
    });
    if (isFault(reply)) return reply;
    if (!("body" in reply)) return fault("failed", "not a plain reply");
    const said = typeof reply.body === "string" ? reply.body : Buffer.from(reply.body).toString("utf8");
    const json = reply.headers.some(([name, value]) => name === "content-type" && value === "application/json");
    return { status: reply.status, headers: reply.headers, body: json ? (tryJson(said) ?? said) : said };
  };
  return {
    router,
    tryAsk,
    scope: root.scope,
    stop: root.stop,
    nowMs: () => now,
    async ask(method, path, body, more) {
      const made = await tryAsk(method, path, body, more);
      if (isFault(made)) throw new Error(`closed: ${made.what}`);
      return made;
    },
    async pass(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const next = [...due].filter((d) => d.atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        due.delete(next);
        now = Math.max(now, next.atMs);
        next.fire();
        await settle();
      }
      now = until;
      await settle();
    },
  };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Row = Record<string, string>;

/** The rows of a list reply. */
export function rowsOf(answered: Answered): Row[] {
  if (answered.status !== 200 || !Array.isArray(answered.body)) {
    throw new Error(`not a list: ${answered.status} ${JSON.stringify(answered.body)}`);
  }
  return answered.body as Row[];
}

/** The object of a reply. */
export function rowOf(answered: Answered): Row {
  return answered.body as Row;
}
