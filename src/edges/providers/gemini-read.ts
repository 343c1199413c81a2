// Chunks of Gemini's answer, or one whole one, to an Answer. Calls arrive whole and end with
// "STOP" like text does; what is signed is kept as it came
// (https://ai.google.dev/api/generate-content#generatecontentresponse).

import { type Fault, fault } from "../../base/fault.ts";
import type { Ask, Delta } from "../../port/provider.ts";
import type { Assembler } from "./dialect.ts";
import { type Draft, makeDraft } from "./draft.ts";
import { brokenCallRule } from "./error-rules.ts";
import { errorFault, isErrorValue, type Peer } from "./errors.ts";
import { argsText, count, type Fields, fieldsAt, isRecord, recordsAt, textAt } from "./values.ts";

const REFUSED: ReadonlySet<string> = new Set([
  "SAFETY",
  "RECITATION",
  "LANGUAGE",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "IMAGE_SAFETY",
]);
const BROKEN_CALL: ReadonlySet<string> = new Set([
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
]);

/** Puts one answer together; signatures go into parts of `tag`. */
export function makeGenerateReader(ask: Ask, peer: Peer, tag: string, onDelta: (d: Delta) => void): Assembler {
  const draft = makeDraft(ask, peer.service, tag, onDelta);
  const add = (value: unknown): Fault | null => {
    if (isErrorValue(value, isRecord(value) && isOwn(value))) return errorFault(peer, 200, value);
    return isRecord(value) ? addChunk(draft, peer, value) : null;
  };
  return {
    add(value) {
      // Without `alt=sse` the stream is one list of chunks.
      for (const chunk of Array.isArray(value) ? value : [value]) {
        const bad = add(chunk);
        if (bad !== null) return bad;
      }
      return draft.bounds();
    },
    // A whole reply, or a mark that only compatible servers send.
    done() {
      if (draft.stop === "" && draft.sawAny) draft.stop = "end";
    },
    get ended() {
      return draft.stop !== "";
    },
    answer: () => draft.answer(),
  };
}

function isOwn(value: Fields): boolean {
  return ["candidates", "promptFeedback", "usageMetadata"].some((key) => value[key] !== undefined);
}

function addChunk(draft: Draft, peer: Peer, chunk: Fields): Fault | null {
  addUsage(draft, chunk["usageMetadata"]);
  const blocked = textAt(fieldsAt(chunk, "promptFeedback"), "blockReason");
  if (blocked !== "" && blocked !== "BLOCK_REASON_UNSPECIFIED") {
    draft.sawAny = true;
    draft.stop = "refused";
  }
  // Others than the first are alternatives that nobody asked for.
  const candidate = recordsAt(chunk, "candidates").find((c) => (c["index"] ?? 0) === 0);
  if (candidate === undefined) return null;
  draft.sawAny = true;
  for (const part of recordsAt(fieldsAt(candidate, "content"), "parts")) addPart(draft, part);
  return addFinish(draft, peer, candidate);
}

function addPart(draft: Draft, part: Fields): void {
  const signature = textAt(part, "thoughtSignature");
  draft.grew(signature.length);
  const call = part["functionCall"];
  if (isRecord(call)) {
    addCall(draft, call, signature);
  } else if (part["thought"] === true || textAt(part, "text") === "") {
    // Summaries of thoughts are not for the person; only a signed part has to go back.
    if (signature !== "") draft.hidden({ part });
  } else {
    if (signature !== "") draft.hidden({ thoughtSignature: signature });
    draft.text(textAt(part, "text"));
  }
}

function addCall(draft: Draft, call: Fields, signature: string): void {
  const id = textAt(call, "id");
  const came = { ...(signature === "" ? {} : { thoughtSignature: signature }), ...(id === "" ? {} : { id }) };
  if (Object.keys(came).length > 0) draft.hidden(came);
  draft.call(id, textAt(call, "name"), argsText(call["args"]));
}

function addFinish(draft: Draft, peer: Peer, candidate: Fields): Fault | null {
  const reason = textAt(candidate, "finishReason");
  if (reason === "" || reason === "FINISH_REASON_UNSPECIFIED") return null;
  if (BROKEN_CALL.has(reason)) {
    const { kind, what, ...details } = brokenCallRule(peer.service);
    return fault(kind, `${what} It said: "${reason}"`, details);
  }
  if (draft.stop === "refused") return null;
  draft.stop = REFUSED.has(reason) ? "refused" : reason === "MAX_TOKENS" ? "length" : "end";
  if (draft.stop === "refused") draft.refusal = textAt(candidate, "finishMessage");
  return null;
}

/** Thoughts are paid like the answer; the prompt's count includes what was cached. */
function addUsage(draft: Draft, usage: unknown): void {
  if (!isRecord(usage)) return;
  const out = count(usage["candidatesTokenCount"]);
  const thoughts = count(usage["thoughtsTokenCount"]);
  draft.usage = {
    inTokens: count(usage["promptTokenCount"]) ?? draft.usage.inTokens,
    outTokens: out === null && thoughts === null ? draft.usage.outTokens : (out ?? 0) + (thoughts ?? 0),
    cachedTokens: count(usage["cachedContentTokenCount"]) ?? draft.usage.cachedTokens,
  };
}
