// What goes over the pipe of a skill's process: 4 bytes of length, most significant first, and
// UTF-8. The first message is a script from us, made here; it turns the two raw functions of the
// process into `call`, `log` and a clock of whole seconds, and runs the skill. After it, JSON.

import { concat, NO_BYTES } from "./bytes.ts";
import { fault, type Outcome } from "./fault.ts";
import { SKILL_HEAP_BYTES_MAX, SKILL_HEAP_BYTES_MIN, SKILL_MESSAGE_BYTES_MAX, SKILL_MS_MAX } from "./limits.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const HEAD_BYTES = 4;

// (source, input) => promise. Runs before the skill, so what it needs is taken before the skill can change it.
const BOOT = `(source, input) => {
  "use strict";
  const { send, receive, eval: run } = globalThis, { parse, stringify } = JSON;
  for (const name of ["send", "receive"]) delete globalThis[name];
  const Clock = Date, exact = Date.now, now = () => exact() - exact() % 1000;
  Clock.now = now;
  globalThis.Date = new Proxy(Clock, {
    construct: (target, args, made) => Reflect.construct(target, args.length > 0 ? args : [now()], made),
  });
  Clock.prototype.constructor = globalThis.Date;
  globalThis.input = input;
  globalThis.log = (text) => send(stringify({ log: String(text) }));
  globalThis.call = (capability, args = {}) => {
    send(stringify({ call: { capability: String(capability), args } }));
    const answer = parse(receive());
    if (typeof answer.error === "string") throw new Error(answer.error);
    return answer.result;
  };
  return Promise.resolve(run(source)).then((result) => send(stringify({ result: result ?? null })));
}`;

/** The first message: runs `source`, whose last value (or what it resolves to) is the skill's result. */
export function skillScript(source: string, input: unknown): string {
  return `(${BOOT})(${JSON.stringify(source)}, ${JSON.stringify(input ?? null)})`;
}

/** A message as it goes over the pipe; the fault `limit` when it is too large. */
export function skillMessage(text: string): Outcome<Uint8Array> {
  const body = encodeUtf8(text);
  const n = body.length;
  if (n > SKILL_MESSAGE_BYTES_MAX) return fault("limit", "A message to a skill is larger than it may be.");
  return concat([Uint8Array.of(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255), body]);
}

/** Takes bytes as they come, gives the messages that are whole. */
export function makeSkillReader(): (bytes: Uint8Array) => Outcome<string[]> {
  let rest: Uint8Array = NO_BYTES;
  return (bytes) => {
    rest = concat([rest, bytes]);
    const whole: string[] = [];
    while (rest.length >= HEAD_BYTES) {
      const [a = 0, b = 0, c = 0, d = 0] = rest;
      const end = HEAD_BYTES + a * 0x1000000 + b * 0x10000 + c * 0x100 + d;
      if (end > HEAD_BYTES + SKILL_MESSAGE_BYTES_MAX)
        return fault("limit", "A message of a skill is larger than it may be.");
      if (rest.length < end) break;
      whole.push(decodeUtf8(rest.subarray(HEAD_BYTES, end)));
      rest = rest.slice(end);
    }
    return whole;
  };
}

/** What a skill may take, of the fields of a SPAWN; null when it is not within the bounds. */
export function skillLimits(capMs: unknown, heapBytes: unknown): { capMs: number; heapBytes: number } | null {
  if (typeof capMs !== "number" || !Number.isInteger(capMs) || capMs < 1 || capMs > SKILL_MS_MAX) return null;
  if (typeof heapBytes !== "number" || !Number.isInteger(heapBytes)) return null;
  return heapBytes < SKILL_HEAP_BYTES_MIN || heapBytes > SKILL_HEAP_BYTES_MAX ? null : { capMs, heapBytes };
}
