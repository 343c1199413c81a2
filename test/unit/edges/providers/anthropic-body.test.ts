// The request to Anthropic's Messages API: valid by the official client's types, with marks
// for the cache where the beginning stays the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import type Anthropic from "@anthropic-ai/sdk";
import { messagesBody } from "../../../../src/edges/providers/anthropic-body.ts";
import type { Ask } from "../../../../src/port/provider.ts";

const MARK = { cache_control: { type: "ephemeral" } };
const ASK: Ask = {
  model: "m",
  system: "s",
  messages: [
    { role: "user", text: "a" },
    {
      role: "assistant",
      parts: [
        { kind: "opaque", provider: "anthropic:x:m", data: '{"type":"redacted_thinking","data":"abc="}' },
        { kind: "text", text: "Hm." },
        { kind: "call", callId: "t1", name: "ping", argsJson: "{}" },
        { kind: "call", callId: "t2", name: "ping", argsJson: '{"host":"x"}' },
      ],
    },
    { role: "tool", callId: "t1", text: "no route", isError: true },
    { role: "tool", callId: "t2", text: "", isError: false },
  ],
  tools: [
    { name: "ping", purpose: "Pings.", schemaJson: '{"type":"object","properties":{}}' },
    { name: "log", purpose: "Logs.", schemaJson: '{"type":"object","properties":{}}' },
  ],
  maxTokens: 100,
};

test("a turn of tools: results first and together, errors told, thinking as it came", () => {
  const body: Anthropic.MessageCreateParams = messagesBody(ASK, "anthropic:x:m", true);
  const schema = { type: "object", properties: {} };
  assert.deepEqual(body, {
    model: "m",
    max_tokens: 100,
    stream: true,
    system: [{ type: "text", text: "s", ...MARK }],
    tools: [
      { name: "ping", description: "Pings.", input_schema: schema },
      { name: "log", description: "Logs.", input_schema: schema, ...MARK },
    ],
    messages: [
      { role: "user", content: [{ type: "text", text: "a" }] },
      {
        role: "assistant",
        content: [
          { type: "redacted_thinking", data: "abc=" },
          { type: "text", text: "Hm." },
          { type: "tool_use", id: "t1", name: "ping", input: {} },
          { type: "tool_use", id: "t2", name: "ping", input: { host: "x" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t1", content: "no route", is_error: true },
          { type: "tool_result", tool_use_id: "t2", content: "(no output)", ...MARK },
        ],
      },
    ],
  });
});

test("marks stay within the four that the API allows, and texts are never empty", () => {
  const messages = [...ASK.messages, { role: "user" as const, text: " " }];
  const text = JSON.stringify(messagesBody({ ...ASK, messages }, "other", false));
  assert.equal(text.split("cache_control").length - 1, 3);
  assert.match(text, /\(empty\)/);
  assert.doesNotMatch(text, /redacted_thinking/);
});

test("in a new turn, all before its question is marked, and its own newest results", () => {
  const answered: Ask["messages"] = [
    ...ASK.messages,
    { role: "assistant", parts: [{ kind: "text", text: "All well." }] },
    { role: "user", text: "b" },
  ];
  const marked = (messages: Ask["messages"]): unknown[] =>
    messagesBody({ ...ASK, messages }, "anthropic:x:m", true)
      .messages.flatMap((m) => m.content)
      .filter((block) => "cache_control" in block)
      .map((block) => ("text" in block ? block.text : block.type));
  assert.deepEqual(marked(answered), ["All well."]);
  const call: Ask["messages"][number] = {
    role: "assistant",
    parts: [{ kind: "call", callId: "t3", name: "log", argsJson: "{}" }],
  };
  const result: Ask["messages"][number] = { role: "tool", callId: "t3", text: "rows", isError: false };
  assert.deepEqual(marked([...answered, call, result]), ["All well.", "tool_result"]);
});
