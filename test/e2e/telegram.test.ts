// The same question through a third-party Telegram test server, a write approved by its
// button, a stranger, and a restart.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import TelegramServer from "telegram-test-api";
import { type Running, restOf, run, startSim } from "../support/program.ts";

type Sim = Awaited<ReturnType<typeof startSim>>;
interface BotMessage {
  message: { text: string; reply_markup?: string | { inline_keyboard?: Array<Array<{ callback_data: string }>> } };
}

const TOKEN = "4711:test-token-never-shown";
const OWNER = 1001;

describe("the agent in Telegram", () => {
  let sim: Sim;
  let mock: LLMock;
  let server: InstanceType<typeof TelegramServer>;
  let agent: Running;
  const port = 20_000 + (process.pid % 20_000);

  const env = (): Record<string, string> => ({
    ...sim.env,
    LLM_BASE_URL: `${mock.url}/v1`,
    LLM_API_KEY: "k",
    MODEL: "m",
    BOT_TOKEN: TOKEN,
    TELEGRAM_ALLOWLIST: String(OWNER),
    TELEGRAM_API_ROOT: server.config.apiURL,
  });
  const client = (userId: number, userName: string) =>
    server.getClient(TOKEN, { userId, chatId: userId, userName, firstName: userName, timeout: 20_000, interval: 100 });
  const updates = async (who: ReturnType<typeof client>): Promise<BotMessage[]> => {
    const got = await who.getUpdates();
    return got.result as unknown as BotMessage[];
  };

  before(async () => {
    sim = await startSim();
    mock = new LLMock({ port: 0 });
    await mock.start();
    server = new TelegramServer({ port, host: "127.0.0.1", storage: "RAM", storeTimeout: 60 });
    await server.start();
    mock.on(
      { userMessage: /devices/, hasToolResult: false },
      {
        toolCalls: [{ id: "c1", name: "routeros_print", arguments: '{"menu":"/ip/dhcp-server/lease"}' }],
      },
    );
    mock.on({ userMessage: /devices/, hasToolResult: true }, (req) => ({
      content: req.messages
        .filter((m) => m.role === "tool")
        .map((m) => String(m.content))
        .join(""),
    }));
    agent = run(["gateway", "--port", "0", "--json"], env());
    await agent.event("listening");
  });
  after(async () => {
    await agent.stop();
    await server.stop();
    await mock.stop();
    await sim.stop();
  });

  it("answers the owner's question with the leases", async () => {
    const owner = client(OWNER, "owner");
    await owner.sendMessage(owner.makeMessage("which devices are on my network?"));
    const got = await updates(owner);
    assert.ok(got.some((u) => u.message.text.includes("kids-tablet")));
  });

  it("applies a write once when its button is pressed, and only once", async () => {
    const owner = client(OWNER, "owner");
    await owner.sendMessage(owner.makeMessage("/ip/dns/static/add name=printer.lan address=192.168.88.77"));
    const [offer] = await updates(owner);
    assert.ok(offer !== undefined);
    const markup = offer.message.reply_markup;
    const keyboard = typeof markup === "string" ? (JSON.parse(markup) as Exclude<typeof markup, string>) : markup;
    const approve = keyboard?.inline_keyboard
      ?.flat()
      .map((b) => b.callback_data)
      .find((d) => d.startsWith("a:"));
    assert.ok(approve !== undefined, JSON.stringify(offer));
    const before = (await restOf(sim, "/ip/dns/static?name=printer.lan")) as unknown[];
    assert.equal(before.length, 0);
    for (let press = 0; press < 2; press += 1) {
      await owner.sendCallback(owner.makeCallbackQuery(approve, { message: { chat: { id: OWNER } } }));
      await updates(owner);
    }
    const rows = (await restOf(sim, "/ip/dns/static?name=printer.lan")) as unknown[];
    assert.equal(rows.length, 1);
  });

  it("gives a stranger nothing, and logs the id to allow once", async () => {
    const stranger = server.getClient(TOKEN, {
      userId: 1666,
      chatId: 1666,
      userName: "mallory",
      timeout: 4_000,
      interval: 200,
    });
    await stranger.sendMessage(stranger.makeMessage("/status"));
    await assert.rejects(stranger.getUpdates());
    const lines = agent.err.filter((l) => l.includes("1666"));
    assert.equal(lines.length, 1, agent.err.join("\n"));
    assert.match(lines[0] ?? "", /TELEGRAM_ALLOWLIST/);
  });

  it("never shows the bot's token", () => {
    assert.ok(![...agent.out, ...agent.err].some((l) => l.includes("test-token-never-shown")));
  });
});
