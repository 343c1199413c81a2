// REST of RouterOS 7.24 over any HTTP server: methods, paths and statuses as the manual's
// REST API page has them, errors in the router's words. `makeSimRouter` is a whole router
// without a socket, with handles for tests that REST cannot reach.

import { fault, isFault, type Outcome, type Wait } from "../../base/fault.ts";
import { SIM_BODY_BYTES_MAX, SIM_HANG_MS } from "../../base/limits-sim.ts";
import type { Scope } from "../../base/scope.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import type { Clock } from "../../port/clock.ts";
import type { Handler, Incoming, Reply } from "../../port/http.ts";
import { readBody } from "./body.ts";
import { buildWorld, type SimOptions } from "./build.ts";
import { type Call, type Chaos, type FaultOrder, makeChaos } from "./chaos.ts";
import { pressButton } from "./device-mode.ts";
import { errorReply, refuse } from "./errors.ts";
import { authenticate } from "./logins.ts";
import { type Answer, answer } from "./methods.ts";
import { type Goal, type Place, reachOf, type Verdict } from "./reach.ts";
import { type Gate, makeGate, type Reach } from "./reach-gate.ts";
import { record, type Shown, singleRecord } from "./record.ts";
import { makeTurns, type Turns } from "./turns.ts";
import { runHere } from "./twin.ts";
import type { World } from "./world.ts";

/** What a test may see and order. */
export interface SimWorld {
  /** All rows of a menu, as a user with all policies sees them; one for a menu without records. */
  rows(menu: string): readonly Shown[];
  /** The last requests. */
  readonly calls: readonly Call[];
  failNext(order: FaultOrder): void;
  /** Restarts the router. */
  reboot(): void;
  /** The power goes and comes back. */
  cutPower(): void;
  /** The button that confirms a change of device-mode; false: none was asked for. */
  pressButton(): boolean;
  /** Runs console commands on the router itself, up to their first wait; the refusal, or null. */
  run(script: string): string | null;
  /** Who can reach what now; empty without the option `reach`. */
  reach(): readonly Reach[];
  /** Can somebody of the tests' own choice reach something now? */
  sees(place: Place, goal: Goal): Verdict;
  /** Who sends the following requests. */
  callFrom(place: "agent" | "owner" | Place): void;
}

export interface SimRouter {
  /** The menus that hold rows. */
  menus(): readonly string[];
  /** What of the export was refused. */
  problems: readonly string[];
  handler: Handler;
  world: SimWorld;
  /** True while it restarts and answers nobody. */
  isDown(): boolean;
  /** True once after a reply whose connection a test wants closed. */
  takeClose(): boolean;
}

const JSON_TYPE = ["content-type", "application/json"] as const;
const HTML_TYPE = ["content-type", "text/html"] as const;

const page = (status: number, title: string): Reply => ({
  status,
  headers: [HTML_TYPE],
  body: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
});

function failed(f: ReturnType<typeof refuse>): Reply {
  const { status, body } = errorReply(f);
  const ask = status === 401 ? [["www-authenticate", 'Basic realm="RouterOS"'] as const] : [];
  return { status, headers: [JSON_TYPE, ...ask], body };
}

function good(made: Answer): Reply {
  const place = made.location === undefined ? [] : [["location", made.location] as const];
  if (made.value === undefined) return { status: made.status, headers: place, body: "" };
  return { status: made.status, headers: [JSON_TYPE, ...place], body: JSON.stringify(made.value) };
}

const isJson = (r: Incoming): boolean => {
  const type = r.headers.find(([name]) => name === "content-type")?.[1];
  return typeof type === "string" && /^application\/json\s*(;|$)/i.test(type);
};

interface Parts {
  world: World;
  clock: Clock;
  turns: Turns;
  chaos: Chaos;
  gate: Gate | null;
  /** A reply is on its way whose connection is to be closed. */
  door: { closing: boolean };
}

/** Does the request; the fault orders of a test have been looked at already. */
async function perform(
  s: Scope,
  parts: Parts,
  r: Incoming,
  raw: string,
  who: { user: string },
  slowMs: number,
): Wait<Reply> {
  const actor = authenticate(parts.world, r.headers, parts.gate?.caller(r.peer).address ?? r.peer);
  if (isFault(actor)) return failed(actor);
  who.user = actor.user;
  if (r.method === "OPTIONS") return failed(refuse(503));
  if (raw !== "" && !isJson(r)) return failed(refuse(415));
  const body = readBody(raw);
  if (isFault(body)) return failed(body);
  const made = await parts.turns.run(s, actor.user, (): Outcome<Answer> => {
    parts.world.due.advance();
    const plain = answer(parts.world, actor, { method: r.method, path: r.path, query: r.query, body });
    return isFault(plain) ? plain : { ...plain, tookMs: plain.tookMs + slowMs };
  });
  if (!isFault(made)) return good(made);
  // Faults without a status are the scope's own, and the closing of a restart.
  return /^\d{3}$/.test(made.code ?? "") ? failed(made) : made;
}

const dropped = () => fault("stopped", "The simulated router closed the connection.", { maybeDone: true });

/** What a test ordered to happen before the request is done; null: go on. */
async function before(s: Scope, parts: Parts, order: FaultOrder | null): Promise<Outcome<Reply> | null> {
  if (order?.kind === "reset") return dropped();
  if (order?.kind === "error500") return failed(refuse(500, "internal error"));
  if (order?.kind === "html403") return page(403, "Error 403: Forbidden");
  if (order?.kind !== "hang") return null;
  const slept = await parts.clock.sleep(s, SIM_HANG_MS);
  return isFault(slept) ? slept : dropped();
}

/** What it ordered for the reply. */
function after(parts: Parts, order: FaultOrder | null, made: Outcome<Reply>): Outcome<Reply> {
  if (isFault(made) || !("body" in made) || order === null) return made;
  if (order.kind === "lost") return dropped();
  if (order.kind === "close") parts.door.closing = true;
  if (order.kind !== "brokenJson") return made;
  const text = typeof made.body === "string" ? made.body : decodeUtf8(made.body);
  return { ...made, body: text.slice(0, Math.ceil(text.length / 2)) };
}

/** One request and its reply. */
async function serve(s: Scope, parts: Parts, r: Incoming): Wait<Reply> {
  if (r.path === "/") return page(200, "RouterOS");
  if (r.path !== "/rest" && !r.path.startsWith("/rest/")) return page(404, "Error 404: Not Found");
  const bytes = await r.body(s, SIM_BODY_BYTES_MAX);
  if (isFault(bytes)) return bytes;
  const raw = decodeUtf8(bytes);
  const order = parts.chaos.take(r.method, r.path);
  const who = { user: "" };
  const early = await before(s, parts, order);
  const made =
    early ??
    after(parts, order, await perform(s, parts, r, raw, who, order?.kind === "slow" ? (order.ms ?? 5_000) : 0));
  const status = !isFault(made) && "status" in made ? made.status : 0;
  parts.chaos.record({ method: r.method, path: r.path, query: r.query, body: raw, user: who.user, status });
  return made;
}

async function rest(s: Scope, parts: Parts, r: Incoming): Wait<Reply> {
  parts.world.due.advance();
  if (parts.clock.monoMs() < parts.world.downUntilMs) return dropped();
  const { gate } = parts;
  const admitted = gate === null ? undefined : await gate.admit(s, r.peer);
  if (isFault(admitted)) return admitted;
  const made = await serve(s, parts, r);
  // It restarted meanwhile: the connection is gone.
  if (parts.clock.monoMs() < parts.world.downUntilMs) return dropped();
  const released = gate === null || isFault(made) ? undefined : await gate.release(s, r.peer);
  return isFault(released) ? released : made;
}

/** A simulated home router: its request handler and its handles for tests. */
export function makeSimRouter(options: SimOptions): SimRouter {
  const { world, problems } = buildWorld(options);
  const gate = options.reach === undefined ? null : makeGate(world, options.clock, options.reach);
  const parts: Parts = {
    gate,
    world,
    clock: options.clock,
    turns: makeTurns(options.clock),
    chaos: makeChaos(),
    door: { closing: false },
  };
  return {
    menus: () => [...world.tables].flatMap(([menu, t]) => (t.rows.length > 0 ? [menu] : [])),
    problems,
    handler: (s, r) => rest(s, parts, r),
    world: {
      rows(menu) {
        world.due.advance();
        const known = world.tree.menu(menu);
        if (known !== null && !known.list) return [singleRecord(world, menu, true)];
        return world.rows(menu).map((row) => record(world, menu, row, true));
      },
      calls: parts.chaos.calls,
      failNext: parts.chaos.failNext,
      reboot() {
        world.due.advance();
        world.reboot("reboot");
      },
      cutPower() {
        world.due.advance();
        world.reboot("power cut");
      },
      pressButton: () => pressButton(world),
      run(script) {
        world.due.advance();
        return runHere(world, script, options.user);
      },
      reach: () => gate?.report() ?? [],
      sees: (place, goal) => reachOf(world, place, goal, "new", null),
      callFrom: (place) => gate?.callFrom(place),
    },
    isDown: () => options.clock.monoMs() < world.downUntilMs,
    takeClose() {
      const closing = parts.door.closing;
      parts.door.closing = false;
      return closing;
    },
  };
}
