// Events of OpenAI's Responses API, or one whole response, to an answer
// (https://platform.openai.com/docs/api-reference/responses-streaming). The status is 200 even
// for what failed; only the last event says how it ended.

import { type Fault, fault } from "../../base/fault.ts";
import type { Ask, Delta } from "../../port/provider.ts";
import type { Assembler } from "./dialect.ts";
import { type CallBlock, type Draft, makeDraft } from "./draft.ts";
import { errorFault, isErrorValue, type Peer } from "./errors.ts";
import { count, type Fields, fieldsAt, isRecord, recordsAt, textAt } from "./values.ts";

interface State {
  readonly draft: Draft;
  readonly peer: Peer;
  /** Calls by item id and by place in the output: services leave out the one or the other. */
  readonly calls: Map<string, CallBlock>;
  readonly finished: Set<string>;
}

/** Puts one answer together; reasoning goes into parts of `tag`. */
export function makeResponseReader(ask: Ask, peer: Peer, tag: string, onDelta: (d: Delta) => void): Assembler {
  const draft = makeDraft(ask, peer.service, tag, onDelta);
  const st: State = { draft, peer, calls: new Map(), finished: new Set() };
  return {
    add(value, event) {
      const type = isRecord(value) ? textAt(value, "type") || event : "";
      if (type === "error" || isErrorValue(value, type !== "" || isResponse(value)))
        return errorFault(peer, 200, value);
      if (!isRecord(value)) return;
      const bad = isResponse(value) ? addEnd(st, value) : addEvent(st, type, value);
      return bad ?? draft.bounds();
    },
    // Without one of its last events the response is not whole, whatever mark follows.
    done: () => undefined,
    get ended() {
      return draft.stop !== "";
    },
    answer: () => draft.answer(),
  };
}

function isResponse(value: unknown): value is Fields {
  return isRecord(value) && (value["object"] === "response" || Array.isArray(value["output"]));
}

function addEvent(st: State, type: string, value: Fields): Fault | null {
  const { draft } = st;
  switch (type) {
    case "response.output_text.delta":
      draft.sawAny = true;
      draft.text(textAt(value, "delta"));
      return null;
    case "response.refusal.delta":
      draft.sawAny = true;
      draft.refusal += textAt(value, "delta");
      draft.grew(textAt(value, "delta").length);
      return null;
    case "response.output_item.added":
      addItem(st, placeOf(value), fieldsAt(value, "item"), false);
      return null;
    case "response.function_call_arguments.delta":
      addArguments(st, value);
      return null;
    case "response.function_call_arguments.done": {
      const call = st.calls.get(placeOf(value)) ?? st.calls.get(textAt(value, "item_id"));
      if (call !== undefined && typeof value["arguments"] === "string") call.args = value["arguments"];
      return null;
    }
    case "response.output_item.done":
      addItem(st, placeOf(value), fieldsAt(value, "item"), true);
      return null;
    case "response.completed":
    case "response.incomplete":
    case "response.failed":
      return addEnd(st, { status: type.slice("response.".length), ...fieldsAt(value, "response") });
    default:
      return null;
  }
}

/** Where an event belongs: its place in the output, or its item's id. */
function placeOf(value: Fields): string {
  const index = value["output_index"];
  return typeof index === "number" ? `#${index}` : textAt(value, "item_id") || textAt(fieldsAt(value, "item"), "id");
}

function addArguments(st: State, value: Fields): void {
  const call = st.calls.get(placeOf(value)) ?? st.calls.get(textAt(value, "item_id"));
  const piece = textAt(value, "delta");
  if (call === undefined) return;
  call.args += piece;
  st.draft.grew(piece.length);
}

/** One item of the output, when it begins and when it is whole. */
function addItem(st: State, place: string, item: Fields, isWhole: boolean): void {
  const { draft } = st;
  draft.sawAny = true;
  const type = textAt(item, "type");
  if (isWhole) st.finished.add(place);
  if (type === "function_call") return addCall(st, place, item);
  if (!isWhole) return;
  // Only encrypted reasoning can go back: the service keeps nothing for us.
  const sealed = textAt(item, "encrypted_content");
  if (type === "reasoning" && sealed !== "") {
    const data = { type, id: textAt(item, "id"), summary: item["summary"] ?? [], encrypted_content: sealed };
    draft.grew(sealed.length);
    draft.hidden(data);
  } else if (type === "message") addMessage(draft, item);
}

function addCall(st: State, place: string, item: Fields): void {
  const known = st.calls.get(place) ?? st.calls.get(textAt(item, "id") || place);
  const args = textAt(item, "arguments");
  if (known !== undefined) {
    // The whole item repeats what came in pieces.
    if (args !== "") known.args = args;
    if (known.id === "") known.id = textAt(item, "call_id");
    if (known.name === "") known.name = textAt(item, "name");
    return;
  }
  const call = st.draft.call(textAt(item, "call_id") || textAt(item, "id"), textAt(item, "name"), args);
  st.calls.set(place, call);
  if (textAt(item, "id") !== "") st.calls.set(textAt(item, "id"), call);
}

/** Text of a whole message that did not come in pieces before. */
function addMessage(draft: Draft, item: Fields): void {
  const content = recordsAt(item, "content");
  const whole = content.map((c) => (c["type"] === "output_text" ? textAt(c, "text") : "")).join("");
  if (draft.texts === "") draft.text(whole);
  const refusal = content.map((c) => (c["type"] === "refusal" ? textAt(c, "refusal") : "")).join("");
  if (draft.refusal === "") draft.refusal = refusal;
}

function addEnd(st: State, response: Fields): Fault | null {
  const { draft, peer } = st;
  addUsage(draft, response["usage"]);
  const status = textAt(response, "status");
  if (status === "failed" || status === "cancelled") {
    const said = isRecord(response["error"]) ? response["error"] : { message: `The response is ${status}.` };
    return errorFault(peer, 200, { error: said });
  }
  if (status === "queued" || status === "in_progress") {
    return fault("failed", `${peer.service} answered before the response was done.`, { code: "model_truncated" });
  }
  // Only the last event of some services holds the output.
  recordsAt(response, "output").forEach((item, i) => {
    if (!st.finished.has(`#${i}`) && !st.finished.has(textAt(item, "id"))) addItem(st, `#${i}`, item, true);
  });
  if (Array.isArray(response["output"])) draft.sawAny = true;
  draft.stop = "end";
  if (status === "incomplete") {
    const reason = textAt(fieldsAt(response, "incomplete_details"), "reason");
    draft.stop = reason === "content_filter" ? "refused" : "length";
  }
  if (draft.refusal !== "") draft.stop = "refused";
  return null;
}

function addUsage(draft: Draft, usage: unknown): void {
  if (!isRecord(usage)) return;
  draft.usage = {
    inTokens: count(usage["input_tokens"]) ?? draft.usage.inTokens,
    outTokens: count(usage["output_tokens"]) ?? draft.usage.outTokens,
    cachedTokens: count(fieldsAt(usage, "input_tokens_details")["cached_tokens"]) ?? draft.usage.cachedTokens,
  };
}
