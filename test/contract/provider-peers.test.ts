// The provider against a model server that others wrote, over real sockets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { isFault } from "../../src/base/fault.ts";
import { secret } from "../../src/base/secret.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import type { Message } from "../../src/port/provider.ts";
import { makeTestHost } from "../support/node-host.ts";
import { ASK } from "./provider-suite.ts";
import { WIRES } from "./provider-wires.ts";

// Where aimock serves each dialect.
const BASES: Readonly<Record<string, string>> = { gemini: "/v1beta", ollama: "" };

for (const [{ name, provider }, stream] of WIRES.flatMap((w) => [[w, true] as const, [w, false] as const])) {
  test(`aimock, ${name}, ${stream ? "streamed" : "whole"}: parallel tool calls, then an answer, 20 times over`, async () => {
    const mock = new LLMock({ port: 0 });
    mock.on(
      { userMessage: "leases", hasToolResult: false },
      {
        toolCalls: [
          { name: "get_leases", arguments: "{}" },
          { name: "ping", arguments: '{"host":"1.1.1.1"}' },
        ],
      },
    );
    mock.on({ userMessage: "leases", hasToolResult: true }, { content: "There are three leases. 👋" });
    const url = await mock.start();
    const { host, scope, end } = makeTestHost();
    const http = makeHttp(host);
    const config = { baseUrl: `${url}${BASES[name] ?? "/v1"}`, key: secret("key", "k-0123456789"), stream };
    const kit = { http, config, clock: host.clock };
    try {
      const checked = await provider.check(scope, kit);
      // The mock has no list of Gemini's models, and says so.
      if (isFault(checked)) assert.deepEqual([name, checked.code], ["gemini", "model_list"]);
      for (let i = 0; i < 10; i += 1) {
        const messages: Message[] = [{ role: "user", text: "leases" }];
        const first = await provider.complete(scope, kit, { ...ASK, messages }, () => undefined);
        assert.ok(!isFault(first), JSON.stringify(first));
        const calls = first.parts.flatMap((p) => (p.kind === "call" ? [p] : []));
        assert.deepEqual([first.stop, calls.map((c) => c.name)], ["tools", ["get_leases", "ping"]]);
        messages.push({ role: "assistant", parts: first.parts });
        for (const c of calls) messages.push({ role: "tool", callId: c.callId, text: "ok", isError: false });
        let shown = "";
        const second = await provider.complete(scope, kit, { ...ASK, messages }, (d) => {
          if (d.kind === "text") shown += d.text;
        });
        assert.ok(!isFault(second), JSON.stringify(second));
        assert.deepEqual([second.stop, shown], ["end", "There are three leases. 👋"]);
      }
      mock.nextRequestError(429, { message: "slow down", type: "rate_limit_error" });
      const slow = await provider.complete(
        scope,
        kit,
        { ...ASK, messages: [{ role: "user", text: "leases" }] },
        () => undefined,
      );
      assert.ok(isFault(slow) && slow.fault === "limit");
    } finally {
      await http.close();
      await mock.stop();
      await end();
    }
  });
}
