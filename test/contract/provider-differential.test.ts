// The same conversation through a vendor's own client and through our provider, against the
// same server that others wrote: requests mean the same, results are the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { isFault } from "../../src/base/fault.ts";
import { MODEL_THOUGHTS_TIGHT_TOKENS, MODEL_THOUGHTS_TOKENS } from "../../src/base/limits.ts";
import { secret } from "../../src/base/secret.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import type { Answer, Ask, Message } from "../../src/port/provider.ts";
import { makeTestHost } from "../support/node-host.ts";
import { PNG } from "../support/pictures.ts";
import { recordingProxy, type Seen } from "../support/recording-proxy.ts";
import {
  MAX_TOKENS,
  MODEL,
  QUESTION,
  RESULTS,
  type Said,
  SDKS,
  type Sdk,
  SYSTEM,
  type Talk,
  TOOLS,
} from "./provider-sdks.ts";

const CALLS = [
  { name: "get_leases", arguments: '{"active":true}' },
  { name: "ping", arguments: '{"host":"1.1.1.1"}' },
];
// By the name that each API has for it.
const USAGE = {
  ...{ prompt_tokens: 21, completion_tokens: 7, input_tokens: 21, output_tokens: 7 },
  ...{ promptTokenCount: 21, candidatesTokenCount: 7, total_tokens: 28, totalTokenCount: 28 },
};
const REASONING = /"reasoning_content":|"type":"reasoning"|"type":"thinking"|"thoughtSignature":/;
const THOUGHT = { reasoning: "Let me look first.", reasoningSignature: "c2lnbmVk" };

/** Our provider as a client like theirs. */
function ourTalk(
  sdk: Sdk,
  stream: boolean,
  url: string,
  kit: ReturnType<typeof makeTestHost>,
): Talk & { close(): Promise<void> } {
  const http = makeHttp(kit.host);
  const config = { baseUrl: `${url}${sdk.base}`, key: secret("key", "k-0123456789"), stream };
  const messages: Message[] = [{ role: "user", text: QUESTION, images: [PNG] }];
  const tools = TOOLS.map((t) => ({ name: t.name, purpose: t.description, schemaJson: JSON.stringify(t.schema) }));
  const thoughts = sdk.provider.id === "openai" ? MODEL_THOUGHTS_TIGHT_TOKENS : MODEL_THOUGHTS_TOKENS;
  const ask = async (wish: Pick<Ask, "toolChoice" | "parallel">): Promise<Said> => {
    const asked: Ask = { model: MODEL, system: SYSTEM, messages, tools, maxTokens: MAX_TOKENS - thoughts, ...wish };
    let shown = "";
    const answer = await sdk.provider.complete(kit.scope, { http, config, clock: kit.host.clock }, asked, (d) => {
      if (d.kind === "text") shown += d.text;
    });
    if (isFault(answer)) throw Object.assign(new Error(answer.what), { code: answer.code });
    const said = saidOf(answer);
    assert.equal(shown, said.text, "what was streamed is what was answered");
    messages.push({ role: "assistant", parts: answer.parts });
    const ids = answer.parts.flatMap((p) => (p.kind === "call" ? [p.callId] : []));
    for (const [i, callId] of ids.entries())
      messages.push({ role: "tool", callId, text: RESULTS[i] ?? "", isError: false });
    return said;
  };
  return {
    ask: () => ask({ toolChoice: "required", parallel: false }),
    answer: () => ask({ toolChoice: "none" }),
    close: () => http.close(),
  };
}

function saidOf({ parts, usage }: Answer): Said {
  return {
    text: parts.map((p) => (p.kind === "text" ? p.text : "")).join(""),
    calls: parts.flatMap((p) => (p.kind === "call" ? [{ name: p.name, args: JSON.parse(p.argsJson) }] : [])),
    usage: { in: usage.inTokens, out: usage.outTokens },
  };
}

/** Ids differ from one answer to the next: each is told by the place where it first stood. */
function withoutIds(seen: Seen, sdk: Sdk): unknown {
  const ids: string[] = [];
  const canon = JSON.stringify(sdk.canon(seen.path, JSON.parse(seen.body)));
  return JSON.parse(
    canon.replace(/"((?:call|toolu|fc|rs|msg|resp)[_-][^"]*)"/g, (_, id: string) => {
      if (!ids.includes(id)) ids.push(id);
      return `"id ${ids.indexOf(id)}"`;
    }),
  );
}

for (const sdk of SDKS) {
  for (const stream of [true, false]) {
    test(`${sdk.name}, ${stream ? "streamed" : "whole"}: text, a picture, tools forced and forbidden, reasoning, errors`, async (t) => {
      const mock = new LLMock({ port: 0 });
      mock.on({ userMessage: "leases", hasToolResult: false }, { toolCalls: CALLS, usage: USAGE, ...THOUGHT });
      mock.on(
        { userMessage: "leases", hasToolResult: true },
        { content: "Three leases, 3 ms. 👋 Grüße", usage: USAGE },
      );
      const proxy = await recordingProxy(await mock.start(), sdk.edit);
      const kit = makeTestHost();
      const ours = ourTalk(sdk, stream, proxy.url, kit);
      try {
        const theirs = sdk.talk(proxy.url, stream);
        for (const step of ["ask", "answer"] as const) {
          const [said, wanted] = [await ours[step](), await theirs[step]()];
          assert.deepEqual(said, wanted);
          assert.deepEqual([said.calls.length, said.usage], [step === "ask" ? 2 : 0, { in: 21, out: 7 }]);
          const [mine, its] = proxy.taken();
          assert.ok(mine !== undefined && its !== undefined);
          assert.equal(mine.path, its.path);
          assert.deepEqual(withoutIds(mine, sdk), withoutIds(its, sdk));
          const held = [PNG.data, REASONING].map((what) => mine.body.split(what).length - 1);
          assert.deepEqual(held, [1, step === "ask" ? 0 : 1], "pictures, and reasoning carried back");
          t.diagnostic(
            `${step}: ${mine.body.length} bytes sent, the client ${its.body.length}; ${held[0]} picture, ${held[1]} of reasoning; the same meaning and result`,
          );
        }
        await sameErrors(sdk, stream, mock, proxy.url, kit);
      } finally {
        await ours.close();
        await proxy.close();
        await mock.stop();
        await kit.end();
      }
    });
  }
}

const ERRORS: ReadonlyArray<readonly [status: number, type: string, code: string]> = [
  [401, "authentication_error", "model_key"],
  [404, "not_found_error", "model_missing"],
  [429, "rate_limit_error", "model_rate"],
  [500, "api_error", "model_failed"],
  [529, "overloaded_error", "model_overloaded"],
];

async function sameErrors(
  sdk: Sdk,
  stream: boolean,
  mock: LLMock,
  url: string,
  kit: ReturnType<typeof makeTestHost>,
): Promise<void> {
  for (const [status, type, code] of ERRORS) {
    const ours = ourTalk(sdk, stream, url, kit);
    const message = `said ${status}`;
    mock.nextRequestError(status, { message, type });
    const mine = await ours.ask().then(
      () => null,
      (e: Error & { code?: string }) => e,
    );
    mock.nextRequestError(status, { message, type });
    const its: unknown = await sdk
      .talk(url, stream)
      .ask()
      .then(
        () => null,
        (e: unknown) => e,
      );
    await ours.close();
    assert.equal(sdk.statusOf(its), status);
    assert.equal(mine?.code, code, `status ${status}`);
    for (const error of [mine, its]) assert.match(String(error), new RegExp(message));
  }
}
