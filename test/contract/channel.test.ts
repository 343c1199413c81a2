// All channels against the suite, and Telegram against a server that others wrote.

import assert from "node:assert/strict";
import { test } from "node:test";
import TelegramServer from "telegram-test-api";
import { fault, isFault } from "../../src/base/fault.ts";
import { launch } from "../../src/base/scope.ts";
import { secret } from "../../src/base/secret.ts";
import { cli } from "../../src/edges/channels/cli.ts";
import { http } from "../../src/edges/channels/http.ts";
import { telegram } from "../../src/edges/channels/telegram.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import { makeFakeSink, TOKEN } from "../support/fake-telegram.ts";
import { makeTestHost } from "../support/node-host.ts";
import { freePort } from "../support/ports.ts";
import { channelSuite } from "./channel-suite.ts";

channelSuite(cli, {});
channelSuite(http, {});
channelSuite(telegram, { BOT_TOKEN: TOKEN });

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 600; i += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`${what}: not seen`);
}

test("telegram: a conversation with a button through a third-party server", async () => {
  const port = await freePort();
  const server = new TelegramServer({ port, host: "127.0.0.1" });
  await server.start();
  const { host, scope, end } = makeTestHost();
  const http = makeHttp(host);
  const sink = makeFakeSink();
  const config = { token: secret("bot_token", TOKEN), apiRoot: `http://127.0.0.1:${port}` };
  const kit = { config, http, host, clock: host.clock, log: host.log };
  const running = launch(scope, Number.POSITIVE_INFINITY, (s) => telegram.inbound?.(s, kit, sink) ?? Promise.resolve());
  const client = server.getClient(TOKEN, { timeout: 10_000 });
  try {
    await client.sendMessage(client.makeMessage("block the tablet"));
    await until("the message", () => sink.got.length === 1);
    const [m] = sink.got;
    assert.deepEqual([m?.text, m?.senderName, m?.chat], ["block the tablet", "@testUserName", "1"]);
    const buttons = [{ label: "Approve", press: "ok:1" }];
    const sent = await telegram.outbound?.(scope, kit, {
      key: "k",
      channel: "telegram",
      account: "666",
      chat: "1",
      text: "Shall I?",
      buttons,
    });
    assert.ok(!isFault(sent) && /^1:\d+$/.test(sent?.remoteId ?? ""));
    sink.settle(0);
    const { result } = await client.getUpdates();
    assert.equal(result[0]?.message.text, "Shall I?");
    const messageId = result[0]?.messageId ?? 0;
    await client.sendCallback(client.makeCallbackQuery("ok:1", { message: { message_id: messageId } }));
    await until("the press", () => sink.got.length === 2);
    assert.equal(sink.got[1]?.press, "ok:1");
    sink.settle(1);
    assert.ok(
      isFault(await telegram.typing?.(scope, kit, "1")),
      "this server has no sendChatAction, and that is survived",
    );
    sink.close();
    assert.equal(await running.done, undefined);
  } finally {
    running.stop(fault("stopped", "The test is over."));
    await http.close();
    await server.stop();
    await end();
  }
});
