// The answer of a dialect whose replies are lists of blocks: texts, calls and hidden parts in
// their order. Bounds, ids of calls and the rule that nothing half is run are the same for
// all of them.

import type { Outcome } from "../../base/fault.ts";
import { ANSWER_BYTES_MAX, MODEL_CALLS_MAX } from "../../base/limits.ts";
import type { Answer, Ask, Delta, Part, Usage } from "../../port/provider.ts";
import { cutOff, tooLong, tooManyCalls, withoutContent } from "./dialect.ts";
import { usedIds } from "./history.ts";
import { withIds } from "./openai-calls.ts";
import { type Fields, isObjectText, parseObject, wellFormed } from "./values.ts";
import { makeVisibleText, type VisibleText } from "./visible-text.ts";

export interface CallBlock {
  readonly kind: "call";
  id: string;
  name: string;
  args: string;
}

type Block =
  | { readonly kind: "text"; readonly text: VisibleText }
  | CallBlock
  | { kind: "hidden"; readonly data: Fields };

export interface Draft {
  /** Text for the person, joined to the text before it when nothing came between. */
  text(piece: string): void;
  call(id: string, name: string, args: string): CallBlock;
  /** A part that goes back to the service unchanged. `data` may still grow. */
  hidden(data: Fields): void;
  /** More units came in than `text` counted. */
  grew(units: number): void;
  usage: Usage;
  /** Why it ended; "" while the end was not seen. */
  stop: "" | "end" | "length" | "refused";
  /** The service's words for a refusal, shown when there is no text. */
  refusal: string;
  /** Something of an answer was seen. */
  sawAny: boolean;
  readonly texts: string;
  readonly calls: number;
  /** The fault of a bound that is passed. */
  bounds(): Outcome<void>;
  answer(): Outcome<Answer>;
}

/** An empty draft. `tag` names who may have the hidden parts back. */
export function makeDraft(ask: Ask, service: string, tag: string, onDelta: (d: Delta) => void): Draft {
  const blocks: Block[] = [];
  let size = 0;
  const draft: Draft = {
    usage: { inTokens: 0, outTokens: 0, cachedTokens: 0 },
    stop: "",
    refusal: "",
    sawAny: false,
    get texts() {
      return blocks.map((b) => (b.kind === "text" ? b.text.text : "")).join("");
    },
    get calls() {
      return blocks.filter((b) => b.kind === "call").length;
    },
    text(piece) {
      if (piece === "") return;
      size += piece.length;
      let last = blocks.at(-1);
      if (last?.kind !== "text") {
        last = { kind: "text", text: makeVisibleText((text) => onDelta({ kind: "text", text })) };
        blocks.push(last);
      }
      last.text.push(piece);
    },
    call(id, name, args) {
      size += name.length + args.length;
      const block: CallBlock = { kind: "call", id, name, args };
      blocks.push(block);
      return block;
    },
    hidden: (data) => void blocks.push({ kind: "hidden", data }),
    grew(units) {
      size += units;
    },
    bounds() {
      if (size > ANSWER_BYTES_MAX) return tooLong(service);
      if (draft.calls > MODEL_CALLS_MAX) return tooManyCalls(service);
    },
    answer() {
      if (draft.stop === "") return cutOff(service);
      if (!draft.sawAny) return withoutContent(service);
      return finish(draft, blocks, usedIds(ask), tag, onDelta);
    },
  };
  return draft;
}

function finish(
  draft: Draft,
  blocks: readonly Block[],
  used: ReadonlySet<string>,
  tag: string,
  onDelta: (d: Delta) => void,
): Answer {
  for (const block of blocks) if (block.kind === "text") block.text.end();
  const raw = blocks.filter((b) => b.kind === "call");
  const found = isRun(draft, raw) ? withIds(raw, used) : [];
  for (const c of found) onDelta({ kind: "call", callId: c.callId, name: c.name });
  const refusal = draft.texts === "" ? wellFormed(draft.refusal) : "";
  if (refusal !== "") onDelta({ kind: "text", text: refusal });
  const parts = blocks.flatMap((block): Part[] => {
    if (block.kind === "text") return textPart(block.text.text);
    if (block.kind === "hidden") return [{ kind: "opaque", provider: tag, data: JSON.stringify(block.data) }];
    const call = found[raw.indexOf(block)];
    return call === undefined ? [] : [{ kind: "call", ...call, argsJson: wellFormed(call.argsJson) }];
  });
  parts.push(...textPart(refusal));
  // Reasoning alone is no answer, and services refuse a message of nothing else.
  const says = parts.some((p) => p.kind !== "opaque");
  return { parts: says ? parts : [], stop: stopOf(draft, found.length > 0), usage: draft.usage };
}

function textPart(text: string): Part[] {
  return text === "" ? [] : [{ kind: "text", text }];
}

// Cut at the token limit: a batch of calls that the model did not finish is not run in part.
function isRun({ stop }: Draft, calls: readonly CallBlock[]): boolean {
  if (stop !== "length") return stop !== "refused";
  return calls.every((c) => (c.args.trim() === "" || isObjectText(c.args)) && c.name !== "");
}

function stopOf({ stop }: Draft, hasCalls: boolean): Answer["stop"] {
  if (stop === "refused") return "refused";
  if (hasCalls) return "tools";
  return stop === "length" ? "length" : "end";
}

/** The hidden part's data when it is `tag`'s, else null. */
export function hiddenOf(part: Part, tag: string): Fields | null {
  return part.kind === "opaque" && part.provider === tag ? parseObject(part.data) : null;
}
