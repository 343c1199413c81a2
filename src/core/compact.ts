// What is kept of the part of a conversation that does not fit any more: the owner's standing
// wishes and names, plans, events, promises, what was asked, and a model's summary where one
// was made. It stands before the first words that are left, as part of the person's message.

import { DIGEST_BYTES_MAX, DIGEST_LINE_UNITS_MAX, DIGEST_LINES_MAX } from "../base/limits-context.ts";
import { cutBytes, oneLine } from "../base/text.ts";
import type { Message } from "../port/provider.ts";
import { speaks, type Words } from "./words.ts";

type User = Extract<Message, { role: "user" }>;

const KINDS = ["wishes", "plans", "events", "promises", "asked", "steps"] as const;

export type Digest = { readonly [K in (typeof KINDS)[number]]: readonly string[] } & { readonly summary: string };

const TITLES: Readonly<Record<(typeof KINDS)[number], string>> = {
  wishes: "The person said, and it holds on",
  plans: "Plans that were open then",
  events: "What happened",
  promises: "You said",
  asked: "The person asked, among other things",
  steps: "Done already in this turn",
};

const NOTHING: Digest = { wishes: [], plans: [], events: [], promises: [], asked: [], steps: [], summary: "" };

// Only what is written so is known without a model: some languages' words for "always",
// "never", "from now on", "remember", "my name is", "is called".
const WISH: Words = [
  /\b(?:always|never|from now on|remember|don['\u2019]?t ever|prefer|call me|my name is|is called|belongs to|immer|nie|niemals|ab jetzt|ab sofort|merk|siempre|nunca|recuerda|toujours|jamais|nekad|atceries)\b/,
  "künftig|ich heiße|heißt|gehört|vienmēr|всегда|никогда|запомни|зовут|总是|永远|从不|不要再|记住|以后|我叫",
];
const PROMISE: Words = [
  /\bi['\u2019]ll\b|\bi will\b|\bich werde\b|\bwerde ich\b|\bremind you\b/,
  "я буду|я сделаю|я напомню|我会",
];

const EVENTS = /^\[Since your last answer:\n([\s\S]*?)\]\n\n/;

/** The message that a digest stands in → the digest, and the person's own words. */
const known = new WeakMap<Message, { digest: Digest; text: string }>();

/** The digest that stands before a message's words; null where there is none. */
export function digestIn(m: Message | undefined): Digest | null {
  return (m && known.get(m)?.digest) ?? null;
}

/** The message with its own words changed; a digest before them stays. */
export function changed(m: Message, change: (m: User) => Message): Message {
  if (m.role !== "user") return m;
  const before = known.get(m);
  if (before === undefined) return change(m);
  const words = change({ ...m, text: before.text });
  return words.role === "user" ? withDigest(words, before.digest) : words;
}

/** The message with a model's summary in its digest, where that is the one that was summed up. */
export function withSummary(m: Message, { of, text }: { readonly of: Digest; readonly text: string }): Message {
  return m.role === "user" && digestIn(m) === of ? withDigest(m, { ...of, summary: text }) : m;
}

/** A message with `digest` before its words, in place of an earlier one. */
export function withDigest(m: User, digest: Digest, max = DIGEST_BYTES_MAX): User {
  const text = known.get(m)?.text ?? m.text;
  const shown = { ...m, text: `${sayDigest(digest, max)}\n\n${text}` };
  known.set(shown, { digest, text });
  return shown;
}

function sayDigest(digest: Digest, max: number): string {
  const parts = KINDS.filter((kind) => digest[kind].length > 0).map(
    (kind) => `${TITLES[kind]}:\n${digest[kind].map((line) => `- ${line}`).join("\n")}`,
  );
  // A summary says the most, so it is cut last.
  const summary = digest.summary === "" ? [] : [digest.summary];
  const text = `[Earlier messages are left out here. What counts of them:\n${[...summary, ...parts].join("\n")}`;
  return `${cutBytes(text, max, "…")}]`;
}

const sentences = (text: string): string[] => text.split(/\n+|(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])/);

const line = (text: string): string => oneLine(text, DIGEST_LINE_UNITS_MAX);

/** The newest of both, each once. */
function join(older: readonly string[], newer: readonly string[]): readonly string[] {
  const fresh = newer.map(line).filter((text) => text !== "");
  return [...new Set([...older.filter((text) => !fresh.includes(text)), ...fresh])].slice(-DIGEST_LINES_MAX);
}

/** What was said in a message, without what stands before it. */
export function wordsOf(m: Message): string {
  if (m.role === "user") return known.get(m)?.text ?? m.text;
  if (m.role === "tool") return "";
  return m.parts.map((p) => (p.kind === "text" ? p.text : "")).join("");
}

/** What counts of messages that are left out; `plans` are those that are open now. */
export function digestOf(left: readonly Message[], plans: readonly string[]): Digest {
  let found = NOTHING;
  for (const m of left) {
    // The first one carries what is known of all before it.
    found = digestIn(m) ?? found;
    const words = wordsOf(m);
    if (m.role === "user") {
      const own = words.replace(EVENTS, "");
      const events = EVENTS.exec(words)?.[1]?.split("\n") ?? [];
      found = {
        ...found,
        wishes: join(
          found.wishes,
          sentences(own).filter((x) => speaks(x.toLowerCase(), WISH)),
        ),
        events: join(
          found.events,
          events.map((x) => x.replace(/^- /, "")),
        ),
        asked: join(found.asked, [own]),
        steps: [],
      };
    } else if (m.role === "assistant") {
      found = {
        ...found,
        promises: join(
          found.promises,
          sentences(words).filter((x) => speaks(x.toLowerCase(), PROMISE)),
        ),
      };
    }
  }
  return { ...found, plans: join([], plans) };
}

/** The digest with the calls of early steps of a turn that goes on. */
export function withSteps(digest: Digest | null, left: readonly Message[]): Digest {
  const calls = left.flatMap((m) => (m.role === "assistant" ? m.parts : []));
  const said = calls.flatMap((p) => (p.kind === "call" ? [`${p.name} ${p.argsJson}`] : []));
  const { steps, ...rest } = digest ?? NOTHING;
  return { ...rest, steps: join(steps, said) };
}
