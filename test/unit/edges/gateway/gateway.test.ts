// The gateway's rules without a socket: hosts, tokens, pairing, chat.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { type Fault, fault, httpStatus, isFault, type Outcome, type Wait } from "../../../../src/base/fault.ts";
import {
  CHAT_BODY_BYTES_MAX,
  CHAT_EVENTS_MAX,
  CHAT_NAME_UNITS_MAX,
  PAIR_CODE_MS,
  PAIR_LOCK_MS,
  PAIR_PEERS_MAX,
  PAIR_WRONG_PER_PEER_MAX,
  PAIR_WRONG_TOTAL_MAX,
  TOKEN_MS,
  TOKENS_MAX,
} from "../../../../src/base/limits.ts";
import { IMAGES_HELD_UNITS_MAX, IMAGES_UNITS_MAX } from "../../../../src/base/limits-models.ts";
import type { Scope } from "../../../../src/base/scope.ts";
import { secret } from "../../../../src/base/secret.ts";
import { decodeUtf8, encodeUtf8 } from "../../../../src/base/utf8.ts";
import { makeTokens } from "../../../../src/edges/gateway/auth.ts";
import { makeChatEvents } from "../../../../src/edges/gateway/chat-events.ts";
import { makePairing } from "../../../../src/edges/gateway/pair.ts";
import { makePeers, peerName } from "../../../../src/edges/gateway/pair-peers.ts";
import { type GatewayOptions, gatewayHandler } from "../../../../src/edges/gateway/serve.ts";
import type { Agent, Progress, Said } from "../../../../src/port/agent.ts";
import type { Inbound } from "../../../../src/port/channel.ts";
import type { Headers, Incoming, Reply } from "../../../../src/port/http.ts";
import { PNG } from "../../../support/pictures.ts";
import { makeWorld, type World } from "../../../support/virtual.ts";

interface Asking {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  peer?: string;
}

interface Answered {
  status: number;
  json: Record<string, unknown>;
  reply: Outcome<Reply>;
}

interface Rig {
  world: World;
  codes: string[];
  heard: Inbound[];
  health: Record<string, boolean>;
  waiting: number;
  /** How the agent answers; the usual is an echo. */
  say: (s: Scope, m: Inbound, onProgress?: (p: Progress) => void) => Wait<Said>;
  ask(a: Asking, request?: Scope): Promise<Answered>;
  /** Pairs and gives the header of its token. */
  pair(peer?: string): Promise<Record<string, string>>;
}

// As net/http-server.ts hands it over.
const SECRET_HEADERS = new Set(["authorization", "x-pairing-code"]);

function incoming(a: Asking): Incoming {
  const given = { host: "127.0.0.1:18789", ...a.headers };
  const headers: Headers = Object.entries(given).map(([name, value]) => {
    const key = name.toLowerCase();
    return [key, SECRET_HEADERS.has(key) ? secret(key, value) : value] as const;
  });
  const body = typeof a.body === "string" ? encodeUtf8(a.body) : (a.body ?? new Uint8Array(0));
  return {
    method: a.method ?? "GET",
    path: a.path ?? "/health",
    query: "",
    headers,
    peer: a.peer ?? "127.0.0.1",
    body: async (_, max) => (body.length > max ? fault("limit", "too large", { code: "body_too_large" }) : body),
  };
}

function makeRig(more: Partial<GatewayOptions> = {}): Rig {
  const world = makeWorld(7);
  const codes: string[] = [];
  const rig: Rig = {
    world,
    codes,
    heard: [],
    health: { llm: true, routeros: true },
    waiting: 0,
    say: async (_, m) => ({ reply: `you said ${m.text}` }),
    ask: async (a, request = world.scope) => answered(await handler(request, incoming(a))),
    async pair(peer = "10.0.0.9") {
      const { json } = await rig.ask({
        method: "POST",
        path: "/pair",
        peer,
        headers: { "X-Pairing-Code": codes.at(-1) ?? "" },
      });
      return { Authorization: `Bearer ${json["token"]}` };
    },
  };
  const agent: Agent = {
    say: (s, m, onProgress) => {
      rig.heard.push(m);
      return rig.say(s, m, onProgress);
    },
    health: () => rig.health,
    audit: async (_, m) =>
      m.sender === "local"
        ? JSON.stringify({ chat: m.chat })
        : fault("denied", "Your role here is viewer.", { code: "role" }),
    waiting: () => rig.waiting,
    stop: () => false,
  };
  const { clock, random, log } = world;
  const options: GatewayOptions = {
    at: { host: "127.0.0.1", port: 0 },
    names: ["router.lan"],
    agent,
    configured: ["llm", "routeros"],
    pairing: { required: true, tokenHashes: [] },
    clock,
    random,
    log,
    announceListening: () => undefined,
    announceCode: (code) => void codes.push(code),
    ...more,
  };
  const tokens = makeTokens(options.pairing.tokenHashes, clock, random);
  assert.ok(!isFault(tokens));
  const pairing = makePairing({ tokens, clock, random, log, announceCode: options.announceCode });
  if (options.pairing.required) pairing.announce();
  const handler = gatewayHandler(world.scope, options, tokens, pairing);
  return rig;
}

function answered(reply: Outcome<Reply>): Answered {
  if (isFault(reply))
    return {
      status: httpStatus(reply),
      json: { error: reply.what, code: reply.code ?? reply.fault, next: reply.next },
      reply,
    };
  assert.ok("status" in reply);
  const json = "body" in reply ? JSON.parse(typeof reply.body === "string" ? reply.body : decodeUtf8(reply.body)) : {};
  return { status: reply.status, json, reply };
}

function waitMs(a: Answered): number | undefined {
  return isFault(a.reply) ? a.reply.retryAfterMs : undefined;
}

const WRONG = "00000000";

function tryCode(rig: Rig, code: string, peer = "10.0.0.1"): Promise<Answered> {
  return rig.ask({ method: "POST", path: "/pair", peer, headers: { "x-pairing-code": code } });
}

async function story(run: (rig: Rig) => Promise<void>, more: Partial<GatewayOptions> = {}): Promise<void> {
  const rig = makeRig(more);
  await run(rig);
  rig.world.stop();
  await rig.world.end();
  const logged = rig.world.lines.join("\n");
  for (const code of rig.codes) assert.ok(!logged.includes(code), "no code in the log");
}

test("health: open, from what was last seen; not configured is false and no harm", () =>
  story(async (rig) => {
    const ok = await rig.ask({});
    assert.deepEqual(
      [ok.status, ok.json],
      [200, { status: "ok", components: { llm: true, gateway: true, routeros: true, memu: false } }],
    );
    rig.health = { llm: true, routeros: false, telegram: true };
    assert.deepEqual((await rig.ask({})).json, {
      status: "degraded",
      components: { llm: true, gateway: true, routeros: false, memu: false, telegram: true },
    });
    rig.waiting = 3;
    assert.equal((await rig.ask({})).json["waiting"], 3);
    rig.waiting = 0;
    assert.equal((await rig.ask({})).json["waiting"], undefined);
    assert.deepEqual((await rig.ask({ path: "/health/heartbeat" })).json, { heartbeat: "ok" });
    assert.equal((await rig.ask({ method: "POST" })).status, 405);
  }));

test("host: addresses, localhost and configured names; anything else is misdirected", () =>
  story(async (rig) => {
    for (const host of [
      "127.0.0.1",
      "192.168.88.5:18789",
      "[::1]:18789",
      "localhost",
      "LOCALHOST:1",
      "localhost.",
      "router.lan:80",
      "Router.LAN.",
    ]) {
      assert.equal((await rig.ask({ headers: { host } })).status, 200, host);
    }
    for (const host of [
      "evil.test",
      "127.0.0.1.evil.test",
      "localhost.evil.test",
      "0x7f.1",
      "a@localhost",
      "localhost/x",
      "localhost#",
      "",
      "[::1",
      "lan",
    ]) {
      const { status, json } = await rig.ask({ headers: { host } });
      assert.deepEqual([status, json["code"]], [421, "misdirected"], host);
    }
    const { status } = await rig.ask({
      method: "POST",
      path: "/pair",
      headers: { host: "evil.test", "x-pairing-code": rig.codes[0] ?? "" },
    });
    assert.equal(status, 421, "before anything else");
  }));

test("routes: 401 without a token for all that is not open, 404 and 405 with one", () =>
  story(async (rig) => {
    for (const a of [
      { path: "/" },
      { path: "/chat", method: "POST" },
      { path: "/nothing" },
      { path: "/health/" },
      { path: "/pair", method: "DELETE" },
      { path: "/pair/x" },
    ]) {
      const { status, json } = await rig.ask(a);
      assert.deepEqual([status, json["code"]], [401, "unauthorized"], a.path);
    }
    const got = await rig.ask({ path: "/pair" });
    assert.equal(got.status, 405);
    assert.ok(
      !isFault(got.reply) &&
        "headers" in got.reply &&
        got.reply.headers.some(([n, v]) => n === "Allow" && v === "POST, DELETE"),
    );
    const headers = await rig.pair();
    assert.equal((await rig.ask({ path: "/nothing", headers })).status, 404);
    assert.equal((await rig.ask({ path: "/chat", headers })).status, 405);
  }));

test("the audit log: with a token, for whoever the agent gives it", async () => {
  const open = makeRig({ pairing: { required: false, tokenHashes: [] } });
  const got = await open.ask({ path: "/audit" });
  assert.equal(got.status, 200);
  assert.deepEqual(got.json, { chat: "local:main" });
  assert.ok(!isFault(got.reply) && "headers" in got.reply);
  assert.deepEqual(got.reply.headers[0], ["content-type", "application/x-ndjson; charset=utf-8"]);
  const closed = makeRig();
  assert.equal((await closed.ask({ path: "/audit" })).status, 401);
  const headers = await closed.pair();
  const refused = await closed.ask({ path: "/audit", headers });
  assert.equal(refused.status, 403);
  assert.equal(refused.json["code"], "role");
  assert.equal((await closed.ask({ path: "/audit", method: "POST", headers })).status, 405);
});

test("tokens: the scheme in any case, nothing else, and not another's", () =>
  story(async (rig) => {
    const { Authorization: value = "" } = await rig.pair();
    const token = value.slice("Bearer ".length);
    assert.match(token, /^[A-Za-z0-9_-]{43}$/);
    const status = async (authorization: string): Promise<number> =>
      (await rig.ask({ path: "/x", headers: { AUTHORIZATION: authorization } })).status;
    for (const good of [`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token} `])
      assert.equal(await status(good), 404, good);
    for (const bad of [
      token,
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      "Bearer ",
      "Bearer",
      "",
      `Bearer ${token} ${token}`,
      `Bearer ${"0".repeat(64)}`,
    ]) {
      assert.equal(await status(bad), 401, bad);
    }
  }));

test("tokens: 30 days, revoked by DELETE /pair, hashes from the start", () => {
  const token = "my-own-token";
  const hash = createHash("sha256").update(token).digest("hex");
  return story(
    async (rig) => {
      const first = await rig.pair();
      const headers = { authorization: `Bearer ${token}` };
      assert.equal((await rig.ask({ path: "/x", headers })).status, 404);
      await rig.world.pass(TOKEN_MS - 1);
      assert.equal((await rig.ask({ path: "/x", headers: first })).status, 404);
      await rig.world.pass(1);
      assert.equal((await rig.ask({ path: "/x", headers: first })).status, 401);
      assert.equal((await rig.ask({ path: "/x", headers })).status, 404, "the owner's own does not end");
      assert.deepEqual((await rig.ask({ method: "DELETE", path: "/pair", headers })).json, { revoked: true });
      assert.equal((await rig.ask({ path: "/x", headers })).status, 401);
    },
    { pairing: { required: true, tokenHashes: [hash.toUpperCase()] } },
  );
});

test("tokens: the table is bounded, the oldest makes room; a bad hash is a configuration fault", () => {
  const { clock, random } = makeWorld();
  const tokens = makeTokens([], clock, random);
  assert.ok(!isFault(tokens));
  const all = [...Array(TOKENS_MAX + 1).keys()].map(() => tokens.issue().token);
  assert.equal(new Set(all).size, all.length);
  const known = all.map((t) => tokens.who([["authorization", secret("a", `Bearer ${t}`)]]) !== null);
  assert.deepEqual([known[0], known.slice(1).every(Boolean)], [false, true]);
  for (const bad of ["xyz", "a".repeat(63), "g".repeat(64)]) {
    const f = makeTokens([bad], clock, random);
    assert.ok(isFault(f) && f.code === "bad_config");
  }
});

test("pairing: code to token, once; typed as people type", () =>
  story(async (rig) => {
    const code = rig.codes[0] ?? "";
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{8}$/);
    const typed = ` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)}`.replace(/1/g, "l").replace(/0/g, "o");
    const { status, json } = await tryCode(rig, typed);
    assert.deepEqual([status, json["paired"]], [200, true]);
    assert.equal(json["expiresAt"], new Date(1_750_000_000_000 + TOKEN_MS).toISOString().replace(".000Z", "Z"));
    const used = await tryCode(rig, code);
    assert.deepEqual(
      [used.status, used.json["error"]],
      [403, "This pairing code was used already; each is good once."],
    );
    assert.match(String(used.json["next"]), /Restart the agent for a new code, or try once more in \d+ minutes/);
    assert.equal(rig.codes.length, 1, "no new code unasked");
  }));

test("pairing: wrong, missing and absurd codes are refused", () =>
  story(async (rig) => {
    for (const bad of [WRONG, "", "x".repeat(1_000)]) assert.equal((await tryCode(rig, bad)).status, 403);
    assert.equal((await rig.ask({ method: "POST", path: "/pair" })).status, 403);
  }));

test("pairing: ten minutes, then a try brings a new code", () =>
  story(async (rig) => {
    const [code = ""] = rig.codes;
    await rig.world.pass(PAIR_CODE_MS);
    const late = await tryCode(rig, code);
    assert.deepEqual([late.status, rig.codes.length], [403, 2]);
    assert.equal((await tryCode(rig, rig.codes[1] ?? "")).status, 200);
    const other = makeRig();
    await other.world.pass(PAIR_CODE_MS - 1);
    assert.equal((await tryCode(other, other.codes[0] ?? "")).status, 200);
  }));

test("pairing: after a used code's time a second device can ask for one", () =>
  story(async (rig) => {
    await rig.pair();
    await rig.world.pass(PAIR_CODE_MS);
    assert.equal((await tryCode(rig, "")).status, 403);
    assert.equal((await tryCode(rig, rig.codes[1] ?? "")).status, 200);
  }));

test("pairing: the 6th wrong try of a peer waits, others do not, and it ends", () =>
  story(async (rig) => {
    for (let i = 0; i < PAIR_WRONG_PER_PEER_MAX; i += 1) assert.equal((await tryCode(rig, WRONG)).status, 403);
    const locked = await tryCode(rig, WRONG);
    assert.deepEqual([locked.status, waitMs(locked)], [429, PAIR_LOCK_MS]);
    await rig.world.pass(20_000);
    assert.equal(waitMs(await tryCode(rig, WRONG)), PAIR_LOCK_MS - 20_000, "not made longer");
    assert.equal((await tryCode(rig, WRONG, "10.0.0.2")).status, 403);
    await rig.world.pass(PAIR_LOCK_MS);
    assert.equal((await tryCode(rig, WRONG)).status, 403);
  }));

test("pairing: after ten wrong tries in all the code is another", () =>
  story(async (rig) => {
    const [code = ""] = rig.codes;
    for (let i = 0; i < PAIR_WRONG_TOTAL_MAX - 1; i += 1) await tryCode(rig, WRONG, `10.0.0.${i}`);
    assert.equal(rig.codes.length, 1);
    await tryCode(rig, WRONG, "10.0.1.1");
    assert.equal(rig.codes.length, 2);
    assert.equal((await tryCode(rig, code, "10.0.1.2")).status, 403);
    assert.equal((await tryCode(rig, rig.codes[1] ?? "", "10.0.1.3")).status, 200);
  }));

test("pairing: the table of peers never fills up, and a new peer is always counted", () => {
  const peers = makePeers();
  for (let i = 0; i < 5 * PAIR_PEERS_MAX; i += 1) {
    for (let n = 0; n < PAIR_WRONG_PER_PEER_MAX; n += 1) assert.equal(peers.wrong(`p${i}`, i), 0);
    assert.equal(peers.wrong(`p${i}`, i), PAIR_LOCK_MS);
    assert.ok(peers.size <= PAIR_PEERS_MAX);
  }
  peers.right(`p${5 * PAIR_PEERS_MAX - 1}`);
  assert.equal(peers.wrong(`p${5 * PAIR_PEERS_MAX - 1}`, 0), 0);
});

test("pairing: an IPv6 network is one peer, a port is none of it", () => {
  assert.equal(peerName("2001:db8::1"), peerName("2001:db8:0:0:ffff::2"));
  assert.notEqual(peerName("2001:db8::1"), peerName("2001:db8:0:1::1"));
  assert.equal(peerName("[2001:db8::1]:443"), peerName("2001:db8::9"));
  assert.equal(peerName("10.0.0.1:555"), "10.0.0.1");
});

test("no pairing: chat without a token, and /pair says that it is off", () =>
  story(
    async (rig) => {
      assert.equal(rig.codes.length, 0);
      const { status, json } = await rig.ask(chatting({}, { message: "hi" }));
      assert.deepEqual([status, json], [200, { reply: "you said hi", chat: "main" }]);
      assert.equal(rig.heard[0]?.sender, "local");
      assert.equal((await tryCode(rig, WRONG)).status, 409);
      assert.equal((await rig.ask({ method: "DELETE", path: "/pair" })).status, 409);
      assert.equal((await rig.ask({ path: "/x" })).status, 404);
    },
    { pairing: { required: false, tokenHashes: [] } },
  ));

function chatting(headers: Record<string, string>, body: unknown, more: Record<string, string> = {}): Asking {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    method: "POST",
    path: "/chat",
    headers: { "content-type": "application/json", ...headers, ...more },
    body: text,
  };
}

test("chat: a compressed body is refused, an uncompressed one that says so is taken", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    const status = async (encoding: string): Promise<number> =>
      (await rig.ask(chatting(headers, { message: "hi" }, { "content-encoding": encoding }))).status;
    assert.deepEqual([await status("gzip"), await status("Identity")], [415, 200]);
  }));

test("chat: a reply that tells of a failure says so to programs too", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    rig.say = async () => ({ reply: "The model does not answer.", failed: true });
    const { status, json } = await rig.ask(chatting(headers, { message: "hi" }));
    assert.deepEqual([status, json], [200, { reply: "The model does not answer.", chat: "main", failed: true }]);
  }));

test("chat: message in, reply and plan out", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    const plan = { id: "p1", risk: "reversible" as const, diff: "+ x" };
    rig.say = async () => ({ reply: "Shall I?", plan });
    const { status, json } = await rig.ask(
      chatting(headers, { message: "block it", chat: "kids-1" }, { "content-type": "Application/JSON; charset=utf-8" }),
    );
    assert.deepEqual([status, json], [200, { reply: "Shall I?", chat: "kids-1", plan }]);
    const [m] = rig.heard;
    assert.deepEqual([m?.channel, m?.text, m?.chat], ["http", "block it", `${m?.sender}:kids-1`]);
    assert.match(m?.sender ?? "", /^[0-9a-f]{16}$/);
  }));

test("chat: two tokens never share a conversation, two messages never an id", () =>
  story(async (rig) => {
    const first = await rig.pair();
    await rig.world.pass(PAIR_CODE_MS);
    await tryCode(rig, "");
    const second = await rig.pair();
    for (const headers of [first, first, second]) await rig.ask(chatting(headers, { message: "hi", chat: "x" }));
    const [a, b, c] = rig.heard;
    assert.equal(a?.chat, b?.chat);
    assert.notEqual(a?.chat, c?.chat);
    assert.equal(new Set(rig.heard.map((m) => m.messageId)).size, 3);
  }));

test("chat: pictures, with words and without, as base64 and as data URLs", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    const url = `data:image/jpeg;base64,${PNG.data}`;
    for (const body of [
      { message: "look", images: [PNG.data, url] },
      { images: [PNG.data] },
      { message: "hi", images: [] },
    ])
      assert.equal((await rig.ask(chatting(headers, body))).status, 200);
    // The type is that of the picture, whatever it is called.
    assert.deepEqual(
      rig.heard.map((m) => [m.text, m.pictures]),
      [
        ["look", [PNG, PNG]],
        ["", [PNG]],
        ["hi", undefined],
      ],
    );
  }));

test("chat: pictures up to the bound of one message and of all that wait", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    const big = (units: number): string => PNG.data.slice(0, 40) + "A".repeat(units - 40);
    const status = async (...images: string[]): Promise<number> =>
      (await rig.ask(chatting(headers, { images }))).status;
    assert.equal(await status(big(IMAGES_UNITS_MAX / 2), big(IMAGES_UNITS_MAX / 2)), 200);
    assert.equal(await status(big(IMAGES_UNITS_MAX / 2), big(IMAGES_UNITS_MAX / 2 + 4)), 413);
    let answer: () => void = () => undefined;
    const waits = new Promise<void>((resolve) => {
      answer = resolve;
    });
    rig.say = async () => {
      await waits;
      return { reply: "ok" };
    };
    const held = IMAGES_HELD_UNITS_MAX / IMAGES_UNITS_MAX;
    const asked = Array.from({ length: held }, () => status(big(IMAGES_UNITS_MAX)));
    await rig.world.settle();
    assert.equal(await status(PNG.data), 503);
    answer();
    assert.deepEqual(await Promise.all(asked), Array(held).fill(200));
    assert.equal(await status(PNG.data), 200);
  }));

test("chat: what is no chat request is told so", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    const status = async (body: unknown, more: Record<string, string> = {}): Promise<number> =>
      (await rig.ask(chatting(headers, body, more))).status;
    for (const type of ["text/plain", "", "application/jsonx", "multipart/form-data; boundary=x"])
      assert.equal(await status({ message: "hi" }, { "content-type": type }), 415, type);
    for (const body of [
      "",
      "{",
      "[]",
      "null",
      '"hi"',
      {},
      { message: 7 },
      { message: "" },
      { message: "  " },
      { message: "hi", more: 1 },
      { message: "hi", chat: "" },
      { images: [] },
      { message: "hi", images: PNG.data },
      { message: "hi", images: [PNG] },
      { message: "hi", chat: "a/b" },
      { message: "hi", chat: "x".repeat(CHAT_NAME_UNITS_MAX + 1) },
    ]) {
      const { status: code, json } = await rig.ask(chatting(headers, body));
      assert.equal(code, 400, JSON.stringify(body));
      // In words, and with a body that would do.
      assert.doesNotMatch(
        String(json["error"]),
        /[\^$\\]|>=|regex|pattern|Invalid|not as expected/,
        JSON.stringify(body),
      );
      const example = /\{.*?\}/.exec(String(json["next"]))?.[0] ?? "";
      assert.equal(typeof (JSON.parse(example) as { message: unknown }).message, "string");
    }
    const bad = ["aGVsbG8=", `${PNG.data}?`, `${PNG.data}AAA`, "<svg/>", ""].map((text) => [text]);
    for (const images of [...bad, Array(5).fill(PNG.data)]) {
      const { status: code, json } = await rig.ask(chatting(headers, { message: "hi", images }));
      assert.deepEqual([code, typeof json["next"]], [400, "string"]);
    }
    assert.equal(await status({ message: "hi", chat: "x".repeat(CHAT_NAME_UNITS_MAX) }), 200);
    assert.equal(
      await status({ message: "x".repeat(CHAT_BODY_BYTES_MAX - 14) }),
      200,
      "its length is the door's matter",
    );
    assert.equal(await status({ message: "x".repeat(CHAT_BODY_BYTES_MAX - 13) }), 413);
    const bytes = { ...chatting(headers, ""), body: new Uint8Array([0x7b, 0xff, 0x7d]) };
    assert.equal((await rig.ask(bytes)).status, 400, "not UTF-8");
    assert.equal(rig.heard.length, 2);
  }));

test("chat: a fault of the agent is the reply's", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    rig.say = async () => fault("limit", "Too many messages wait.", { code: "lane_full", retryAfterMs: 3_000 });
    const { status, json } = await rig.ask(chatting(headers, { message: "hi" }));
    assert.deepEqual([status, json["code"]], [429, "lane_full"]);
  }));

test("chat: a client that goes away does not end the turn", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    let finish: (said: Said) => void = () => undefined;
    const turns: Scope[] = [];
    rig.say = (s) => {
      turns.push(s);
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    const request = makeWorld();
    const waiting = rig.ask(chatting(headers, { message: "hi" }), request.scope);
    await rig.world.settle();
    request.stop();
    assert.equal((await waiting).status, 499);
    await request.end();
    assert.deepEqual(
      turns.map((turn) => turn.stopped),
      [null],
    );
    finish({ reply: "done" });
    await rig.world.settle();
  }));

async function pumped(
  reply: Outcome<Reply>,
  world: World,
  ms = 0,
): Promise<{ text: string; done: Outcome<void> | null }> {
  assert.ok(!isFault(reply) && "pump" in reply);
  let text = "";
  let done: Outcome<void> | null = null;
  const out = {
    write: async (_: Scope, bytes: Uint8Array): Wait<void> => {
      text += decodeUtf8(bytes);
    },
  };
  const ended = reply.pump(world.scope, out);
  void ended.then((how) => {
    done = how ?? null;
  });
  await world.pass(ms);
  return { text, done };
}

function events(text: string): Array<[string, unknown]> {
  return text
    .split("\n\n")
    .filter((e) => e.startsWith("event"))
    .map((e) => {
      const [name = "", data = ""] = e.split("\n");
      return [name.replace("event: ", ""), JSON.parse(data.replace("data: ", ""))];
    });
}

test("chat as events: deltas, tools, final, and signs of life", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    rig.say = async (s, _, onProgress) => {
      onProgress?.({ kind: "text", text: "Hel" });
      onProgress?.({ kind: "text", text: "lo\n" });
      onProgress?.({ kind: "tool", name: "ping", state: "started" });
      await rig.world.clock.sleep(s, 25_000);
      onProgress?.({ kind: "tool", name: "ping", state: "done" });
      return { reply: "Hello\n", plan: { id: "p", risk: "reversible", diff: "d" } };
    };
    const { reply } = await rig.ask(
      chatting(headers, { message: "hi" }, { Accept: "text/html, text/event-stream;q=0.9" }),
    );
    const { text } = await pumped(reply, rig.world, 30_000);
    assert.deepEqual(events(text), [
      ["delta", { text: "Hello\n" }],
      ["tool", { name: "ping", state: "started" }],
      ["tool", { name: "ping", state: "done" }],
      ["final", { reply: "Hello\n", chat: "main", plan: { id: "p", risk: "reversible", diff: "d" } }],
    ]);
    assert.equal(text.split(": still working").length, 3);
  }));

test("chat as events: a fault is the error event, and so is a bug", () =>
  story(async (rig) => {
    const headers = await rig.pair();
    const ask = chatting(headers, { message: "hi" }, { accept: "text/event-stream" });
    rig.say = async () => fault("timeout", "It took too long.", { next: "Try again." });
    assert.deepEqual(events((await pumped((await rig.ask(ask)).reply, rig.world)).text), [
      ["error", { error: "It took too long.", code: "timeout", next: "Try again." }],
    ]);
    rig.say = () => Promise.reject(new Error("a bug"));
    const [last] = events((await pumped((await rig.ask(ask)).reply, rig.world)).text);
    assert.equal(last?.[0], "error");
  }));

test("chat as events: a reader that stops ends the pump, a slow one loses only pieces of text", async () => {
  const world = makeWorld();
  const chat = makeChatEvents();
  for (let i = 0; i < 10 * CHAT_EVENTS_MAX; i += 1)
    chat.progress(i % 2 === 0 ? { kind: "text", text: "x" } : { kind: "tool", name: "t", state: "done" });
  chat.finish("final", { reply: "all" });
  let text = "";
  const write = async (_: Scope, bytes: Uint8Array): Wait<void> => {
    text += decodeUtf8(bytes);
  };
  assert.equal(await chat.pump(world.scope, { write }), undefined);
  const got = events(text);
  assert.ok(got.length <= CHAT_EVENTS_MAX + 1);
  assert.deepEqual(got.at(-1), ["final", { reply: "all" }]);
  const broken = makeChatEvents();
  broken.progress({ kind: "text", text: "x" });
  const gone: Fault = fault("unreachable", "gone");
  assert.equal(await broken.pump(world.scope, { write: async () => gone }), gone);
  await world.end();
});
