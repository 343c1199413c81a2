// A Bot API server's side of the port Http, after the rules of
// https://core.telegram.org/bots/api#getupdates: an offset confirms what is below it. It can
// be told to misbehave.

import { isFault } from "../../src/base/fault.ts";
import type { Inbound, Sink } from "../../src/port/channel.ts";
import { type Asked, type FakeHttp, jsonScript, makeFakeHttp, type Script } from "./fake-http.ts";
import type { World } from "./virtual.ts";

export const TOKEN = "123456:TEST-token_abcdefghijklmnopqrstuv";

export interface FakeTelegram {
  readonly http: FakeHttp;
  /** Updates not confirmed yet. */
  readonly queue: Array<{ update_id: number } & Record<string, unknown>>;
  add(update: Record<string, unknown>): number;
  /** The next calls of `method` get these answers instead, in turn. */
  instead(method: string, ...scripts: Script[]): void;
  /** Calls of a method so far, with their parsed bodies. */
  calls(method: string): Array<{ atMs: number; params: Record<string, unknown> }>;
  /** A server that answers polls at once, whatever timeout is asked for. */
  hasty: boolean;
}

/** How long the fake holds a poll without updates. */
const HOLD_MS = 5_000;

function methodOf(asked: Asked): string {
  return asked.target?.slice(asked.target.lastIndexOf("/") + 1) ?? "";
}

export function makeFakeTelegram(world: World): FakeTelegram {
  const queue: FakeTelegram["queue"] = [];
  const stubs = new Map<string, Script[]>();
  let nextId = 1_000;
  let messageId = 5_000;
  const ok = (result: unknown): Script => jsonScript({ ok: true, result });

  const poll = (params: { offset?: number; timeout: number; limit: number }): Script => {
    const { offset = 0 } = params;
    while (queue[0] !== undefined && queue[0].update_id < offset) queue.shift();
    const script = ok(queue.slice(0, params.limit));
    return queue.length > 0 || self.hasty || params.timeout === 0 ? script : { ...script, firstMs: HOLD_MS };
  };
  const answer = (asked: Asked): Script => {
    const method = methodOf(asked);
    const stub = stubs.get(method)?.shift();
    if (stub !== undefined) return stub;
    const params = JSON.parse(asked.body);
    if (method === "getUpdates") return poll(params);
    if (method === "getMe") return ok({ id: 123_456, is_bot: true, first_name: "Claw", username: "ClawBot" });
    if (method !== "sendMessage") return ok(true);
    messageId += 1;
    return ok({ message_id: messageId, date: 1, chat: { id: params.chat_id } });
  };
  const http = makeFakeHttp(world.clock, answer);
  const self: FakeTelegram = {
    http,
    queue,
    hasty: false,
    add(update) {
      nextId += 1;
      queue.push({ update_id: nextId, ...update });
      return nextId;
    },
    instead: (method, ...scripts) => void stubs.set(method, [...(stubs.get(method) ?? []), ...scripts]),
    calls: (method) =>
      http.asked.filter((a) => methodOf(a) === method).map((a) => ({ atMs: a.atMs, params: JSON.parse(a.body) })),
  };
  return self;
}

/** A private text message. */
export function textMessage(text: string, id: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  const person = { id: 42, is_bot: false, first_name: "Ada", username: "ada" };
  return {
    message: { message_id: id, date: 1_750_000_000, chat: { id: 42, type: "private" }, from: person, text, ...more },
  };
}

/** An error answer as Telegram writes it. */
export function telegramError(code: number, description: string, parameters?: Record<string, unknown>): Script {
  return jsonScript(
    { ok: false, error_code: code, description, ...(parameters === undefined ? {} : { parameters }) },
    code,
  );
}

export interface FakeSink extends Sink {
  readonly got: Inbound[];
  /** Settles the n-th message taken. */
  settle(n: number, how?: "refused"): void;
  close(): void;
  /** What the next accepts answer instead. */
  readonly faults: unknown[];
}

/** A core that records what it is given and settles when told. */
export function makeFakeSink(): FakeSink {
  const got: Inbound[] = [];
  const settles: Array<(how: void | "refused") => void> = [];
  const tells = new Set<() => void>();
  const faults: unknown[] = [];
  return {
    got,
    faults,
    onClose(tell) {
      tells.add(tell);
      return () => void tells.delete(tell);
    },
    async accept(_, m) {
      const bad = faults.shift();
      if (isFault(bad)) return bad;
      got.push(m);
      return { settled: new Promise<void | "refused">((resolve) => settles.push(resolve)) };
    },
    settle: (n, how) => settles[n]?.(how),
    close() {
      for (const tell of [...tells]) tell();
    },
  };
}
