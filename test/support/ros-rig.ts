// The Router port on virtual time, in front of the simulated router or of scripted
// replies, without sockets. Requests are kept as lines: method, path and query, body.

import { type Fault, fault, isFault, type Wait } from "../../src/base/fault.ts";
import type { Scope } from "../../src/base/scope.ts";
import { secret } from "../../src/base/secret.ts";
import { encodeUtf8 } from "../../src/base/utf8.ts";
import type { SimOptions } from "../../src/edges/simrouter/build.ts";
import { makeSimRouter, type SimWorld } from "../../src/edges/simrouter/rest.ts";
import type { Http, Request, Response } from "../../src/port/http.ts";
import type { Router } from "../../src/port/router.ts";
import { makeRouter, type RouterDeps } from "../../src/ros/router.ts";
import { simCommands, testCommands } from "./commands.ts";
import { makeWorld, type World } from "./virtual.ts";

export interface Rig {
  world: World;
  router: Router;
  /** Requests so far: `GET /ip/address?.proplist=name`, with the body behind a blank. */
  lines: string[];
  requests: Request[];
  /** What the n-th request meets instead of the router; "never": nobody answers. Null: the router. */
  meets: (n: number, r: Request) => Fault | "never" | { readonly reply: unknown } | null;
  /** Lets time pass until the promise settles. */
  run<T>(wait: Promise<T>): Promise<T>;
}

const HOST = "127.0.0.1";

function makeRig(
  world: World,
  answer: (r: Request, line: string, s: Scope) => Wait<Response>,
  host: string,
  menus: readonly string[] | null = null,
  confirmMs?: number,
): Rig {
  const lines: string[] = [];
  const requests: Request[] = [];
  const http: Http = {
    send(s, r) {
      const path = r.url.replace(/^https?:\/\/[^/]+\/rest/, "");
      const line = `${r.method} ${path}${r.body === undefined ? "" : ` ${String(r.body)}`}`;
      lines.push(line);
      requests.push(r);
      const met = rig.meets(requests.length, r);
      if (met === null) return answer(r, line, s);
      if (met !== "never" && "reply" in met)
        return Promise.resolve({ status: 200, headers: [], body: encodeUtf8(JSON.stringify(met.reply)) });
      if (met !== "never") return Promise.resolve(met);
      return new Promise((resolve) => void s.onStop((why) => resolve(why)));
    },
    stream: () => Promise.resolve(fault("failed", "not used")),
  };
  const base = { scheme: "http", host, port: 80, path: "/", query: "", href: `http://${host}/` } as const;
  const { clock, log, scope } = world;
  const pass = secret("router password", "admin");
  const tree = testCommands();
  const spend: RouterDeps["spend"] = (approval, hash) => approval.planHash === hash;
  const router = makeRouter({
    http,
    base,
    user: "admin",
    pass,
    hosts: ["api.telegram.org"],
    tree,
    menus,
    ...(confirmMs === undefined ? {} : { confirmMs }),
    clock,
    log,
    scope,
    spend,
  });
  const run = async <T>(wait: Promise<T>): Promise<T> => {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    wait.then(mark, mark);
    for (let i = 0; i < 400 && !settled; i += 1) {
      await world.settle();
      if (!settled) await world.pass(1_000);
    }
    return wait;
  };
  const rig: Rig = { world, router, lines, requests, run, meets: () => null };
  return rig;
}

/** In front of the simulated router. `host` other than loopback makes it count as a real one. */
export function simRig(
  seed = 7,
  host = HOST,
  more: Partial<SimOptions> = {},
  menus: readonly string[] | null = null,
  confirmMs?: number,
): Rig & { sim: SimWorld } {
  const world = makeWorld(seed);
  const sim = makeSimRouter({
    tree: simCommands(),
    clock: world.clock,
    seed,
    user: "admin",
    password: "admin",
    ...more,
  });
  const answer = async (r: Request, _line: string, s: Scope): Wait<Response> => {
    const url = new URL(r.url);
    const reply = await sim.handler(s, {
      method: r.method,
      path: decodeURIComponent(url.pathname),
      query: url.search.slice(1),
      headers: r.headers,
      // Where the agent sits when the configuration decides who gets in.
      peer: more.reach === undefined ? "127.0.0.1" : "172.31.18.2",
      body: async () => encodeUtf8(String(r.body ?? "")),
    });
    if (isFault(reply) && s.stopped !== null)
      return fault("timeout", "The router did not answer in time.", { maybeDone: true });
    if (isFault(reply)) return fault("unreachable", "The connection was closed.", { maybeDone: true });
    if (!("body" in reply)) return fault("failed", "no plain reply");
    const body = typeof reply.body === "string" ? encodeUtf8(reply.body) : reply.body;
    return { status: reply.status, headers: reply.headers, body };
  };
  return Object.assign(makeRig(world, answer, host, menus, confirmMs), { sim: sim.world });
}

export type Scripted = { status: number; body: string } | Fault;

/** In front of replies by request line; a line without one is a 404. */
export function scriptedRig(replies: (line: string) => Scripted | undefined, host = "192.168.88.1"): Rig {
  const answer = async (_r: Request, line: string): Wait<Response> => {
    const made = replies(line) ?? { status: 404, body: '{"error":404,"message":"Not Found"}' };
    return isFault(made) ? made : { status: made.status, headers: [], body: encodeUtf8(made.body) };
  };
  return makeRig(makeWorld(), answer, host);
}

/** A 200 reply with a JSON value. */
export const json = (value: unknown, status = 200): Scripted => ({ status, body: JSON.stringify(value) });
