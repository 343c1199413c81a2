// Roles: which rule counts, and that whoever may only look can change nothing by any way.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod/mini";
import { isFault } from "../../../src/base/fault.ts";
import { bindTool, type CoreDeps, type Role } from "../../../src/core/deps.ts";
import { mayNot, parseRoleRule, type Right, type RoleRule, roleOf } from "../../../src/core/policy.ts";
import type { Inbound } from "../../../src/port/channel.ts";
import { echoTool, executeTool, fakeRouter, makeWorld, says, type World } from "../../support/core-world.ts";

const from = (channel: string, chat: string, sender: string, senderName?: string): Inbound => ({
  ...{ channel, account: "a", chat, sender, messageId: "1", text: "", sentMs: 0 },
  ...(senderName === undefined ? {} : { senderName }),
});

const rules = (text: string): RoleRule[] =>
  text.split(",").map((one) => {
    const rule = parseRoleRule(one);
    assert.ok(rule !== null, one);
    return rule;
  });

test("rules by channel, chat and person", () => {
  const all = rules(
    "*=viewer,telegram=admin,telegram/1=owner,telegram/@anna=owner,telegram/chat:-5=viewer,telegram/chat:-5/1=admin,telegram/chat:-6=owner,http/abcd=owner,telegram/9=none",
  );
  const is = (m: Inbound, role: Role): void => assert.equal(roleOf(all, m), role, JSON.stringify(m));
  is(from("telegram", "1", "1"), "owner");
  is(from("telegram", "2", "2"), "admin");
  is(from("telegram", "3", "3", "@Anna"), "owner");
  is(from("telegram", "3", "3", "@annab"), "admin");
  is(from("telegram", "3", "@anna"), "admin");
  is(from("telegram", "-5", "1"), "admin");
  is(from("telegram", "-5", "3", "@anna"), "viewer");
  is(from("telegram", "-5", "2"), "viewer");
  // A chat gives nobody more than they have.
  is(from("telegram", "-6", "2"), "admin");
  is(from("telegram", "-6", "1"), "owner");
  is(from("telegram", "9", "9"), "stranger");
  is(from("http", "abcd:main", "abcd"), "owner");
  is(from("http", "efgh:main", "efgh"), "viewer");
  is(from("slack", "C1", "U1", "@anna"), "viewer");
  assert.equal(roleOf([], from("telegram", "1", "1")), "owner");
  assert.equal(roleOf(rules("telegram/1=viewer,telegram/1=owner"), from("telegram", "1", "1")), "viewer");
});

test("what is no rule is not taken", () => {
  for (const bad of [
    ...["", "viewer", "telegram", "telegram=boss", "telegram=", "=viewer", "telegram/=viewer", "telegram/chat:=viewer"],
    ...[
      "*/1=viewer",
      "*/chat:1=viewer",
      "http/@anna=owner",
      "telegram/1/2=owner",
      "telegram/1 2=owner",
      "Telegram=owner",
    ],
    ...["telegram=local", "telegram=stranger", "telegram/1=owner "],
  ])
    assert.equal(parseRoleRule(bad), null, bad);
});

test("what each role may", () => {
  const rights: Right[] = ["propose", "decide", "manage", "lifeline"];
  const may = (role: Role): string[] =>
    rights.filter((right) => mayNot({ role: () => role }, from("telegram", "1", "1"), right) === null);
  assert.deepEqual(may("local"), rights);
  assert.deepEqual(may("owner"), rights);
  assert.deepEqual(may("admin"), ["propose", "decide", "manage"]);
  assert.deepEqual(may("viewer"), []);
  assert.deepEqual(may("stranger"), []);
});

const VIEWER =
  /Your role here is viewer, which may not (propose changes|decide on changes|see or set what concerns all chats)\. Nothing was changed\./;

/** 7 is the owner, 8 what the test says. */
function family(more: Partial<Parameters<typeof makeWorld>[0]> = {}): World & { now: { role: Role } } {
  const now: { role: Role } = { role: "viewer" };
  const role: CoreDeps["role"] = (m) => (m.sender === "8" ? now.role : "owner");
  return Object.assign(makeWorld({ role, ...more }), { now });
}

const last = (w: World): string => w.texts().at(-1) ?? "";
const idIn = (text: string): string => /Plan ([0-9A-Z]{6}) /.exec(text)?.[1] ?? "";

test("a viewer reads, and changes nothing by command, button, keep, undo or task", async () => {
  const w = family();
  const ben = { sender: "8", chat: "8" };
  await w.tell("/ip/address/print", ben);
  assert.match(last(w), /rows of/);
  // What was theirs before they became one.
  w.now.role = "owner";
  await w.tell("/run /ip/dns/set servers=1.1.1.1", ben);
  const open = idIn(last(w));
  w.router.onChange = async () => ({ state: "pending", told: "Done.", keepMs: 60_000 });
  await w.tell("/run /ip/dns/set servers=8.8.8.8", ben);
  const pending = idIn(last(w));
  await w.tell(`/approve ${pending}`, ben);
  assert.equal(w.router.changes.length, 1);
  w.now.role = "viewer";
  for (const text of [
    ...["/run /ip/dns/set servers=9.9.9.9", "/ip/dns/set servers=9.9.9.9", "/approve", `/approve ${open}`],
    ...[
      `/approve ${open} lifeline`,
      `/deny ${open}`,
      "/deny",
      "/keep",
      `/keep ${pending}`,
      "/revert",
      `/revert ${pending}`,
    ],
    ...["/budget day off", "/budget chat 1", "/model reload"],
  ]) {
    await w.tell(text, ben);
    assert.match(last(w), VIEWER, text);
  }
  for (const press of [`a:${open}`, `d:${open}`, `k:${pending}`, `r:${pending}`]) {
    const pressed = await w.tell("", { ...ben, press });
    assert.match(last(w), VIEWER, press);
    // Its button stays for whom it is meant.
    assert.equal(isFault(pressed) || (await pressed.settled), "refused");
  }
  assert.equal(w.router.changes.length, 1);
  assert.deepEqual(w.router.settled, []);
  await w.end();
});

test("a viewer cannot decide on an owner's plan of the same group, nor an admin on another's", async () => {
  for (const [role, says] of [
    ["viewer", VIEWER],
    ["admin", /another person/],
  ] as const) {
    const w = family();
    w.now.role = role;
    await w.tell("/run /ip/dns/set servers=1.1.1.1", { chat: "-5" });
    const id = idIn(last(w));
    for (const more of [{ text: `/approve ${id}` }, { press: `a:${id}` }, { press: `d:${id}` }]) {
      await w.tell(more.text ?? "", {
        chat: "-5",
        sender: "8",
        ...(more.press === undefined ? {} : { press: more.press }),
      });
      assert.match(last(w), says);
    }
    assert.deepEqual(w.router.changes, []);
    await w.tell("", { chat: "-5", press: `a:${id}` });
    assert.equal(w.router.changes.length, 1);
    await w.end();
  }
});

test("the model of a viewer gets the same words, for changes and for tools with an effect", async () => {
  const ran: string[] = [];
  const tool = (name: string, effect: "write" | "external") =>
    bindTool(
      {
        ...{ name, purpose: "does it", effect, capMs: 1_000, outMax: 1_000, args: () => z.strictObject({}) },
        run: async () => {
          ran.push(name);
          return { text: "did it" };
        },
      },
      "{}",
    );
  const tools = [echoTool(), executeTool(), tool("scribble", "write"), tool("post", "external")];
  const script = [
    says("", [
      ["execute", { command: "/ip/dns/set servers=6.6.6.6" }],
      ["scribble", {}],
      ["post", {}],
      ["echo", { q: "still read" }],
    ]),
    says("I may not."),
  ];
  const w = family({ tools, script });
  await w.tell("do it", { sender: "8", chat: "8" });
  const results = (w.asks.at(-1)?.messages ?? []).filter((m) => m.role === "tool").map((m) => m.text);
  assert.equal(results.length, 4);
  for (const text of results.slice(0, 3)) assert.match(text, VIEWER);
  assert.equal(results[3], "still read");
  assert.deepEqual(ran, []);
  assert.doesNotMatch(last(w), /Plan [0-9A-Z]{6}/);
  assert.equal(w.sent.at(-1)?.buttons, undefined);
  await w.end();
});

test("an admin decides, but not on what could cut somebody off", async () => {
  const router = fakeRouter();
  let risk: "dangerous" | "lifeline" = "dangerous";
  router.onPlan = async (_s, command) => ({ hash: `hash of ${command}`, risk, command, diff: command, calls: [] });
  const w = family({ router });
  w.now.role = "admin";
  const ben = { sender: "8", chat: "8" };
  await w.tell("/run /a/set x=1", ben);
  await w.tell("/approve", ben);
  assert.equal(w.router.changes.length, 1);
  risk = "lifeline";
  await w.tell("/run /a/set x=2", ben);
  const id = idIn(last(w));
  await w.tell(`/approve ${id} lifeline`, ben);
  assert.match(last(w), /Your role here is admin, which may not approve what could cut off the router or its owner/);
  assert.equal(w.router.changes.length, 1);
  w.now.role = "owner";
  await w.tell(`/approve ${id} lifeline`, ben);
  assert.equal(w.router.changes.length, 2);
  await w.end();
});
