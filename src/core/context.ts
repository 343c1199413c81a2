// What of a conversation fits into the next request. Old turns go first, several at a time, then
// early steps of the running turn, then the length of its results. A call and its results never
// part.

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

interface Size {
  bytes: number;
  count: number;
}

/** How many messages these are, and about how many bytes of JSON. */
export function sizeOf(messages: readonly Message[]): Size {
  let bytes = 0;
  for (const m of messages) bytes += bytesOf(m);
  return { bytes, count: messages.length };
}

// A service finds in its cache what begins as the last request did. A conversation that lost its
// oldest turn with each new one would begin anew every time, so a quarter goes at once.
const LEFT = 0.75;

/** The newest part of the conversation within `bytesMax` and HISTORY_MESSAGES_MAX. */
export function fitHistory(messages: readonly Message[], bytesMax = HISTORY_BYTES_MAX): readonly Message[] {
  const size = sizeOf(messages);
  const fits = ({ bytes, count }: Size, share = 1): boolean =>
    bytes <= bytesMax * share && count <= HISTORY_MESSAGES_MAX * share;
  if (fits(size)) return messages;
  let steps = stepsOf(messages);
  const drop = (at: number): void => {
    const [gone = []] = steps.splice(at, 1);
    const less = sizeOf(gone);
    size.bytes -= less.bytes;
    size.count -= less.count;
  };
  const isUser = (step: readonly Message[] | undefined): boolean => step?.[0]?.role === "user";
  // Whole old turns, each from its user's message to the next one's.
  while (!fits(size, LEFT) && steps.slice(1).some(isUser)) {
    drop(0);
    while (steps.length > 0 && !isUser(steps[0])) drop(0);
  }
  // Early steps of the running turn; its question and its last step stay.
  while (!fits(size) && steps.length > 2) drop(isUser(steps[0]) ? 1 : 0);
  if (!fits(size)) {
    const last = steps.at(-1) ?? [];
    const others = size.bytes - sizeOf(last.filter((m) => m.role === "tool")).bytes;
    steps = [...steps.slice(0, -1), cutResults(last, bytesMax - others - 1_024)];
  }
  return steps.flat();
}
