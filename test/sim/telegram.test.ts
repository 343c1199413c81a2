// Telegram with the whole program, in virtual time: how long a button lasts, what a power cut
// leaves of it, and orderly ends at every moment of an answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { APPROVAL_MS } from "../../src/base/limits.ts";
import { testParts } from "../support/commands.ts";
import { SEED } from "../support/seed.ts";
import { type AgentMachine, agentMachine } from "./support/agent-machine.ts";
import { drive } from "./support/drive.ts";
import { makePerson, type Person } from "./support/people.ts";
import { ROUTER_ENV, startRouter } from "./support/router.ts";
import { type TelegramServer, telegramServer } from "./support/telegram-server.ts";
import { machineOn, ok, withRoot, world } from "./support/worlds.ts";

const OWNER = 1001;
const TOKEN = "4711:bot-token";
const ANSWER_MS = 10_000;

interface House {
  agent: AgentMachine;
  telegram: TelegramServer;
  owner: Person;
  pass(ms: number): Promise<void>;
  /** Writes that reached the router. */
  writes(): number;
}

async function inHouse(body: (h: House) => Promise<void>): Promise<void> {
  const w = world(SEED);
  const commands = testParts();
  const router = startRouter(w, commands);
  const telegram = telegramServer(w, { name: "telegram", address: "10.0.0.3", port: 8_081, token: TOKEN });
  const owner = makePerson(w, telegram, OWNER, "Olivia");
  const env = {
    ...ROUTER_ENV,
    BOT_TOKEN: TOKEN,
    TELEGRAM_ALLOWLIST: String(OWNER),
    TELEGRAM_API_ROOT: telegram.baseUrl,
  };
  const agent = agentMachine(w, { address: "10.0.0.9", env, args: ["gateway"], resources: commands });
  const { host } = machineOn(w, "clock", { address: "10.0.0.50" });
  await drive(w, () =>
    withRoot(host, async (s) => {
      await router.ready;
      await telegram.ready;
      await body({ agent, telegram, owner, pass: (ms) => ok(host.clock.sleep(s, ms)), writes: router.writes });
      await agent.stop();
      await telegram.stop();
      await router.stop();
    }),
  );
}

async function offered({ owner, pass }: House): Promise<number> {
  owner.says("/ip/dns/static/add name=a.lan address=10.9.9.9");
  await pass(ANSWER_MS);
  const offer = owner.heard().at(-1);
  assert.match(offer?.text ?? "", /\(within 10m\)/);
  return offer?.message_id ?? 0;
}

/** Presses the button and answers what came back. */
async function pressed({ owner, pass }: House, what: string, on: number): Promise<string> {
  const before = owner.heard().length;
  assert.ok(owner.presses(what, on), "the button is there");
  await pass(ANSWER_MS);
  assert.equal(owner.heard().length, before + 1);
  return owner.heard().at(-1)?.text ?? "";
}

test("a button lasts ten minutes and no longer, and goes with the plan", () =>
  inHouse(async (h) => {
    const late = await offered(h);
    await h.pass(APPROVAL_MS);
    const before = h.owner.heard().length;
    // Twice: the second press comes before the first is answered.
    assert.ok(h.owner.presses("Approve", late) && h.owner.presses("Approve", late));
    await h.pass(ANSWER_MS);
    const said = h.owner.heard().slice(before);
    assert.deepEqual(
      said.map((m) => m.text),
      Array(2).fill("This plan has expired; nothing was changed. Ask again to get a new one."),
    );
    assert.equal(h.owner.presses("Approve", late), false, "the buttons are gone");
    assert.equal(h.writes(), 0);
    const again = await offered(h);
    await h.pass(APPROVAL_MS - 2 * ANSWER_MS);
    assert.match(await pressed(h, "Approve", again), /^The change is made/);
    assert.equal(h.writes(), 1);
  }));

test("a button from before a power cut changes nothing and says so", () =>
  inHouse(async (h) => {
    const id = await offered(h);
    h.agent.cut(1_000);
    assert.match(await pressed(h, "Approve", id), /^This plan is not known \(any more\): MikroClaw was restarted/);
    assert.equal(h.writes(), 0);
  }));

test("an orderly end at any moment of an answer: nothing is lost, nothing said twice", () =>
  inHouse(async (h) => {
    for (let afterMs = 0; afterMs < 1_500; afterMs += 13) {
      const before = h.owner.heard().length;
      h.owner.says("/lease");
      await h.pass(afterMs);
      await h.agent.restart();
      await h.pass(ANSWER_MS);
      assert.equal(h.owner.heard().length, before + 1, `answers when ended after ${afterMs} ms`);
      assert.equal(h.telegram.state.queue.length, 0);
    }
  }));
