// The whole program in a chat while its only model is away: the message is kept and told of,
// commands go on, a power cut loses nothing, and the answer comes when the model is back.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootScope } from "../../src/base/scope.ts";
import { SEED } from "../support/seed.ts";
import { agentMachine } from "./support/agent-machine.ts";
import { drive } from "./support/drive.ts";
import { modelServer } from "./support/model-server.ts";
import { makePerson } from "./support/people.ts";
import { telegramServer } from "./support/telegram-server.ts";
import { world } from "./support/worlds.ts";

const OWNER = 1001;
const TOKEN = "4711:bot-token-secret-text";

async function outage(seed: number, isCut: boolean): Promise<readonly string[]> {
  const w = world(seed);
  let isDown = true;
  const model = modelServer(w, { name: "model", address: "10.0.0.2", port: 8_000 }, (ask) =>
    isDown ? { status: 503, error: "overloaded" } : { text: `answer to ${ask.lastUser}` },
  );
  const telegram = telegramServer(w, { name: "telegram", address: "10.0.0.3", port: 8_081, token: TOKEN });
  const owner = makePerson(w, telegram, OWNER, "Olivia");
  return drive(w, async () => {
    await Promise.all([model.ready, telegram.ready]);
    const root = rootScope(telegram.host.timers);
    const pause = async (ms: number): Promise<void> => void (await telegram.host.clock.sleep(root.scope, ms));
    const agent = agentMachine(w, {
      address: "10.0.0.9",
      env: {
        ...{ LLM_BASE_URL: "http://model:8000/v1", LLM_API_KEY: "key-of-the-model", MODEL: "m", BOT_TOKEN: TOKEN },
        ...{ TELEGRAM_ALLOWLIST: String(OWNER), TELEGRAM_API_ROOT: "http://telegram:8081" },
      },
      args: ["gateway"],
    });
    await pause(5_000);
    owner.says("what is new?");
    await pause(60_000);
    owner.says("/usage");
    await pause(20_000);
    if (isCut) agent.cut(4_000);
    await pause(60_000);
    isDown = false;
    await pause(700_000);
    const heard = owner.heard().map((m) => m.text);
    await agent.stop();
    await root.end();
    return heard;
  });
}

describe("a chat without a model", () => {
  it("keeps the message, answers commands, and answers when the model is back", async () => {
    const heard = await outage(SEED, false);
    assert.equal(heard.length, 3, heard.join("\n---\n"));
    assert.match(heard[0] ?? "", /overloaded.*I have kept your message/s);
    assert.match(heard[1] ?? "", /turns/);
    assert.equal(heard[2], "answer to what is new?");
  });

  it("answers once after a power cut as well", async () => {
    for (let i = 0; i < 3; i += 1) {
      const heard = await outage(SEED + i, true);
      assert.equal(heard.filter((t) => t === "answer to what is new?").length, 1, heard.join("\n---\n"));
    }
  });
});
