// What of a conversation fits into the next request. Old turns go first, then early steps
// of the running turn, then the length of its results. A call and its results never part.

import { HISTORY_BYTES_MAX, HISTORY_MESSAGES_MAX } from "../base/limits.ts";
import { cutBytes } from "../base/text.ts";
import { utf8Length } from "../base/utf8.ts";
import type { Message } from "../port/provider.ts";

/** Marks where something was left out. */
const CUT = "\n[… cut to fit]";

// A conversation is measured again with every turn; its messages never change.
const measured = new WeakMap<Message, number>();

function bytesOf(m: Message): number {
  const known = measured.get(m) ?? measure(m);
  measured.set(m, known);
  return known;
}

// Keys and quotes of a message in JSON come to about 40 bytes.
function measure(m: Message): number {
  if (m.role === "assistant") {
    let sum = 40;
    for (const p of m.parts) {
      if (p.kind === "text") sum += utf8Length(p.text);
      else if (p.kind === "call") sum += utf8Length(p.argsJson) + p.name.length + p.callId.length + 40;
      else sum += p.data.length;
    }
    return sum;
  }
  return utf8Length(m.text) + 40;
}

/** Steps: a user's message, or an answer of the model with the results of its calls. */
function stepsOf(messages: readonly Message[]): Message[][] {
  const steps: Message[][] = [];
  for (const m of messages) {
    const last = steps.at(-1);
    if (m.role === "tool" && last !== undefined) last.push(m);
    else steps.push([m]);
  }
  return steps;
}

function cutResults(step: readonly Message[], bytes: number): Message[] {
  const results = step.filter((m) => m.role === "tool").length;
  const each = Math.max(256, Math.floor(bytes / Math.max(1, results)));
  return step.map((m) => (m.role === "tool" ? { ...m, text: cutBytes(m.text, each, CUT) } : m));
}

interface Sum {
  bytes: number;
  count: number;
}

function sumOf(steps: ReadonlyArray<readonly Message[]>): Sum {
  const sum: Sum = { bytes: 0, count: 0 };
  for (const step of steps) {
    sum.count += step.length;
    for (const m of step) sum.bytes += bytesOf(m);
  }
  return sum;
}

function fits(sum: Sum): boolean {
  return sum.bytes <= HISTORY_BYTES_MAX && sum.count <= HISTORY_MESSAGES_MAX;
}

/** The newest part of the conversation within HISTORY_BYTES_MAX and HISTORY_MESSAGES_MAX. */
export function fitHistory(messages: readonly Message[]): readonly Message[] {
  let steps = stepsOf(messages);
  const sum = sumOf(steps);
  if (fits(sum)) return messages;
  const drop = (at: number): void => {
    const [gone] = steps.splice(at, 1);
    if (gone === undefined) return;
    const less = sumOf([gone]);
    sum.bytes -= less.bytes;
    sum.count -= less.count;
  };
  const isUser = (step: readonly Message[] | undefined): boolean => step?.[0]?.role === "user";
  // Whole old turns, each from its user's message to the next one's.
  while (!fits(sum) && steps.slice(1).some(isUser)) {
    drop(0);
    while (steps.length > 0 && !isUser(steps[0])) drop(0);
  }
  // Early steps of the running turn; its question and its last step stay.
  while (!fits(sum) && steps.length > 2) drop(isUser(steps[0]) ? 1 : 0);
  if (!fits(sum)) {
    const last = steps.at(-1) ?? [];
    const others = sum.bytes - sumOf([last.filter((m) => m.role === "tool")]).bytes;
    steps = [...steps.slice(0, -1), cutResults(last, HISTORY_BYTES_MAX - others - 1_024)];
  }
  return steps.flat();
}
