// A Telegram Bot API server: long polls with real offset and timeout rules, messages,
// buttons, and the troubles of the real one on demand. core.telegram.org/bots/api.

import { fault, isFault, type Wait } from "../../../src/base/fault.ts";
import { parseJson } from "../../../src/base/json.ts";
import { orStop, type Scope, withScope } from "../../../src/base/scope.ts";
import { parseQuery } from "../../../src/base/url.ts";
import { decodeUtf8 } from "../../../src/base/utf8.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import type { Host } from "../../../src/port/host.ts";
import type { Incoming, Reply } from "../../../src/port/http.ts";
import { json, type Peer, type PeerOptions, startPeer } from "./peer.ts";
import { type Params, runMethod, type TgReply } from "./telegram-methods.ts";
import { makeTgState, type TgState, type TgUpdate } from "./telegram-state.ts";

/** How a call goes wrong instead of being done. "lost": it is done and the connection breaks before the reply. */
export type Trouble =
  | { kind: "limit"; retryAfterS: number }
  | { kind: "error"; code: number; description: string }
  | { kind: "html" }
  | { kind: "hang" }
  | { kind: "lost" };

/** One call of the bot. */
export interface TgCall {
  n: number;
  method: string;
  params: Params;
  atMs: number;
}

export interface TelegramOptions extends PeerOptions {
  token: string;
  /** Default 1,000. */
  firstUpdate?: number;
  trouble?: (call: TgCall) => Trouble | null;
}

export interface TelegramServer extends Peer {
  readonly state: TgState;
  readonly calls: readonly TgCall[];
  /** For the bot's configuration. */
  readonly baseUrl: string;
  /** Hands a confirmed update out again, as after a failure of the service. */
  redeliver(update: TgUpdate): void;
}

/** Seconds; larger ones are clamped. */
const TIMEOUT_MAX_S = 50;
const OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";

async function paramsOf(s: Scope, r: Incoming): Wait<Params> {
  const query = parseQuery(r.query);
  if (isFault(query)) return query;
  const bytes = await r.body(s, 1_048_576);
  if (isFault(bytes)) return bytes;
  const text = decodeUtf8(bytes);
  const fromQuery = Object.fromEntries(query);
  if (text === "") return fromQuery;
  const type = r.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1];
  if (String(type ?? "").startsWith("application/json")) {
    const body = parseJson(text);
    return isFault(body) ? body : { ...fromQuery, ...(body as object) };
  }
  const form = parseQuery(text.replaceAll("+", " "));
  return isFault(form) ? form : { ...fromQuery, ...Object.fromEntries(form) };
}

function replyOf(reply: TgReply): Reply {
  if ("result" in reply) return json(200, { ok: true, result: reply.result });
  const { code, description, retryAfterS } = reply;
  const parameters = retryAfterS === undefined ? {} : { parameters: { retry_after: retryAfterS } };
  return json(code, { ok: false, error_code: code, description, ...parameters });
}

interface Asked {
  offset: number;
  limit: number;
  timeoutS: number;
}

/** Resolves at the next update, or when another poll ends this one by calling `keep`'s function. */
function nextUpdate(s: Scope, state: TgState, keep: (end: () => void) => void): Wait<undefined> {
  const woken = new Promise<undefined>((resolve) => {
    const wake = (): void => {
      state.wakers.delete(wake);
      resolve(undefined);
    };
    state.wakers.add(wake);
    keep(wake);
  });
  return orStop(s, woken);
}

/** getUpdates. The rules for repeated offsets are those of the server's source (Client.cpp, process_get_updates_query). */
function makePoll(state: TgState, host: Host): (s: Scope, params: Params) => Wait<TgReply> {
  let current = 0;
  let endCurrent: (() => void) | null = null;
  let lastOffset = 0;
  let lastMs = -Infinity;
  const asked = (params: Params): Asked => {
    const offset = Number(params["offset"] ?? 0);
    const limit = Math.min(100, Math.max(1, Number(params["limit"] ?? 100)));
    const timeoutS = Math.min(TIMEOUT_MAX_S, Math.max(0, Number(params["timeout"] ?? 0)));
    const nowMs = host.clock.monoMs();
    const sinceMs = offset === lastOffset ? nowMs - lastMs : Infinity;
    lastOffset = offset;
    lastMs = nowMs;
    return { offset, limit: sinceMs < 500 ? 1 : limit, timeoutS: sinceMs < 3_000 ? Math.max(3, timeoutS) : timeoutS };
  };
  const keep = (end: () => void): void => {
    endCurrent = end;
  };
  return async (s, params) => {
    const { offset, limit, timeoutS } = asked(params);
    current += 1;
    const mine = current;
    endCurrent?.();
    endCurrent = null;
    if (offset !== 0) state.confirm(offset);
    if (state.queue.length === 0 && timeoutS > 0) {
      const waited = await withScope(s, timeoutS * 1000, (inner) => nextUpdate(inner, state, keep));
      if (isFault(waited) && waited.fault !== "timeout") return waited;
    }
    if (mine !== current) return { code: 409, description: OTHER_POLL };
    endCurrent = null;
    return { result: state.queue.slice(0, limit) };
  };
}

async function inTrouble(
  s: Scope,
  w: World,
  host: Host,
  name: string,
  trouble: Trouble,
  act: () => Wait<TgReply>,
): Wait<Reply> {
  switch (trouble.kind) {
    case "limit": {
      const description = `Too Many Requests: retry after ${trouble.retryAfterS}`;
      return replyOf({ code: 429, description, retryAfterS: trouble.retryAfterS });
    }
    case "error":
      return replyOf({ code: trouble.code, description: trouble.description });
    case "html":
      return { status: 502, headers: [["content-type", "text/html"]], body: "<html><h1>502 Bad Gateway</h1></html>" };
    case "hang": {
      const slept = await host.clock.sleep(s, 86_400_000);
      return isFault(slept) ? slept : fault("timeout", "Hung on demand.");
    }
    default: {
      await act();
      w.net.reset(name, "*");
      return fault("unreachable", "Lost on demand.");
    }
  }
}

/** Serves one bot. */
export function telegramServer(w: World, options: TelegramOptions): TelegramServer {
  const bot = { id: 777_000_111, is_bot: true, first_name: "Mikro", username: "mikro_test_bot" };
  const state = makeTgState(bot, options.firstUpdate ?? 1_000);
  const calls: TgCall[] = [];
  const prefix = `/bot${options.token}/`;
  const peer = startPeer(w, options, (host) => {
    const poll = makePoll(state, host);
    return async (s, r) => {
      if (!r.path.startsWith(prefix)) return replyOf({ code: 401, description: "Unauthorized" });
      const method = r.path.slice(prefix.length);
      const params = await paramsOf(s, r);
      if (isFault(params)) return replyOf({ code: 400, description: "Bad Request: can't parse the request" });
      const call: TgCall = { n: calls.length + 1, method, params, atMs: w.nowMs() };
      calls.push(call);
      const act = async (): Wait<TgReply> =>
        method.toLowerCase() === "getupdates" ? poll(s, params) : runMethod(state, method, params, host.clock.wallMs());
      const trouble = options.trouble?.(call) ?? null;
      if (trouble !== null) return inTrouble(s, w, host, options.name, trouble, act);
      const reply = await act();
      return isFault(reply) ? reply : replyOf(reply);
    };
  });
  return {
    ...peer,
    state,
    calls,
    baseUrl: `${options.tls === true ? "https" : "http"}://${options.name}:${options.port}`,
    redeliver(update) {
      state.queue = [update, ...state.queue.filter((u) => u.update_id !== update.update_id)];
      for (const wake of [...state.wakers]) wake();
    },
  };
}
