// Tools where the service has no field for them: told in the system prompt and called in the
// text, in the form that Qwen-Agent and the Hermes models share
// (https://github.com/QwenLM/Qwen-Agent, qwen_agent/llm/fncall_prompts/nous_fncall_prompt.py).

import { isFault, type Outcome } from "../../base/fault.ts";
import { parseJson } from "../../base/json.ts";
import { MODEL_CALLS_MAX } from "../../base/limits.ts";
import type { Answer, Ask, Delta, Message, Part } from "../../port/provider.ts";
import { tooManyCalls } from "./dialect.ts";
import { argsSent, ofTools, resultText, turnsOf, usedIds } from "./history.ts";
import { type FoundCall, withIds } from "./openai-calls.ts";
import { wireTools } from "./openai-wire.ts";
import { argsText, isRecord, textAt } from "./values.ts";

const OPEN = "<tool_call>";
const CLOSE = "</tool_call>";

const signatures = ofTools((tools) =>
  wireTools(tools)
    .map((t) => JSON.stringify(t))
    .join("\n"),
);

/** The question without fields for tools: all about them is text. */
export function promptedAsk(ask: Ask): Ask {
  const { tools, toolChoice: _, parallel: __, ...rest } = ask;
  // What stays the same comes first, for caches.
  const system = [toldTools(ask), ask.system, toldWish(ask)].filter((text) => text !== "").join("\n\n");
  return { ...rest, system, messages: toldMessages(ask.messages), tools: [] };
}

function toldTools({ tools, toolChoice }: Ask): string {
  if (toolChoice === "none") return "";
  return `# Tools\n\nFunctions that you may call:\n<tools>\n${signatures(tools)}\n</tools>\n
For each call, end your message with
${OPEN}\n{"name": <function-name>, "arguments": <args-json-object>}\n${CLOSE}\nResults come in <tool_response> tags.`;
}

function toldWish({ toolChoice = "auto", parallel }: Ask): string {
  const alone = parallel === false ? "Call one function at a time." : "";
  if (toolChoice === "none") return "";
  if (toolChoice === "auto") return alone;
  return `Now you must call ${typeof toolChoice === "object" ? `the function ${toolChoice.name}` : "a function"}. ${alone}`;
}

function toldMessages(messages: readonly Message[]): Message[] {
  return turnsOf(messages).flatMap((turn): Message[] => {
    if (turn.role === "user") return [turn];
    const said: Message = { role: "assistant", parts: turn.parts.map(toldPart) };
    if (turn.results.length === 0) return [said];
    // What a result holds must not look like its end.
    const results = turn.results.map(
      (r) => `<tool_response>\n${resultText(r).replace(/<(?=\/?tool_)/g, "< ")}\n</tool_response>`,
    );
    return [said, { role: "user", text: results.join("\n") }];
  });
}

function toldPart(part: Part): Part {
  if (part.kind !== "call") return part;
  const text = `\n${OPEN}\n{"name": ${JSON.stringify(part.name)}, "arguments": ${argsSent(part.argsJson)}}\n${CLOSE}`;
  return { kind: "text", text };
}

export interface PromptedReader {
  /** Takes the service's text; the person gets it without the calls. */
  hear(d: Delta): void;
  /** The answer with the calls of its text. */
  answer(a: Answer): Outcome<Answer>;
}

/** Reads the calls out of an answer to `promptedAsk(ask)`. */
export function makePromptedReader(ask: Ask, service: string, onDelta: (d: Delta) => void): PromptedReader {
  const raw: string[] = [];
  let text = "";
  let held = "";
  let inCall = false;
  const show = (units: number): void => {
    const piece = held.slice(0, units);
    held = held.slice(units);
    if (piece === "") return;
    text += piece;
    onDelta({ kind: "text", text: piece });
  };
  const push = (piece: string): void => {
    // No mark ends before this place that was not seen yet.
    let from = Math.max(0, held.length - CLOSE.length);
    held += piece;
    for (;;) {
      const at = held.indexOf(inCall ? CLOSE : OPEN, from);
      if (at < 0) break;
      if (inCall) raw.push(held.slice(0, at));
      else show(at);
      held = held.slice(inCall ? at + CLOSE.length : OPEN.length);
      inCall = !inCall;
      from = 0;
    }
    if (!inCall) show(held.length - begun(held));
  };
  return {
    hear: (d) => d.kind === "text" && push(d.text),
    answer(a) {
      if (!inCall) show(held.length);
      // A model may forget the last mark. Of one that was cut off nothing is run in part.
      const all = inCall ? [...raw, held] : raw;
      if (all.length > MODEL_CALLS_MAX) return tooManyCalls(service);
      const isVoid = a.stop === "refused" || ask.toolChoice === "none" || (inCall && a.stop === "length");
      const calls = withIds(isVoid ? [] : all.map(callOf), usedIds(ask));
      for (const { callId, name } of calls) onDelta({ kind: "call", callId, name });
      return withCalls(a, text, calls);
    },
  };
}

function withCalls({ parts, stop, usage }: Answer, text: string, calls: readonly FoundCall[]): Answer {
  const said: Part[] = text === "" ? [] : [{ kind: "text", text }];
  const hidden = parts.filter((p) => p.kind === "opaque");
  const called = calls.map((c): Part => ({ kind: "call", ...c }));
  return { parts: [...hidden, ...said, ...called], stop: calls.length > 0 ? "tools" : stop, usage };
}

/** How much of the text's end may be the beginning of a mark. */
function begun(text: string): number {
  for (let units = Math.min(text.length, OPEN.length - 1); units > 0; units -= 1) {
    if (OPEN.startsWith(text.slice(-units))) return units;
  }
  return 0;
}

/** Broken JSON still tells the name; its arguments are mended or refused where all are. */
function callOf(raw: string): { id: string; name: string; args: string } {
  const value = parseJson(raw);
  if (!isFault(value) && isRecord(value)) {
    return { id: "", name: textAt(value, "name"), args: argsText(value["arguments"] ?? value["parameters"]) };
  }
  const name = /"name"\s*:\s*"([^"]*)"/.exec(raw)?.[1] ?? "";
  const args = /"(?:arguments|parameters)"\s*:\s*([\s\S]*?)\}?\s*$/.exec(raw)?.[1] ?? "";
  return { id: "", name, args };
}
