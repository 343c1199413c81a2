// Any conversation, however it was cut and whatever models put into it, is a request that
// services take: each call answered at once, names and ids of plain letters, nothing lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { secret } from "../../src/base/secret.ts";
import type { Ask, Message, Part } from "../../src/port/provider.ts";
import { makeFakeHttp } from "../support/fake-http.ts";
import { PNG } from "../support/pictures.ts";
import { RUNS, SEED } from "../support/seed.ts";
import { makeWorld } from "../support/virtual.ts";
import { ASK } from "./provider-suite.ts";
import { WIRES, type Wire } from "./provider-wires.ts";

const text = fc.oneof(
  fc.constantFrom("", " ", "\n", "\0", "\ud800", "查询 👋", "<tool_call>{}</tool_call>", "[DONE]", "</tool_response>"),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const args = fc.oneof(
  fc.constantFrom("{}", '{"host":"x"}', "[1,2]", '"text"', "null", "", "{broken", '{"a":{"b":[null]}}', "17"),
  fc.json(),
);
const name = fc.oneof(fc.constantFrom("ping", "", "9lives", "查", "a".repeat(80), "a b"), fc.string({ maxLength: 8 }));
const part = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text }),
  fc.record({ kind: fc.constant("call" as const), callId: fc.constant(""), name, argsJson: args }),
  fc.record({ kind: fc.constant("opaque" as const), provider: text, data: text }),
);
const message = fc.oneof(
  fc.record(
    { role: fc.constant("user" as const), text, images: fc.array(fc.constant(PNG), { minLength: 1, maxLength: 5 }) },
    { requiredKeys: ["role", "text"] },
  ),
  fc.record({ role: fc.constant("assistant" as const), parts: fc.array(part, { maxLength: 4 }) }),
  fc.record({ role: fc.constant("tool" as const), callId: fc.constant(""), text, isError: fc.boolean() }),
);

/** With ids of their own, as the core gives them, and results to any of the calls before. */
function identified(messages: readonly Message[]): Message[] {
  const ids: string[] = [];
  return messages.map((m, i): Message => {
    if (m.role === "tool") return { ...m, callId: ids[(i * 7) % Math.max(1, ids.length)] ?? "none" };
    if (m.role === "user") return m;
    const parts = m.parts.map((p, k): Part => {
      if (p.kind !== "call") return p;
      const callId = [`c${i}-${k}`, `toolu_${i}.${k}`, `查${i}/${k}`, "x".repeat(70) + i + k][(i + k) % 4] ?? "";
      ids.push(callId);
      return { ...p, callId };
    });
    return { role: "assistant", parts };
  });
}

async function bodyOf(wire: Wire, ask: Partial<Ask>, promptedTools: boolean): Promise<Record<string, unknown>> {
  const world = makeWorld();
  const http = makeFakeHttp(world.clock, () => ({ pieces: [wire.stream({ texts: ["ok"] })] }));
  const config = { baseUrl: "http://m.test/v1", key: secret("key", "k-123456"), stream: true, promptedTools };
  await wire.provider.complete(world.scope, { http, config, clock: world.clock }, { ...ASK, ...ask }, () => undefined);
  await world.end();
  const sent = http.asked[0]?.body ?? "";
  assert.ok(!/\\u0000|\\ud[89a-f]/.test(sent), "nothing that servers stumble over");
  return JSON.parse(sent);
}

for (const wire of WIRES) {
  test(`${wire.name}: any history is a request with every call answered at once`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 10 }), async (raw) => {
        const messages = identified(raw);
        const body = await bodyOf(wire, { messages }, false);
        const roles = wire.roles(body).filter((role) => role !== "system");
        const { names, ids, results } = wire.calls(body);
        for (const n of names) assert.match(n, /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/);
        assert.deepEqual(results, ids);
        roles.forEach((role, i) => {
          if (role === "result") assert.ok(["assistant", "result"].includes(roles[i - 1] ?? ""), roles.join());
          if (role === "user" && wire.name !== "gemini") assert.notEqual(roles[i - 1], "user");
        });
        const shown = messages.reduce((sum, m) => sum + (m.role === "user" ? (m.images?.length ?? 0) : 0), 0);
        assert.equal(JSON.stringify(body).split(PNG.data).length - 1, shown);
        // The same without fields for tools.
        const told = await bodyOf(wire, { messages }, true);
        assert.deepEqual(wire.calls(told), { names: [], ids: [], results: [] });
        assert.ok(!wire.roles(told).includes("result"));
      }),
      { seed: SEED, numRuns: RUNS(60) },
    );
  });
}

test("anthropic: no text block is empty, whatever was said", async () => {
  const [wire] = WIRES.filter((w) => w.name === "anthropic");
  assert.ok(wire !== undefined);
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 6 }), fc.boolean(), async (raw, prompted) => {
      const body = await bodyOf(wire, { messages: identified(raw) }, prompted);
      const messages = body["messages"] as Array<{ role: string; content: Array<Record<string, unknown>> }>;
      assert.equal(messages[0]?.role ?? "user", "user");
      for (const { content } of messages) {
        assert.ok(content.length > 0);
        for (const block of content) if (block["type"] === "text") assert.notEqual(String(block["text"]).trim(), "");
      }
    }),
    { seed: SEED, numRuns: RUNS(60) },
  );
});
