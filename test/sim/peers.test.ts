// The simulated peers themselves: a model service and a Telegram server as their clients
// see them, so that what is tested against them is tested against something true.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../src/base/fault.ts";
import { type Scope, withScope } from "../../src/base/scope.ts";
import { decodeUtf8, makeUtf8Decoder } from "../../src/base/utf8.ts";
import type { World } from "../../src/host/sim/sim.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import type { Http, Response } from "../../src/port/http.ts";
import { SEED } from "../support/seed.ts";
import { drive } from "./support/drive.ts";
import { type ModelAnswer, modelServer } from "./support/model-server.ts";
import { makePerson, type Person } from "./support/people.ts";
import { type TelegramServer, type Trouble, telegramServer } from "./support/telegram-server.ts";
import { machineOn, ok, withRoot, world } from "./support/worlds.ts";

interface Client {
  s: Scope;
  http: Http;
  sleep(ms: number): Promise<void>;
}

async function withClient(w: World, run: (c: Client) => Promise<void>): Promise<void> {
  const { host, machine } = machineOn(w, "client", { address: "10.0.0.50" });
  await drive(w, () =>
    withRoot(host, async (s) => {
      const http = makeHttp(host);
      await run({ s, http, sleep: (ms) => ok(host.clock.sleep(s, ms)) });
      await http.close();
    }),
  );
  assert.equal(machine.openHandles, 0);
}

const JSON_HEADERS = [["content-type", "application/json"]] as const;

function post({ s, http }: Client, url: string, body: unknown): ReturnType<Http["send"]> {
  return http.send(s, {
    method: "POST",
    url,
    headers: JSON_HEADERS,
    body: JSON.stringify(body),
    maxBytes: 1_048_576,
    repeatable: false,
  });
}

const bodyOf = (r: Response): Record<string, unknown> => JSON.parse(decodeUtf8(r.body)) as Record<string, unknown>;

test("the model service answers whole and as a stream, with text and with calls", async () => {
  const w = world(SEED);
  const model = modelServer(w, { name: "llm", address: "10.0.0.3", port: 80 }, (ask): ModelAnswer => {
    return ask.results.length === 0
      ? { calls: [{ name: "look", args: { at: "things" } }] }
      : { text: `saw ${ask.results.join()} 😀` };
  });
  await withClient(w, async (c) => {
    await model.ready;
    const url = `${model.baseUrl}/chat/completions`;
    const user = { role: "user", content: "hi" };
    const first = bodyOf(
      await ok(
        post(c, url, { model: "m", messages: [user], tools: [{ type: "function", function: { name: "look" } }] }),
      ),
    );
    const choice = (first["choices"] as Array<{ message: { tool_calls: unknown[] }; finish_reason: string }>)[0];
    assert.equal(choice?.finish_reason, "tool_calls");
    assert.equal(choice?.message.tool_calls.length, 1);
    const messages = [
      user,
      { role: "assistant", content: null },
      { role: "tool", tool_call_id: "call_1_0", content: "two" },
    ];
    let text = "";
    const decoder = makeUtf8Decoder();
    const request = {
      method: "POST",
      url,
      headers: JSON_HEADERS,
      body: JSON.stringify({ model: "m", messages, stream: true }),
      maxBytes: 100_000,
      repeatable: false,
    };
    await ok(
      c.http.stream(c.s, request, (b) => {
        text += decoder.push(b);
      }),
    );
    assert.match(text, /^data: .*"role":"assistant"/);
    assert.ok(text.endsWith("data: [DONE]\n\n"));
    const said = [...text.matchAll(/"delta":\{"content":("(?:[^"\\]|\\.)*")/g)]
      .map((m) => JSON.parse(m[1] ?? '""') as string)
      .join("");
    assert.equal(said, "saw two 😀");
  });
  assert.deepEqual(
    model.asks.map((a) => [a.n, a.stream, a.tools]),
    [
      [1, false, ["look"]],
      [2, true, []],
    ],
  );
});

const TOKEN = "12345:AbCdEf";

function telegram(
  w: World,
  trouble?: (n: number, method: string) => Trouble | null,
): { server: TelegramServer; anna: Person } {
  const server = telegramServer(w, {
    name: "api.telegram.test",
    address: "10.0.0.4",
    port: 80,
    token: TOKEN,
    ...(trouble === undefined ? {} : { trouble: (call) => trouble(call.n, call.method) }),
  });
  return { server, anna: makePerson(w, server, 42, "Anna") };
}

async function call(
  c: Client,
  server: TelegramServer,
  method: string,
  params: object,
): Promise<Record<string, unknown>> {
  return bodyOf(await ok(post(c, `${server.baseUrl}/bot${TOKEN}/${method}`, params)));
}

const idsOf = (r: Record<string, unknown>): number[] =>
  (r["result"] as Array<{ update_id: number }>).map((u) => u.update_id);

test("a long poll waits up to 50 s, wakes on a message, and confirms by offset", async () => {
  const w = world(SEED);
  const { server, anna } = telegram(w);
  await withClient(w, async (c) => {
    await server.ready;
    const before = w.nowMs();
    assert.deepEqual(idsOf(await call(c, server, "getUpdates", { timeout: 99 })), []);
    assert.ok(w.nowMs() - before >= 50_000 && w.nowMs() - before < 52_000);
    w.at(w.nowMs() + 7_000, () => void anna.says("hello"));
    const woken = w.nowMs();
    assert.deepEqual(idsOf(await call(c, server, "getUpdates", { timeout: 50 })), [1_000]);
    assert.ok(w.nowMs() - woken >= 7_000 && w.nowMs() - woken < 9_000);
    anna.says("again");
    await c.sleep(4_000);
    assert.deepEqual(idsOf(await call(c, server, "getUpdates", {})), [1_000, 1_001], "not confirmed, so both again");
    assert.deepEqual(idsOf(await call(c, server, "getUpdates", { offset: 1_001 })), [1_001]);
    assert.deepEqual(idsOf(await call(c, server, "getUpdates", { offset: 1_002 })), []);
    assert.equal(server.state.confirmed.length, 2);
  });
});

test("a second poller ends the first with 409", async () => {
  const w = world(SEED);
  const { server } = telegram(w);
  await withClient(w, async (c) => {
    await server.ready;
    const first = call(c, server, "getUpdates", { timeout: 50 });
    await c.sleep(5_000);
    const second = call(c, server, "getUpdates", { timeout: 1 });
    assert.equal((await first)["error_code"], 409);
    assert.equal((await second)["ok"], true);
  });
});

test("messages, edits and presses are answered as the real server words it", async () => {
  const w = world(SEED);
  const { server, anna } = telegram(w);
  await withClient(w, async (c) => {
    await server.ready;
    const describe = async (method: string, params: object): Promise<unknown> =>
      (await call(c, server, method, params))["description"] ?? "ok";
    assert.equal(await describe("sendMessage", { chat_id: 42, text: "x" }), "Bad Request: chat not found");
    anna.says("hello");
    assert.equal(await describe("sendMessage", { chat_id: 42, text: "  " }), "Bad Request: message text is empty");
    assert.equal(
      await describe("sendMessage", { chat_id: 42, text: "x".repeat(4097) }),
      "Bad Request: message is too long",
    );
    const keyboard = { inline_keyboard: [[{ text: "Yes", callback_data: "y:1" }]] };
    assert.equal(await describe("SENDMESSAGE", { chat_id: 42, text: "really?", reply_markup: keyboard }), "ok");
    assert.equal(anna.presses("Yes"), true);
    const updates = (await call(c, server, "getUpdates", {}))["result"] as Array<{
      callback_query?: { id: string; data: string };
    }>;
    const query = updates[1]?.callback_query;
    assert.equal(query?.data, "y:1");
    assert.equal(await describe("answerCallbackQuery", { callback_query_id: query?.id }), "ok");
    assert.match(String(await describe("answerCallbackQuery", { callback_query_id: "1" })), /query is too old/);
    const edit = { chat_id: 42, message_id: 2, text: "done" };
    assert.equal(await describe("editMessageText", edit), "ok");
    assert.match(String(await describe("editMessageText", edit)), /message is not modified/);
    assert.match(String(await describe("editMessageText", { ...edit, message_id: 1 })), /can't be edited/);
    assert.deepEqual(
      anna.heard().map((m) => [m.text, m.reply_markup]),
      [["done", undefined]],
    );
    assert.equal(anna.presses("Yes"), false);
    const wrong = await ok(post(c, `${server.baseUrl}/bot1:x/getMe`, {}));
    assert.equal(wrong.status, 401);
  });
});

test("troubles: 429, an HTML 502, a lost reply whose message was sent, a hang", async () => {
  const w = world(SEED);
  const troubles: ReadonlyArray<Trouble | null> = [
    { kind: "limit", retryAfterS: 7 },
    { kind: "html" },
    { kind: "lost" },
    { kind: "hang" },
  ];
  const { server, anna } = telegram(w, (n) => troubles[n - 1] ?? null);
  await withClient(w, async (c) => {
    await server.ready;
    anna.says("hello");
    const send = { chat_id: 42, text: "once" };
    assert.deepEqual((await call(c, server, "sendMessage", send))["parameters"], { retry_after: 7 });
    assert.equal((await ok(post(c, `${server.baseUrl}/bot${TOKEN}/sendMessage`, send))).status, 502);
    assert.equal(anna.heard().length, 0);
    const lost = await post(c, `${server.baseUrl}/bot${TOKEN}/sendMessage`, send);
    assert.ok(isFault(lost) && lost.maybeDone);
    assert.equal(anna.heard().length, 1);
    const hung = await withScope(c.s, 30_000, (s) =>
      post({ ...c, s }, `${server.baseUrl}/bot${TOKEN}/sendMessage`, send),
    );
    assert.ok(isFault(hung) && hung.fault === "timeout");
  });
});
