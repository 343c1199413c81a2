// Our conversation as a request to Gemini's generateContent. Sources:
// https://ai.google.dev/api/generate-content and .../gemini-api/docs/thought-signatures: a
// part that came with a signature goes back with it, unmerged.

import type { Ask, Part } from "../../port/provider.ts";
import { hiddenOf } from "./draft.ts";
import { geminiSchema } from "./gemini-schema.ts";
import { argsObject, beginWithUser, ofTools, type Result, safeName, schemaOf, turnsOf } from "./history.ts";
import { type Fields, fieldsAt, textAt } from "./values.ts";

interface WirePart {
  text?: string;
  inlineData?: { mimeType: string; data: string };
  thought?: boolean;
  thoughtSignature?: string;
  functionCall?: { name: string; args: Fields; id?: string };
  functionResponse?: { name: string; response: Fields; id?: string };
}

interface WireContent {
  role: "user" | "model";
  parts: WirePart[];
}

export interface GenerateBody {
  contents: WireContent[];
  systemInstruction?: { parts: WirePart[] };
  tools?: Array<{ functionDeclarations: Array<{ name: string; description: string; parameters?: Fields }> }>;
  toolConfig?: { functionCallingConfig: { mode: "NONE" | "ANY"; allowedFunctionNames?: string[] } };
  generationConfig: { maxOutputTokens: number };
}

/** The request's body. `tag` marks the hidden parts that may go back. */
export function generateBody(ask: Ask, tag: string): GenerateBody {
  const body: GenerateBody = { contents: contents(ask, tag), generationConfig: { maxOutputTokens: ask.maxTokens } };
  if (ask.system !== "") body.systemInstruction = { parts: [{ text: ask.system }] };
  if (ask.tools.length > 0) addTools(body, ask);
  return body;
}

function addTools(body: GenerateBody, { tools, toolChoice = "auto" }: Ask): void {
  body.tools = wireTools(tools);
  if (toolChoice === "auto") return;
  const allowed = typeof toolChoice === "object" ? { allowedFunctionNames: [toolChoice.name] } : {};
  body.toolConfig = { functionCallingConfig: { mode: toolChoice === "none" ? "NONE" : "ANY", ...allowed } };
}

const wireTools = ofTools((tools) => {
  const functionDeclarations = tools.map((offer) => {
    const parameters = geminiSchema(schemaOf(offer));
    const named = { name: offer.name, description: offer.purpose };
    return parameters === null ? named : { ...named, parameters };
  });
  return [{ functionDeclarations }];
});

function contents(ask: Ask, tag: string): WireContent[] {
  const out: WireContent[] = [];
  for (const turn of beginWithUser(turnsOf(ask.messages))) {
    if (turn.role === "user") {
      const images = turn.images.map(({ mediaType: mimeType, data }) => ({ inlineData: { mimeType, data } }));
      addUser(out, [{ text: turn.text === "" ? " " : turn.text }, ...images]);
      continue;
    }
    const ids = new Map<string, string>();
    out.push({ role: "model", parts: modelParts(turn.parts, tag, ids) });
    if (turn.results.length > 0)
      addUser(
        out,
        turn.results.map((r) => response(r, ids)),
      );
  }
  return out;
}

function addUser(out: WireContent[], parts: WirePart[]): void {
  const last = out.at(-1);
  // Answers to calls stand alone in their turn; a person's words follow as one of their own.
  if (last?.role === "user" && last.parts[0]?.functionResponse === undefined) last.parts.push(...parts);
  else out.push({ role: "user", parts });
}

/** A hidden part is either whole, or says what the part after it came with. */
function modelParts(parts: readonly Part[], tag: string, ids: Map<string, string>): WirePart[] {
  const out: WirePart[] = [];
  let pending: Fields = {};
  for (const part of parts) {
    if (part.kind === "opaque") {
      const data = hiddenOf(part, tag);
      if (data?.["part"] !== undefined) out.push(fieldsAt(data, "part") as WirePart);
      else if (data !== null) pending = data;
      continue;
    }
    const signature = textAt(pending, "thoughtSignature");
    const signed = signature === "" ? {} : { thoughtSignature: signature };
    if (part.kind === "text") out.push({ text: part.text, ...signed });
    else out.push({ functionCall: call(part, textAt(pending, "id"), ids), ...signed });
    pending = {};
  }
  return out;
}

// Only ids that Gemini gave go back to it: older models know none.
function call(
  part: Extract<Part, { kind: "call" }>,
  id: string,
  ids: Map<string, string>,
): NonNullable<WirePart["functionCall"]> {
  const named = { name: safeName(part.name), args: argsObject(part.argsJson) };
  if (id === "") return named;
  ids.set(part.callId, id);
  return { ...named, id };
}

function response(result: Result, ids: ReadonlyMap<string, string>): WirePart {
  const id = ids.get(result.callId);
  const answer = { name: safeName(result.name), response: { [result.isError ? "error" : "result"]: result.text } };
  return { functionResponse: id === undefined ? answer : { ...answer, id } };
}
