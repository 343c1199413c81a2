// Telegram's poller and sender against a fake Bot API, in virtual time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, fault, isFault, type Outcome, sayFault } from "../../../../src/base/fault.ts";
import {
  TELEGRAM_BACKOFF_MS_MAX,
  TELEGRAM_POLL_S,
  TELEGRAM_QUIET_MS,
  TELEGRAM_SETTLE_MS,
  TELEGRAM_UNSETTLED_MS,
} from "../../../../src/base/limits.ts";
import { IMAGE_BYTES_MAX, IMAGES_MAX } from "../../../../src/base/limits-models.ts";
import { secret } from "../../../../src/base/secret.ts";
import { telegram } from "../../../../src/edges/channels/telegram.ts";
import type { TelegramKit } from "../../../../src/edges/channels/telegram-api.ts";
import { makePlace } from "../../../../src/edges/channels/telegram-poll.ts";
import type { Outbound } from "../../../../src/port/channel.ts";
import { jsonScript, type Script } from "../../../support/fake-http.ts";
import {
  type FakeSink,
  type FakeTelegram,
  makeFakeSink,
  makeFakeTelegram,
  TOKEN,
  telegramError,
  textMessage,
} from "../../../support/fake-telegram.ts";
import { PNG } from "../../../support/pictures.ts";
import { makeWorld, type World } from "../../../support/virtual.ts";

interface Rig {
  world: World;
  api: FakeTelegram;
  sink: FakeSink;
  kit: TelegramKit;
  /** How the poller ended; null while it runs. */
  ended(): Outcome<void> | null | undefined;
}

function makeRig(apiRoot?: string): Rig & { start(): void } {
  const world = makeWorld();
  const api = makeFakeTelegram(world);
  const sink = makeFakeSink();
  const unused = async (): Promise<Fault> => fault("failed", "not used");
  const kit: TelegramKit = {
    config: { token: secret("bot_token", TOKEN), apiRoot },
    http: api.http,
    host: { connect: unused, listen: unused },
    clock: world.clock,
    log: world.log,
  };
  let ended: Outcome<void> | null | undefined = null;
  return {
    world,
    api,
    sink,
    kit,
    ended: () => ended,
    start() {
      const done = telegram.inbound?.(world.scope, kit, sink);
      void done?.then((how) => {
        ended = how;
      });
    },
  };
}

/** Runs a story, then checks what always holds: no token in a log line, nothing left running. */
async function story(run: (rig: Rig & { start(): void }) => Promise<void>): Promise<void> {
  const rig = makeRig();
  await run(rig);
  rig.world.stop();
  await rig.world.settle();
  await rig.world.end();
  assert.ok(!rig.world.lines.join("\n").includes("TEST-token"), "no token in a log line");
  const end = rig.ended();
  if (isFault(end)) assert.ok(!sayFault(end).includes("TEST-token"), "no token in a fault");
}

function offsets(api: FakeTelegram): Array<unknown> {
  return api.calls("getUpdates").map((c) => c.params["offset"]);
}

test("a message goes in with its parts, and its confirmation waits until it is settled", () =>
  story(async ({ start, api, sink, world }) => {
    const id = api.add(textMessage("hello", 7, { reply_to_message: { message_id: 6 } }));
    start();
    await world.pass(3_500);
    assert.deepEqual(sink.got, [
      {
        channel: "telegram",
        account: "123456",
        chat: "42",
        sender: "42",
        senderName: "@ada",
        messageId: "42:7",
        text: "hello",
        sentMs: 1_750_000_000_000,
        replyTo: "42:6",
      },
    ]);
    assert.equal(api.queue.length, 1, "not confirmed");
    const polls = api.calls("getUpdates");
    assert.deepEqual(
      polls.map((c) => [c.params["offset"], c.params["timeout"]]),
      [
        [undefined, TELEGRAM_POLL_S],
        [id, 0],
        [id, 0],
        [id, 0],
      ],
    );
    assert.deepEqual(polls[0]?.params["allowed_updates"], ["message", "callback_query"]);
    for (let i = 1; i < polls.length; i += 1)
      assert.ok((polls[i]?.atMs ?? 0) - (polls[i - 1]?.atMs ?? 0) >= TELEGRAM_UNSETTLED_MS);
    sink.settle(0);
    await world.pass(1_500);
    assert.equal(offsets(api).at(-1), id + 1);
    assert.equal(api.queue.length, 0);
    assert.equal(sink.got.length, 1);
  }));

test("the offset stays at the first unsettled message while later ones are taken and settled", () =>
  story(async ({ start, api, sink, world }) => {
    const first = api.add(textMessage("slow", 1));
    api.add(textMessage("quick", 2));
    start();
    await world.pass(1_500);
    sink.settle(1);
    const third = api.add(textMessage("new", 3));
    await world.pass(2_000);
    assert.deepEqual(
      sink.got.map((m) => m.text),
      ["slow", "quick", "new"],
    );
    assert.equal(offsets(api).at(-1), first);
    sink.settle(0);
    await world.pass(1_500);
    assert.equal(offsets(api).at(-1), third);
    sink.settle(2);
    await world.pass(1_500);
    assert.equal(offsets(api).at(-1), third + 1);
  }));

test("a server that answers at once with nothing does not make it spin", () =>
  story(async ({ start, api, world }) => {
    api.hasty = true;
    start();
    await world.pass(60_000);
    const polls = api.calls("getUpdates").length;
    assert.ok(polls <= 61 && polls >= 55, `${polls} polls in a minute`);
  }));

test("other kinds of update, edits, media without words, other bots' commands and odd shapes are confirmed and skipped", () =>
  story(async ({ start, api, sink, world }) => {
    api.add({ edited_message: textMessage("x", 1)["message"] });
    api.add({ poll: { id: "1" } });
    api.add(textMessage("", 2, { text: undefined, photo: [] }));
    api.add(textMessage("/status@OtherBot", 3));
    api.add({ message: { message_id: "odd" } });
    api.add(textMessage("from a channel", 4, { from: undefined }));
    api.add({ callback_query: { id: "9", from: { id: 42 }, data: "x", inline_message_id: "i" } });
    const last = api.add(textMessage("/status@clawbot now", 5));
    api.add(textMessage("", 6, { text: undefined, caption: "a picture" }));
    start();
    await world.pass(500);
    assert.deepEqual(
      sink.got.map((m) => m.text),
      ["/status now", "a picture"],
    );
    await world.pass(1_000);
    assert.equal(offsets(api).at(-1), last);
  }));

test("a thread is kept only where it is a topic", () =>
  story(async ({ start, api, sink, world }) => {
    api.add(textMessage("topic", 1, { message_thread_id: 77, is_topic_message: true }));
    api.add(textMessage("reply", 2, { message_thread_id: 78 }));
    start();
    await world.pass(500);
    assert.deepEqual(
      sink.got.map((m) => m.thread),
      ["77", undefined],
    );
  }));

function press(data: string): Record<string, unknown> {
  return {
    callback_query: {
      id: "q1",
      from: { id: 42, username: "ada" },
      chat_instance: "i",
      data,
      message: { message_id: 9, chat: { id: -100, type: "group" }, date: 1 },
    },
  };
}

test("a press is answered at once, and its keyboard goes when it is settled", () =>
  story(async ({ start, api, sink, world }) => {
    api.add(press("ok:abc"));
    start();
    await world.pass(500);
    const [m] = sink.got;
    assert.deepEqual([m?.messageId, m?.press, m?.text, m?.chat, m?.isShared], ["cb:q1", "ok:abc", "", "-100", true]);
    assert.deepEqual(api.calls("answerCallbackQuery")[0]?.params, { callback_query_id: "q1" });
    assert.equal(api.calls("editMessageReplyMarkup").length, 0);
    sink.settle(0);
    await world.pass(100);
    assert.deepEqual(api.calls("editMessageReplyMarkup")[0]?.params, {
      chat_id: -100,
      message_id: 9,
      reply_markup: { inline_keyboard: [] },
    });
  }));

test("a press of somebody who may not decide leaves the buttons where they are", () =>
  story(async ({ start, api, sink, world }) => {
    api.add(press("ok:abc"));
    start();
    await world.pass(500);
    sink.settle(0, "refused");
    await world.pass(2_000);
    assert.equal(api.calls("editMessageReplyMarkup").length, 0);
  }));

test("a webhook is removed; another poller is told of once and waited for", () =>
  story(async ({ start, api, sink, world, ended }) => {
    api.instead(
      "getUpdates",
      telegramError(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      ),
    );
    start();
    await world.pass(3_000);
    assert.deepEqual(api.calls("deleteWebhook")[0]?.params, { drop_pending_updates: false });
    const conflict = telegramError(
      409,
      "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    );
    api.instead("getUpdates", ...Array(5).fill(conflict));
    await world.pass(120_000);
    assert.equal(world.lines.filter((l) => l.includes("telegram.conflict")).length, 1);
    api.add(textMessage("after all", 1));
    await world.pass(TELEGRAM_BACKOFF_MS_MAX + 6_000);
    assert.equal(sink.got.length, 1);
    assert.equal(ended(), null);
  }));

test("401 ends the channel with a sentence", () =>
  story(async ({ start, api, world, ended }) => {
    api.instead("getUpdates", telegramError(401, "Unauthorized"));
    start();
    await world.pass(1_000);
    const end = ended();
    assert.ok(isFault(end) && end.fault === "denied" && /BotFather/.test(sayFault(end)));
  }));

test("web pages, resets, odd errors and 429 are survived with growing pauses and one line", () =>
  story(async ({ start, api, sink, world }) => {
    const page = { status: 502, pieces: ["<html><h1>502 Bad Gateway</h1></html>"] };
    const reset = { end: fault("unreachable", "The connection was reset.") };
    const odd = { status: 500, pieces: ['{"message":"not supported"}'] };
    api.instead("getMe", page, reset);
    api.instead(
      "getUpdates",
      page,
      reset,
      odd,
      { pieces: ["not json"] },
      { pieces: ["{}"] },
      { status: 200, pieces: [""] },
    );
    api.add(textMessage("still there", 1));
    start();
    await world.pass(180_000);
    assert.equal(sink.got.length, 1);
    assert.equal(world.lines.filter((l) => l.includes("telegram.failing")).length, 2, "one line an outage");
    const gaps = api
      .calls("getUpdates")
      .map((c, i, all) => c.atMs - (all[i - 1]?.atMs ?? 0))
      .slice(1, 6);
    for (let i = 1; i < gaps.length; i += 1) assert.ok((gaps[i] ?? 0) >= (gaps[i - 1] ?? 0), `pauses grow: ${gaps}`);
    const before = api.calls("getUpdates").length;
    api.instead("getUpdates", telegramError(429, "Too Many Requests: retry after 20", { retry_after: 20 }));
    await world.pass(15_000);
    assert.ok(api.calls("getUpdates").length <= before + 2, "429 is waited for");
  }));

test("what the core cannot take now comes again, and nothing overtakes it; what it never takes is skipped", () =>
  story(async ({ start, api, sink, world }) => {
    sink.faults.push(fault("limit", "full"), fault("limit", "full"), null, fault("input", "too long"));
    api.add(textMessage("one", 1));
    api.add(textMessage("bad", 2));
    api.add(textMessage("two", 3));
    start();
    await world.pass(500);
    assert.equal(sink.got.length, 0);
    await world.pass(3_000);
    assert.deepEqual(
      sink.got.map((m) => m.text),
      ["one", "two"],
    );
    assert.equal(world.lines.filter((l) => l.includes("telegram.held")).length, 1);
  }));

test("close: the poll ends, unsettled messages are waited for, the offset is confirmed", () =>
  story(async ({ start, api, sink, world, ended }) => {
    const id = api.add(textMessage("one", 1));
    start();
    await world.pass(1_500);
    sink.close();
    await world.pass(500);
    assert.equal(ended(), null);
    api.add(textMessage("late", 2));
    sink.settle(0);
    await world.pass(100);
    assert.equal(ended(), undefined);
    const last = api.calls("getUpdates").at(-1)?.params;
    assert.deepEqual([last?.["offset"], last?.["timeout"], last?.["limit"]], [id + 1, 0, 1]);
    assert.equal(sink.got.length, 1, "nothing is taken after the close");
  }));

test("close: the wait is bounded, and what is unsettled stays unconfirmed", () =>
  story(async ({ start, api, sink, world, ended }) => {
    const id = api.add(textMessage("one", 1));
    start();
    await world.pass(1_500);
    sink.close();
    await world.pass(TELEGRAM_SETTLE_MS + 500);
    assert.equal(ended(), undefined);
    assert.equal(offsets(api).at(-1), id);
  }));

test("close before anything came asks nothing more", () =>
  story(async ({ start, api, sink, world, ended }) => {
    start();
    await world.pass(100);
    sink.close();
    await world.pass(100);
    assert.equal(ended(), undefined);
    assert.equal(api.calls("getUpdates").length, 1);
  }));

test("a restart takes up what was not confirmed", async () => {
  const { world, api, sink, kit } = makeRig();
  api.add(textMessage("one", 1));
  void telegram.inbound?.(world.scope, kit, sink);
  await world.pass(1_500);
  const again = makeFakeSink();
  void telegram.inbound?.(world.scope, kit, again);
  await world.pass(1_500);
  assert.deepEqual(
    again.got.map((m) => m.messageId),
    sink.got.map((m) => m.messageId),
  );
  world.stop();
  await world.end();
});

test("the place: ids that begin anew after a quiet time, and a bounded memory", () => {
  const place = makePlace(0);
  assert.equal(place.offset(0), null);
  place.opened(900);
  place.settled(900);
  assert.equal(place.offset(TELEGRAM_QUIET_MS), 901);
  assert.equal(place.offset(TELEGRAM_QUIET_MS + 1), null);
  place.heard(TELEGRAM_QUIET_MS);
  place.skipped(5);
  assert.equal(place.offset(TELEGRAM_QUIET_MS + 1), 6);
  place.opened(10);
  for (let id = 11; id < 2_000; id += 1) place.skipped(id);
  assert.deepEqual([place.isKnown(10), place.isKnown(11), place.isKnown(1_999)], [true, false, true]);
});

const OUT: Outbound = { key: "k", channel: "telegram", account: "123456", chat: "42", text: "hi" };

async function send(
  m: Partial<Outbound>,
  ...answers: Parameters<FakeTelegram["instead"]>[1][]
): Promise<{ sent: Outcome<{ remoteId: string }> | undefined; api: FakeTelegram }> {
  const { world, api, kit } = makeRig("http://bots.test:8081/base/");
  if (answers.length > 0) api.instead("sendMessage", ...answers);
  const sent = await telegram.outbound?.(world.scope, kit, { ...OUT, ...m });
  await world.end();
  if (isFault(sent)) assert.ok(!JSON.stringify(sent).includes("TEST-token"));
  return { sent, api };
}

test("send: what is fenced stands in a font of fixed width, told by place; nothing else is formatted", async () => {
  for (const [text, plain, entities] of [
    ["a 😀\n```\n█ ▀\n▄ █\n```\nend", "a 😀\n█ ▀\n▄ █\nend", [{ type: "pre", offset: 5, length: 7 }]],
    [
      "```sh\nx\n```\n\n```\ny\n```",
      "x\n\ny",
      [
        { type: "pre", offset: 0, length: 1 },
        { type: "pre", offset: 3, length: 1 },
      ],
    ],
    ["```\ncut off", "```\ncut off", undefined],
    ["a ```b``` c", "a ```b``` c", undefined],
    ["```\n \n```", "```\n \n```", undefined],
  ] as const) {
    const { api } = await send({ text });
    const params = api.calls("sendMessage")[0]?.params;
    assert.equal(params?.["text"], plain);
    assert.deepEqual(params?.["entities"], entities);
    for (const { offset, length } of entities ?? []) assert.doesNotMatch(plain.slice(offset, offset + length), /```/);
  }
});

test("send: plain text, buttons, thread, and the token only on the wire", async () => {
  const { sent, api } = await send({ text: "*hi* <b>", thread: "77", buttons: [{ label: "Yes", press: "ok:1" }] });
  assert.deepEqual(sent, { remoteId: "42:5001" });
  assert.deepEqual(api.calls("sendMessage")[0]?.params, {
    chat_id: 42,
    text: "*hi* <b>",
    link_preview_options: { is_disabled: true },
    message_thread_id: 77,
    reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data: "ok:1" }]] },
  });
  const [asked] = api.http.asked;
  assert.deepEqual(
    [asked?.url, asked?.target, asked?.repeatable],
    ["http://bots.test:8081/base/", `/base/bot${TOKEN}/sendMessage`, false],
  );
});

test("send: the bounds of text and buttons, in UTF-16 units and in bytes", async () => {
  assert.ok(!isFault((await send({ text: "👋".repeat(2_048) })).sent));
  for (const bad of [
    { text: `${"👋".repeat(2_048)}x` },
    { text: " \n" },
    { buttons: [{ label: "x", press: "é".repeat(33) }] },
  ]) {
    const { sent, api } = await send(bad);
    assert.ok(isFault(sent) && sent.fault === "input");
    assert.equal(api.http.asked.length, 0);
  }
  assert.ok(!isFault((await send({ buttons: [{ label: "x", press: "é".repeat(32) }] })).sent));
});

test("send: what each refusal means", async () => {
  const table: ReadonlyArray<readonly [number, string, Fault["fault"], boolean]> = [
    [400, "Bad Request: chat not found", "missing", false],
    [400, "Bad Request: message is too long", "input", false],
    [401, "Unauthorized", "denied", false],
    [403, "Forbidden: bot was blocked by the user", "denied", false],
    [404, "Not Found", "denied", false],
    [413, "Request Entity Too Large", "input", false],
    [421, "Misdirected Request", "input", false],
    [500, "Internal Server Error", "failed", true],
    [502, "Bad Gateway", "failed", true],
  ];
  for (const [code, description, kind, maybeDone] of table) {
    const { sent } = await send({}, telegramError(code, description));
    assert.ok(isFault(sent));
    assert.deepEqual([sent.fault, sent.maybeDone], [kind, maybeDone], description);
  }
  const slow = await send({}, telegramError(429, "Too Many Requests: retry after 7", { retry_after: 7 }));
  assert.ok(
    isFault(slow.sent) && slow.sent.fault === "limit" && slow.sent.retryAfterMs === 7_000 && !slow.sent.maybeDone,
  );
  for (const page of ["<html>Log in</html>", '{"status":"up"}', ""]) {
    const { sent } = await send({}, { status: 200, pieces: [page] });
    assert.ok(isFault(sent) && sent.fault === "failed" && sent.maybeDone);
    assert.match(sent.what, /not the Bot API/);
    assert.match(sent.next ?? "", /TELEGRAM_API_ROOT.*proxy/);
    assert.doesNotMatch(sent.what, /502/);
  }
  for (const code of [401, 403, 404, 409, 429, 500]) {
    const { sent } = await send({}, telegramError(code, "x"));
    assert.ok(isFault(sent) && sent.next !== undefined, `${code} says what to do`);
  }
  const odd = await send({}, { status: 500, pieces: ['{"message":"boom"}'] });
  assert.ok(isFault(odd.sent) && /boom/.test(odd.sent.what) && odd.sent.maybeDone);
  const lost = await send({}, { end: fault("unreachable", "reset", { maybeDone: true }) });
  assert.ok(isFault(lost.sent) && lost.sent.fault === "unreachable" && lost.sent.maybeDone);
});

test("send: an upgraded group and a vanished topic get the message all the same, once", async () => {
  const moved = await send(
    { chat: "-5" },
    telegramError(400, "Bad Request: group chat was upgraded to a supergroup chat", { migrate_to_chat_id: -1001 }),
  );
  assert.ok(!isFault(moved.sent));
  assert.deepEqual(
    moved.api.calls("sendMessage").map((c) => c.params["chat_id"]),
    [-5, -1001],
  );
  const closed = await send({ thread: "7" }, telegramError(400, "Bad Request: message thread not found"));
  assert.ok(!isFault(closed.sent));
  assert.deepEqual(
    closed.api.calls("sendMessage").map((c) => c.params["message_thread_id"]),
    [7, undefined],
  );
});

test("a photo goes in by its name, with its words or without, in the largest size that is not too large", () =>
  story(async ({ start, api, sink, world }) => {
    const sizes = [90, 40_000, IMAGE_BYTES_MAX, IMAGE_BYTES_MAX + 1];
    const photo = sizes.map((file_size, i) => ({ file_id: `size-${i}`, file_size, width: 1, height: 1 }));
    const wordless = { text: undefined };
    api.add(textMessage("", 1, { ...wordless, caption: "which port?", photo }));
    api.add(textMessage("", 2, { ...wordless, photo: [{ file_id: "unmeasured" }] }));
    api.add(textMessage("", 3, { ...wordless, photo: [{ file_id: "huge", file_size: 9_000_000 }] }));
    api.add(textMessage("", 4, { ...wordless, document: { file_id: "scan", mime_type: "image/png" } }));
    api.add(textMessage("", 5, { ...wordless, document: { file_id: "doc", mime_type: "application/pdf" } }));
    api.add(textMessage("only words", 6));
    start();
    await world.pass(500);
    assert.deepEqual(
      sink.got.map((m) => [m.text, m.pictures]),
      [
        ["which port?", [{ ref: "size-2" }]],
        ["", [{ ref: "unmeasured" }]],
        ["", [{ ref: "huge" }]],
        ["", [{ ref: "scan" }]],
        ["only words", undefined],
      ],
    );
    // A stranger could make us fetch; who it is from is not judged here.
    assert.equal(api.calls("getFile").length, 0);
  }));

async function fetchPicture(answers: Record<string, Script>): Promise<{ got: unknown; api: FakeTelegram }> {
  const { world, api, kit } = makeRig("http://bots.test:8081/base/");
  for (const [method, script] of Object.entries(answers)) api.instead(method, script);
  const got = await telegram.picture?.(world.scope, kit, "abc");
  await world.end();
  assert.ok(!`${JSON.stringify(got)} ${world.lines.join()}`.includes("TEST-token"));
  return { got, api };
}

test("a picture is fetched where getFile says, and told why it cannot be", async () => {
  const found = (result: object): Script => jsonScript({ ok: true, result });
  const file = { file_id: "abc", file_path: "photos/file_0.png", file_size: 70 };
  const bytes = { pieces: [new Uint8Array(Buffer.from(PNG.data, "base64"))] };
  const { got, api } = await fetchPicture({ getFile: found(file), "file_0.png": bytes });
  assert.deepEqual(got, PNG);
  assert.deepEqual(
    api.http.asked.map((a) => [a.method, a.target]),
    [
      ["POST", `/base/bot${TOKEN}/getFile`],
      ["GET", `/base/file/bot${TOKEN}/photos/file_0.png`],
    ],
  );
  const bad: ReadonlyArray<readonly [Record<string, Script>, RegExp]> = [
    [{ getFile: telegramError(400, "Bad Request: file is too big") }, /file is too big/],
    [{ getFile: found({ ...file, file_size: IMAGE_BYTES_MAX + 1 }) }, /672 KB/],
    [{ getFile: found({ file_id: "abc" }) }, /does not tell where/],
    [{ getFile: found({ ...file, file_path: "../../etc/passwd" }) }, /does not tell where/],
    [{ getFile: found({ ...file, file_path: "a?b=c" }) }, /does not tell where/],
    [{ getFile: found(file), "file_0.png": { pieces: ["<html>"] } }, /no picture/],
    [{ getFile: found(file), "file_0.png": telegramError(404, "Not Found") }, /Not Found/],
    [{ getFile: found(file), "file_0.png": { end: fault("limit", "x", { code: "body_too_large" }) } }, /672 KB/],
    [{ getFile: found(file), "file_0.png": { end: fault("unreachable", "gone") } }, /could not be reached: gone/],
  ];
  for (const [answers, why] of bad) {
    const { got: f } = await fetchPicture(answers);
    assert.ok(isFault(f) && why.test(f.what), `${why}: ${JSON.stringify(f)}`);
  }
  const whole = found({ ...file, file_size: IMAGE_BYTES_MAX });
  assert.ok(!isFault((await fetchPicture({ getFile: whole, "file_0.png": bytes })).got));
});

test("typing and check", async () => {
  const { world, api, kit } = makeRig();
  assert.equal(await telegram.typing?.(world.scope, kit, "42"), undefined);
  assert.deepEqual(api.calls("sendChatAction")[0]?.params, { chat_id: 42, action: "typing" });
  assert.match(String(await telegram.check?.(world.scope, kit)), /@ClawBot/);
  api.instead("getMe", telegramError(401, "Unauthorized"));
  const bad = await telegram.check?.(world.scope, kit);
  assert.ok(isFault(bad) && bad.fault === "denied");
  await world.end();
});

test("an album is one question with all its pictures, also when it comes in two polls", () =>
  story(async ({ start, api, sink, world }) => {
    const part = (id: number, more: object = {}): number =>
      api.add(textMessage("", id, { text: undefined, media_group_id: "g1", photo: [{ file_id: `p${id}` }], ...more }));
    api.add(textMessage("before", 1));
    part(2, { caption: "what are these?" });
    part(3);
    start();
    await world.pass(500);
    part(4);
    const last = api.add(textMessage("after", 5));
    await world.pass(1_500);
    const refs = (...ids: number[]): unknown => ids.map((id) => ({ ref: `p${id}` }));
    assert.deepEqual(
      sink.got.map((m) => [m.messageId, m.text, m.pictures]),
      [
        ["42:1", "before", undefined],
        ["42:2", "what are these?", refs(2, 3, 4)],
        ["42:5", "after", undefined],
      ],
    );
    // All of it is confirmed together, and only when it is settled.
    sink.settle(0);
    sink.settle(2);
    await world.pass(1_500);
    assert.equal(api.queue.length, 4);
    sink.settle(1);
    await world.pass(1_500);
    assert.equal(offsets(api).at(-1), last + 1);
    assert.equal(sink.got.length, 3);
  }));

test("an album at the end is taken a moment later; more pictures than are looked at are told of", () =>
  story(async ({ start, api, sink, world }) => {
    for (let id = 1; id <= IMAGES_MAX + 2; id += 1) {
      const photo = [{ file_id: `p${id}` }];
      api.add(textMessage("", id, { text: undefined, media_group_id: "g2", photo }));
    }
    start();
    await world.pass(500);
    assert.equal(sink.got.length, 0);
    await world.pass(1_000);
    assert.equal(sink.got.length, 1);
    assert.equal(sink.got[0]?.pictures?.length, IMAGES_MAX);
    assert.match(sink.got[0]?.text ?? "", /^\[2 more came/);
  }));
