// "Which devices are on my network?" through the built program, the simulated router and a
// third-party mock of the model API (aimock).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { runOnce, startSim } from "../support/program.ts";

type Sim = Awaited<ReturnType<typeof startSim>>;
interface Sent {
  messages: Array<{ role: string; content: unknown; tool_calls?: unknown[]; tool_call_id?: string }>;
  tools?: Array<{ type: string; function: { name: string; parameters: object } }>;
  stream?: boolean;
}

const QUESTION = "which devices are on my network?";

describe("the agent and a model", () => {
  let sim: Sim;
  let mock: LLMock;
  before(async () => {
    sim = await startSim();
  });
  after(async () => {
    await sim.stop();
  });

  const start = async (): Promise<void> => {
    mock = new LLMock({ port: 0 });
    await mock.start();
  };
  const env = (more: Record<string, string> = {}): Record<string, string> => ({
    ...sim.env,
    LLM_BASE_URL: `${mock.url}/v1`,
    LLM_API_KEY: "test-key-never-shown",
    MODEL: "gpt-test",
    ...more,
  });
  // The scripted model answers with what the tool told it, so the reply can only be right
  // when the router was really read.
  const quote = (req: { messages: Array<{ role: string; content: unknown }> }) => {
    const told = req.messages.filter((m) => m.role === "tool").map((m) => String(m.content));
    return { content: `On your network: ${told.join(" | ")}` };
  };
  const requests = (): Sent[] =>
    mock
      .getRequests()
      .filter((r) => r.path.endsWith("/chat/completions"))
      .map((r) => r.body as unknown as Sent);

  for (const streaming of ["1", "0"]) {
    it(`reads the leases with a tool and quotes them (LLM_STREAMING=${streaming})`, async () => {
      await start();
      mock.on(
        { userMessage: /devices/, hasToolResult: false },
        {
          toolCalls: [{ id: "call_1", name: "routeros_print", arguments: '{"menu":"/ip/dhcp-server/lease"}' }],
        },
      );
      mock.on({ userMessage: /devices/, hasToolResult: true }, quote);
      const r = await runOnce(["agent", "-m", QUESTION], env({ LLM_STREAMING: streaming }));
      assert.equal(r.code, 0, r.err);
      assert.match(r.out, /kids-tablet/);
      assert.match(r.out, /192\.168\.88\./);
      const [first, second] = requests();
      assert.equal(first?.stream === true, streaming === "1");
      assert.ok((first?.tools ?? []).some((t) => t.function.name === "routeros_execute"));
      assert.equal(second?.messages.at(-1)?.role, "tool");
      assert.equal(second?.messages.at(-1)?.tool_call_id, "call_1");
      assert.ok(!JSON.stringify(requests()).includes("test-key-never-shown"));
      await mock.stop();
    });
  }

  it("answers parallel tool calls with one result each, in order", async () => {
    await start();
    mock.on(
      { userMessage: /devices/, hasToolResult: false },
      {
        toolCalls: [
          { id: "call_a", name: "routeros_print", arguments: '{"menu":"/ip/dhcp-server/lease"}' },
          { id: "call_b", name: "routeros_execute", arguments: '{"command":"/interface/print"}' },
        ],
      },
    );
    mock.on({ userMessage: /devices/, hasToolResult: true }, quote);
    const r = await runOnce(["agent", "-m", QUESTION], env());
    assert.equal(r.code, 0, r.err);
    assert.match(r.out, /kids-tablet/);
    assert.match(r.out, /ether1/);
    const results = requests()[1]
      ?.messages.filter((m) => m.role === "tool")
      .map((m) => m.tool_call_id);
    assert.deepEqual(results, ["call_a", "call_b"]);
    await mock.stop();
  });

  it("tells the model of a tool error and goes on", async () => {
    await start();
    mock.on(
      { userMessage: /devices/, hasToolResult: false },
      {
        toolCalls: [{ id: "call_1", name: "routeros_execute", arguments: '{"command":"/ip/adress/print"}' }],
      },
    );
    mock.on({ userMessage: /devices/, hasToolResult: true }, quote);
    const r = await runOnce(["agent", "-m", QUESTION], env());
    assert.equal(r.code, 0, r.err);
    assert.match(r.out, /\/ip\/address/, "the error names the nearest menu");
    await mock.stop();
  });

  it("shows a write as a plan, changes nothing and ends with 3", async () => {
    await start();
    mock.on(
      { userMessage: /devices/, hasToolResult: false },
      {
        toolCalls: [
          { id: "call_1", name: "routeros_execute", arguments: '{"command":"/system/identity/set name=attic"}' },
        ],
      },
    );
    mock.on({ userMessage: /devices/, hasToolResult: true }, { content: "I have put a plan before you." });
    const r = await runOnce(["agent", "-m", QUESTION], env());
    assert.equal(r.code, 3, r.err);
    assert.match(r.out, /attic/);
    const identity = await runOnce(["agent", "-m", "/system/identity/print"], sim.env);
    assert.ok(!identity.out.includes("attic"));
    await mock.stop();
  });

  it("says in one sentence that the model cannot be reached, and what works without it", async () => {
    const r = await runOnce(["agent", "-m", QUESTION], {
      ...sim.env,
      LLM_BASE_URL: "http://127.0.0.1:9/v1",
      MODEL: "m",
    });
    assert.equal(r.code, 1);
    assert.match(r.out + r.err, /refused|reach/i);
    assert.match(r.out + r.err, /\/help|slash/i);
  });
});
