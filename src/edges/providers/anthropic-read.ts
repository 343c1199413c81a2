// Events of Anthropic's Messages API, or one whole message, to an answer
// (https://platform.claude.com/docs/en/build-with-claude/streaming). Unknown events and
// deltas are skipped, as the documentation asks for.

import type { Ask, Delta } from "../../port/provider.ts";
import type { Assembler } from "./dialect.ts";
import { type CallBlock, type Draft, makeDraft } from "./draft.ts";
import { errorFault, isErrorValue, type Peer } from "./errors.ts";
import { count, type Fields, fieldsAt, isRecord, recordsAt, textAt } from "./values.ts";

/** A block that is under way. */
type Open = { kind: "text" } | { kind: "call"; block: CallBlock; start: string } | { kind: "hidden"; data: Fields };

interface State {
  readonly draft: Draft;
  readonly open: Map<number, Open>;
  readonly counts: Map<string, number>;
  last: number;
}

/** Puts one answer together; thinking goes into parts of `tag`. */
export function makeMessagesReader(ask: Ask, peer: Peer, tag: string, onDelta: (d: Delta) => void): Assembler {
  const draft = makeDraft(ask, peer.service, tag, onDelta);
  const st: State = { draft, open: new Map(), counts: new Map(), last: 0 };
  return {
    add(value, event) {
      if (isErrorValue(value, isRecord(value) && value["type"] !== undefined)) return errorFault(peer, 200, value);
      if (isRecord(value)) addEvent(st, textAt(value, "type") || event, value);
      return draft.bounds();
    },
    done() {
      if (draft.stop === "") draft.stop = "end";
    },
    get ended() {
      return draft.stop !== "";
    },
    answer() {
      for (const open of st.open.values()) closeBlock(open);
      return draft.answer();
    },
  };
}

function addEvent(st: State, type: string, value: Fields): void {
  const { draft } = st;
  if (type === "message" || type === "message_start") {
    // A whole message has the form of the one that a stream starts with.
    const message = type === "message" ? value : fieldsAt(value, "message");
    draft.sawAny = true;
    addUsage(st, message["usage"]);
    for (const [i, block] of recordsAt(message, "content").entries()) startBlock(st, i, block);
    addStop(draft, message);
  } else if (type === "content_block_start") {
    startBlock(st, indexOf(st, value), fieldsAt(value, "content_block"));
  } else if (type === "content_block_delta") {
    addDelta(st, indexOf(st, value), fieldsAt(value, "delta"));
  } else if (type === "message_delta") {
    addUsage(st, value["usage"]);
    addStop(draft, fieldsAt(value, "delta"));
  } else if (type === "message_stop" && draft.stop === "") {
    draft.stop = "end";
  }
}

function indexOf(st: State, value: Fields): number {
  const index = value["index"];
  if (typeof index === "number") st.last = index;
  return st.last;
}

function startBlock(st: State, index: number, block: Fields): void {
  const { draft } = st;
  draft.sawAny = true;
  const type = textAt(block, "type");
  if (type === "text") {
    st.open.set(index, { kind: "text" });
    draft.text(textAt(block, "text"));
  } else if (type === "tool_use") {
    // The input comes in deltas; only some compatible servers send it here at once.
    const input = block["input"];
    const start = isRecord(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : "";
    const call = draft.call(textAt(block, "id"), textAt(block, "name"), "");
    draft.grew(start.length);
    st.open.set(index, { kind: "call", block: call, start });
  } else if (type === "thinking" || type === "redacted_thinking") {
    const data = { ...block };
    draft.grew(JSON.stringify(data).length);
    draft.hidden(data);
    st.open.set(index, { kind: "hidden", data });
  } else {
    st.open.delete(index);
  }
}

function addDelta(st: State, index: number, delta: Fields): void {
  const { draft } = st;
  const open = st.open.get(index);
  const type = textAt(delta, "type");
  if (type === "text_delta" && open?.kind !== "call") draft.text(textAt(delta, "text"));
  if (open?.kind === "call" && type === "input_json_delta") {
    const piece = textAt(delta, "partial_json");
    open.block.args += piece;
    draft.grew(piece.length);
  }
  if (open?.kind !== "hidden") return;
  for (const [key, of] of [
    ["thinking", "thinking_delta"],
    ["signature", "signature_delta"],
  ] as const) {
    if (type !== of) continue;
    const piece = textAt(delta, key);
    open.data[key] = textAt(open.data, key) + piece;
    draft.grew(piece.length);
  }
}

function closeBlock(open: Open): void {
  if (open.kind === "call" && open.block.args.trim() === "") open.block.args = open.start;
}

/** Counts are cumulative, and one that does not come again still holds. */
function addUsage(st: State, usage: unknown): void {
  if (!isRecord(usage)) return;
  const seen = (key: string): number => {
    const now = count(usage[key]) ?? st.counts.get(key) ?? 0;
    st.counts.set(key, now);
    return now;
  };
  const cachedTokens = seen("cache_read_input_tokens");
  // `input_tokens` is what no cache gave or took.
  const inTokens = seen("input_tokens") + seen("cache_creation_input_tokens") + cachedTokens;
  st.draft.usage = { inTokens, outTokens: seen("output_tokens"), cachedTokens };
}

function addStop(draft: Draft, from: Fields): void {
  const reason = textAt(from, "stop_reason");
  if (reason === "") return;
  draft.stop = "end";
  if (reason === "max_tokens" || reason === "model_context_window_exceeded") draft.stop = "length";
  if (reason === "refusal") draft.stop = "refused";
}
