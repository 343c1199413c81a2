// The same question through a third-party Telegram test server; writes decided on by button
// and counted at the router; strangers; restarts, orderly and not.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { PNG } from "../support/pictures.ts";
import { type Running, restOf, run, startSim } from "../support/program.ts";
import { recordingProxy } from "../support/recording-proxy.ts";
import { type Sent, startTelegram, type TelegramFront } from "../support/telegram-front.ts";

const TOKEN = "4711:test-token-never-shown";
const OWNER = { id: 1001, name: "owner" };
const OTHER = { id: 1002, name: "other" };
const STRANGER = { id: 1666, name: "mallory" };
const INTRUDER = { id: 1667, name: "trudy" };
const GROUP = -2001;
const MADE = /made and read back as planned/;

type Person = typeof OWNER;

describe("the agent in Telegram", () => {
  let sim: Awaited<ReturnType<typeof startSim>>;
  let mock: LLMock;
  let router: Awaited<ReturnType<typeof recordingProxy>>;
  let telegram: TelegramFront;
  let agent: Running;
  const ended: Running[] = [];

  const start = async (): Promise<void> => {
    agent = run(["gateway", "--port", "0", "--json"], {
      ...sim.env,
      ROUTER_HOST: router.url,
      LLM_BASE_URL: `${mock.url}/v1`,
      LLM_API_KEY: "k",
      MODEL: "m",
      BOT_TOKEN: TOKEN,
      TELEGRAM_ALLOWLIST: `${OWNER.id},@${OTHER.name}`,
      TELEGRAM_API_ROOT: telegram.url,
    });
    ended.push(agent);
    await agent.event("listening");
  };
  const clientOf = (who: Person, chat: number) =>
    telegram.server.getClient(TOKEN, { userId: who.id, userName: who.name, firstName: who.name, chatId: chat });
  const say = async (who: Person, text: string, chat = who.id): Promise<void> => {
    const client = clientOf(who, chat);
    await client.sendMessage(client.makeMessage(text));
  };
  const press = async (who: Person, on: Sent, data: string | undefined): Promise<void> => {
    assert.ok(data !== undefined, JSON.stringify(on));
    const client = clientOf(who, Number(on.chat));
    await client.sendCallback(
      client.makeCallbackQuery(data, { message: { message_id: on.messageId, chat: { id: Number(on.chat) } } }),
    );
  };
  let from = 0;
  /** Messages of the bot in this test. */
  const fresh = (): Sent[] => telegram.sent().filter((m) => m.messageId > from);
  const answer = (text: RegExp, times = 1): Promise<Sent> =>
    telegram.until(`${text}`, () => fresh().filter((m) => text.test(m.text))[times - 1]);
  const settled = (): Promise<true> => telegram.until("all is confirmed", () => telegram.unconfirmed() === 0);
  /** Asks for a new name in the router's DNS; what is offered. */
  const offered = async (name: string, chat = OWNER.id): Promise<Sent> => {
    await say(OWNER, `/ip/dns/static/add name=${name} address=192.168.88.77`, chat);
    return telegram.until("an offer", () => fresh().find((m) => m.text.includes(name) && "Approve" in m.buttons));
  };
  /** How often the router was asked to add a name, and how many it has. */
  const written = async (name: string): Promise<[asked: number, rows: number]> => {
    const asked = puts.filter((body) => body.includes(name)).length;
    return [asked, ((await restOf(sim, `/ip/dns/static?name=${name}`)) as unknown[]).length];
  };
  const puts: string[] = [];
  const count = (): void => {
    for (const { method, path, body } of router.taken())
      if (method === "PUT" && path.startsWith("/rest/ip/dns/static")) puts.push(body);
  };

  before(async () => {
    sim = await startSim();
    router = await recordingProxy(`http://127.0.0.1:${sim.port}`);
    telegram = await startTelegram(TOKEN);
    mock = new LLMock({ port: 0 });
    await mock.start();
    mock.on(
      { userMessage: /devices/, hasToolResult: false },
      { toolCalls: [{ id: "c1", name: "routeros_print", arguments: '{"menu":"/ip/dhcp-server/lease"}' }] },
    );
    mock.on({ userMessage: /devices/, hasToolResult: true }, (req) => ({
      content: req.messages
        .filter((m) => m.role === "tool")
        .map((m) => String(m.content))
        .join(""),
    }));
    mock.on({ userMessage: /number \d/ }, (req) => ({
      content: `Said: ${/number \d$/.exec(String(req.messages.at(-1)?.content))?.[0]}.`,
    }));
    await start();
  });
  afterEach(() => {
    from = telegram.sent().at(-1)?.messageId ?? 0;
    telegram.hold = false;
  });
  after(async () => {
    await agent.stop();
    await telegram.close();
    await mock.stop();
    await router.close();
    await sim.stop();
  });

  it("answers the owner's question with the leases, and shows that it types", async () => {
    await say(OWNER, "which devices are on my network?");
    await answer(/kids-tablet/);
    await settled();
    assert.equal(fresh().length, 1);
    assert.ok(telegram.called.some((c) => c.method === "sendChatAction" && c.chat === String(OWNER.id)));
  });

  it("applies a write once, however often its button is pressed, and takes the buttons away", async () => {
    const offer = await offered("printer.lan");
    assert.deepEqual(await written("printer.lan"), [0, 0]);
    for (let i = 0; i < 3; i += 1) await press(OWNER, offer, offer.buttons["Approve"]);
    await answer(MADE);
    await settled();
    await telegram.until("no buttons", () =>
      fresh().some((m) => m.messageId === offer.messageId && Object.keys(m.buttons).length === 0),
    );
    await press(OWNER, offer, offer.buttons["Approve"]);
    await press(OWNER, offer, offer.buttons["Deny"]);
    await answer(/applied already; it is not done twice/, 2);
    await settled();
    count();
    assert.deepEqual(await written("printer.lan"), [1, 1]);
    assert.ok(telegram.called.some((c) => c.method === "answerCallbackQuery"));
  });

  it("changes nothing when denied, nor by the other button afterwards", async () => {
    const offer = await offered("denied.lan");
    await press(OWNER, offer, offer.buttons["Deny"]);
    await answer(/is refused\. Nothing was changed/);
    await press(OWNER, offer, offer.buttons["Approve"]);
    await answer(/was refused; nothing was changed/);
    await settled();
    count();
    assert.deepEqual(await written("denied.lan"), [0, 0]);
  });

  it("takes a decision from nobody but the person who asked, in a group too", async () => {
    const offer = await offered("group.lan", GROUP);
    await press(STRANGER, offer, offer.buttons["Approve"]);
    await settled();
    assert.equal(fresh().length, 1, "a stranger gets no answer");
    assert.match(await agent.saw("door.refused"), /TELEGRAM_ALLOWLIST=1666/);
    await press(OTHER, offer, offer.buttons["Approve"]);
    await answer(/offered to another person/);
    await press(OTHER, offer, offer.buttons["Deny"]);
    await answer(/offered to another person/, 2);
    await settled();
    count();
    assert.deepEqual(await written("group.lan"), [0, 0]);
    const still = fresh().find((m) => m.messageId === offer.messageId);
    assert.deepEqual(still?.buttons, offer.buttons, "the owner's buttons stay");
    // The owner's data in another conversation is not the owner's decision either.
    await press(OWNER, { ...offer, chat: String(OWNER.id) }, offer.buttons["Approve"]);
    await answer(/offered in another conversation/);
    await press(OWNER, offer, offer.buttons["Approve"]);
    await answer(MADE);
    await settled();
    count();
    assert.deepEqual(await written("group.lan"), [1, 1]);
  });

  it("gives a stranger nothing, and logs the id to allow once, whatever is sent", async () => {
    for (const text of ["/status", "which devices are on my network?", "/approve", "/start"]) await say(INTRUDER, text);
    await settled();
    const lines = agent.err.filter((l) => l.includes(String(INTRUDER.id)));
    assert.equal(lines.length, 1, agent.err.join("\n"));
    assert.match(lines[0] ?? "", /TELEGRAM_ALLOWLIST=1667/);
    assert.ok(!telegram.called.some((c) => c.chat === String(INTRUDER.id)), "no message, no typing");
    assert.deepEqual(fresh(), []);
  });

  it("shows a photo of the owner to the model, and does not even fetch a stranger's", async () => {
    mock.on({ userMessage: /what is this/ }, { content: "A lamp." });
    telegram.files.set("lamp", Buffer.from(PNG.data, "base64"));
    const send = async (who: Person, fileId: string): Promise<void> => {
      const client = clientOf(who, who.id);
      const photo = [{ file_id: fileId, file_unique_id: fileId, width: 1, height: 1 }];
      await client.sendMessage(client.makeMessage("what is this?", { photo } as object));
    };
    await send(STRANGER, "lamp");
    await send(OWNER, "lamp");
    await answer(/A lamp\./);
    await settled();
    assert.equal(telegram.called.filter((c) => c.method === "file").length, 1);
    assert.ok(JSON.stringify(mock.getRequests().at(-1)?.body).includes(`data:image/png;base64,${PNG.data}`));
    await send(OWNER, "gone");
    await answer(/A lamp\./, 2);
    assert.match(JSON.stringify(mock.getRequests().at(-1)?.body), /1 picture came with this\. It could not be fetched/);
  });

  it("a button from before a restart changes nothing and says so", async () => {
    const offer = await offered("old.lan");
    await settled();
    assert.equal(await agent.stop(), 0);
    await start();
    for (const name of ["Approve", "Deny"]) await press(OWNER, offer, offer.buttons[name]);
    await answer(/not known \(any more\): MikroClaw was restarted/, 2);
    await settled();
    count();
    assert.deepEqual(await written("old.lan"), [0, 0]);
    // The same wish anew has a new plan.
    const again = await offered("old.lan");
    assert.notEqual(again.buttons["Approve"], offer.buttons["Approve"]);
    await press(OWNER, again, again.buttons["Approve"]);
    await answer(MADE);
    await settled();
    count();
    assert.deepEqual(await written("old.lan"), [1, 1]);
  });

  it("what was sent while it was away is answered afterwards, in order, once", async () => {
    await say(OWNER, "number 1");
    await answer(/Said: number 1\./);
    assert.equal(await agent.stop(), 0);
    assert.equal(telegram.unconfirmed(), 0, "an orderly end confirms what is answered");
    for (const n of [2, 3, 4]) await say(OWNER, `number ${n}`);
    await start();
    await answer(/Said: number 4\./);
    await settled();
    assert.deepEqual(
      fresh().map((m) => m.text),
      [1, 2, 3, 4].map((n) => `Said: number ${n}.`),
    );
  });

  it("an end in the middle of an answer loses nothing and says nothing twice", async () => {
    for (const how of ["orderly", "killed", "too slow"] as const) {
      telegram.hold = true;
      const calls = telegram.called.length;
      await say(OWNER, "number 7");
      await telegram.until("a send", () => telegram.called.slice(calls).some((c) => c.method === "sendMessage"));
      if (how === "killed") {
        agent.child.kill("SIGKILL");
        await agent.exit();
      } else {
        const end = agent.stop();
        if (how === "orderly") telegram.hold = false;
        assert.equal(await end, 0);
      }
      telegram.hold = false;
      assert.equal(telegram.unconfirmed(), how === "orderly" ? 0 : 1, how);
      await start();
      await say(OWNER, "number 8");
      await answer(/Said: number 8\./);
      await settled();
      assert.deepEqual(
        fresh().map((m) => m.text),
        ["Said: number 7.", "Said: number 8."],
        how,
      );
      from = telegram.sent().at(-1)?.messageId ?? 0;
    }
  });

  it("never shows the bot's token", () => {
    for (const each of ended) assert.ok(![...each.out, ...each.err].some((l) => l.includes("test-token-never-shown")));
  });
});
