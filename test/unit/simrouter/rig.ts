// A simulated router on virtual time, asked through its handler: no socket, no waiting.

import { fault, isFault, type Outcome } from "../../../src/base/fault.ts";
import type { Scope } from "../../../src/base/scope.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";
import type { SimOptions } from "../../../src/edges/simrouter/build.ts";
import { makeSimRouter, type SimRouter } from "../../../src/edges/simrouter/rest.ts";
import type { Headers, Incoming } from "../../../src/port/http.ts";
import type { CommandTree } from "../../../src/ros/commands.ts";
import { simCommands } from "../../support/commands.ts";
import { makeWorld } from "../../support/virtual.ts";

export const TREE: CommandTree = simCommands();

export interface Answered {
  status: number;
  headers: Headers;
  /** Parsed JSON, or the text of another body. */
  body: unknown;
}

interface Extra {
  user: string;
  password: string;
  /** Null: no Content-Type. */
  type: string | null;
  peer: string;
  scope: Scope;
  /** In place of Basic credentials; null: none. */
  authorization: string | null;
}

type Asking<T> = (method: string, path: string, body?: unknown, more?: Partial<Extra>) => Promise<T>;

export interface Rig {
  router: SimRouter;
  ask: Asking<Answered>;
  /** As `ask`, but a closed connection is returned and not thrown. */
  tryAsk: Asking<Outcome<Answered>>;
  /** Moves the clock and lets everything due happen. */
  pass(ms: number): Promise<void>;
  scope: Scope;
  stop(): void;
}

function headersOf(more: Partial<Extra>): Headers {
  const pair = `${more.user ?? "admin"}:${more.password ?? "admin"}`;
  const basic = `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
  const auth = more.authorization === undefined ? basic : more.authorization;
  const type = more.type === undefined ? "application/json" : more.type;
  const given: Array<readonly [string, string | null]> = [
    ["authorization", auth],
    ["content-type", type],
  ];
  return given.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

function incoming(method: string, path: string, body: unknown, more: Partial<Extra>): Incoming {
  const [bare = "", query = ""] = path.split("?");
  const text = typeof body === "string" ? body : (JSON.stringify(body) ?? "");
  return {
    method,
    path: decodeURIComponent(bare),
    query,
    headers: headersOf(more),
    peer: more.peer ?? "127.0.0.1",
    body: async () => encodeUtf8(text),
  };
}

function parsed(headers: Headers, text: string): unknown {
  if (!headers.some(([name, value]) => name === "content-type" && value === "application/json")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function makeRig(seed = 7, more: Partial<SimOptions> = {}): Rig {
  const virtual = makeWorld(seed);
  const router = makeSimRouter({ tree: TREE, clock: virtual.clock, seed, user: "admin", password: "admin", ...more });
  const tryAsk: Rig["tryAsk"] = async (method, path, body, more = {}) => {
    const reply = await router.handler(more.scope ?? virtual.scope, incoming(method, path, body, more));
    if (isFault(reply)) return reply;
    if (!("body" in reply)) return fault("failed", "not a plain reply");
    const { status, headers } = reply;
    const text = typeof reply.body === "string" ? reply.body : Buffer.from(reply.body).toString("utf8");
    return { status, headers, body: parsed(headers, text) };
  };
  return {
    router,
    tryAsk,
    async ask(method, path, body, more) {
      const made = await tryAsk(method, path, body, more);
      if (isFault(made)) throw new Error(`closed: ${made.what}`);
      return made;
    },
    pass: virtual.pass,
    scope: virtual.scope,
    stop: virtual.stop,
  };
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
