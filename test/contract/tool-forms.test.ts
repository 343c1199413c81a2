// One schema of each tool in the form of every service: OpenAI's functions, Anthropic's tools,
// Gemini's subset of OpenAPI, and the prompt of Qwen-Agent. A call in each form is the same call.

import assert from "node:assert/strict";
import { test } from "node:test";
import { schemaText } from "../../scripts/gen-tools.ts";
import * as tasks from "../../src/app/catalog/tasks.ts";
import * as tools from "../../src/app/catalog/tools.ts";
import { isFault } from "../../src/base/fault.ts";
import { secret } from "../../src/base/secret.ts";
import { taskTool } from "../../src/core/tasks.ts";
import type { Part, ToolOffer } from "../../src/port/provider.ts";
import { makeFakeHttp } from "../support/fake-http.ts";
import { makeWorld } from "../support/virtual.ts";
import { ASK } from "./provider-suite.ts";
import { WIRES, type Wire } from "./provider-wires.ts";

type Fields = Record<string, unknown>;
const of = (x: unknown): Fields => (x ?? {}) as Fields;
const list = (x: unknown): Fields[] => (Array.isArray(x) ? x : []) as Fields[];

const OFFERS: readonly ToolOffer[] = [
  ...Object.values(tools).map((t) => ({ name: t.name, purpose: t.purpose, schemaJson: schemaText(t.args()) })),
  ...Object.values(tasks).map(taskTool),
];

/** What each service reads of the tools: name, description, schema of the arguments. */
const READ: Readonly<Record<string, (body: Fields) => Array<[unknown, unknown, unknown]>>> = {
  openai: (body) => list(body["tools"]).map((t) => told(of(t["function"]), "parameters")),
  "openai-responses": (body) => list(body["tools"]).map((t) => told(t, "parameters")),
  anthropic: (body) => list(body["tools"]).map((t) => told(t, "input_schema")),
  gemini: (body) => list(list(body["tools"])[0]?.["functionDeclarations"]).map((t) => told(t, "parameters")),
  ollama: (body) => list(body["tools"]).map((t) => told(of(t["function"]), "parameters")),
};
const told = (t: Fields, key: string): [unknown, unknown, unknown] => [t["name"], t["description"], t[key]];

/** Arguments that have every property. */
function sample(schema: unknown): unknown {
  const { type, enum: values, properties, anyOf } = of(schema);
  if (Array.isArray(values)) return values[0];
  if (anyOf !== undefined) return sample(list(anyOf)[0]);
  if (type === "object")
    return Object.fromEntries(Object.entries(of(properties)).map(([key, value]) => [key, sample(value)]));
  return { string: '查 "x"\n', number: 1.5, integer: 7, boolean: true, array: [] }[String(type)] ?? null;
}

// https://ai.google.dev/api/caching#Schema; what else comes is refused.
const GEMINI_KEYS = new Set(
  ["type", "format", "title", "description", "nullable", "enum", "items", "properties", "required", "anyOf"].concat(
    ["minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "minProperties", "maxProperties"],
    ["pattern", "default", "propertyOrdering"],
  ),
);

function checkGemini(schema: unknown): void {
  for (const [key, value] of Object.entries(of(schema))) {
    assert.ok(GEMINI_KEYS.has(key), key);
    if (key === "properties") Object.values(of(value)).forEach(checkGemini);
    if (key === "items") checkGemini(value);
    if (key === "anyOf") list(value).forEach(checkGemini);
    if (key === "type") assert.match(String(value), /^(STRING|NUMBER|INTEGER|BOOLEAN|ARRAY|OBJECT)$/);
    if (key === "enum") assert.ok((value as unknown[]).every((v) => typeof v === "string" && v !== ""));
  }
}

async function call(
  wire: Wire,
  offer: ToolOffer,
  args: string,
  promptedTools: boolean,
): Promise<{ body: Fields; last: Part | undefined }> {
  const world = makeWorld();
  const text = `<tool_call>\n{"name": "${offer.name}", "arguments": ${args}}\n</tool_call>`;
  const said = promptedTools ? { texts: [text] } : { calls: [{ id: "call_1", name: offer.name, args }] };
  const http = makeFakeHttp(world.clock, () => ({ pieces: [wire.stream(said)] }));
  const config = { baseUrl: "http://m.test/v1", key: secret("key", "k-123456"), stream: true, promptedTools };
  const kit = { http, config, clock: world.clock };
  const answer = await wire.provider.complete(world.scope, kit, { ...ASK, tools: OFFERS }, () => undefined);
  await world.end();
  assert.ok(!isFault(answer));
  return { body: JSON.parse(http.asked[0]?.body ?? ""), last: answer.parts.at(-1) };
}

for (const wire of WIRES) {
  test(`${wire.name}: all ${OFFERS.length} tools in its form, and a call of each`, async () => {
    for (const offer of OFFERS) {
      const schema = JSON.parse(offer.schemaJson);
      const args = sample(schema);
      for (const promptedTools of [false, true]) {
        const { body, last } = await call(wire, offer, JSON.stringify(args), promptedTools);
        assert.ok(last?.kind === "call");
        assert.deepEqual([last.name, JSON.parse(last.argsJson)], [offer.name, args]);
        const read = promptedTools ? [] : (READ[wire.name]?.(body) ?? []);
        if (promptedTools) {
          const inPrompt = promptTools(body);
          assert.deepEqual(
            inPrompt.map((t) => t["name"]),
            OFFERS.map((o) => o.name),
          );
          continue;
        }
        const [name, purpose, parameters] = read.find(([n]) => n === offer.name) ?? [];
        assert.deepEqual([name, purpose], [offer.name, offer.purpose]);
        if (wire.name === "gemini") checkGemini(parameters);
        else assert.deepEqual(parameters, schema);
      }
    }
  });
}

/** The functions that the prompt tells of. */
function promptTools(value: unknown): Fields[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(promptTools);
  const lines = /<tools>\n([\s\S]*)\n<\/tools>/.exec(String(value))?.[1]?.split("\n") ?? [];
  return lines.map((line) => {
    const { type, function: f } = JSON.parse(line) as Fields;
    assert.deepEqual([type, Object.keys(of(f))], ["function", ["name", "description", "parameters"]]);
    return of(f);
  });
}
