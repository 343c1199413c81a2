// The bounds of the router layer, on both sides of each.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault, type Outcome } from "../../../src/base/fault.ts";
import {
  COMMAND_WORDS_MAX,
  FACTS_BYTES_MAX,
  PATTERN_DEPTH_MAX,
  PATTERN_STATES_MAX,
  PLAN_ROWS_MAX,
  PLANS_KEPT_MAX,
  REST_CALL_MS,
  REST_READ_MS,
  REST_ROWS_MAX,
  REST_WAITING_MAX,
  ROUTER_TEXT_BYTES_MAX,
} from "../../../src/base/limits.ts";
import { secret } from "../../../src/base/secret.ts";
import { utf8Length } from "../../../src/base/utf8.ts";
import { compilePattern } from "../../../src/ros/pattern.ts";
import { makeRest } from "../../../src/ros/rest.ts";
import { json, type Rig, scriptedRig } from "../../support/ros-rig.ts";
import { summary } from "../../support/ros-summary.ts";
import { makeWorld } from "../../support/virtual.ts";

const rows = (n: number): Array<Record<string, string>> =>
  Array.from({ length: n }, (_, i) => ({
    ".id": `*${(i + 1).toString(16).toUpperCase()}`,
    name: `h${i}.lan`,
    address: "192.168.88.9",
    list: "x",
  }));

function rig(menu: string, n: number): Rig {
  return scriptedRig((line) => {
    if (line.startsWith("GET /system/identity")) return json({ name: "home" });
    if (line.startsWith("GET /system/resource")) return json({ "board-name": "x", version: "7.24", uptime: "1s" });
    return line.startsWith(`GET ${menu}`) ? json(rows(n)) : undefined;
  });
}

test("rows of one change", async () => {
  for (const n of [PLAN_ROWS_MAX, PLAN_ROWS_MAX + 1]) {
    const r = rig("/ip/dns/static", n);
    const plan = await r.run(r.router.plan(r.world.scope, "/ip/dns/static/remove [find address=192.168.88.9]"));
    if (n <= PLAN_ROWS_MAX) assert.ok(!isFault(plan) && plan.calls.length === n);
    else assert.ok(isFault(plan) && plan.fault === "limit");
  }
});

test("rows and bytes of one read", async () => {
  const r = rig("/ip/dns/static", REST_ROWS_MAX + 1);
  const all = await r.run(r.router.print(r.world.scope, "/ip/dns/static", {}, 10_000));
  assert.ok(!isFault(all));
  assert.equal(all.length, REST_ROWS_MAX);
  const plan = await r.run(r.router.plan(r.world.scope, "/ip/dns/static/print"));
  assert.ok(!isFault(plan));
  const text = await r.run(r.router.read(r.world.scope, plan));
  assert.ok(!isFault(text));
  assert.match(text, /the first 500 of 501/);
  assert.ok(utf8Length(text) < ROUTER_TEXT_BYTES_MAX + 100);
});

test("the live facts stay within their bytes and keep their marks", async () => {
  const long = Array.from({ length: 200 }, (_, i) => ({
    name: `${"ether".repeat(30)}${i}`,
    type: "ether",
    running: "true",
    address: "x".repeat(90),
  }));
  const r = scriptedRig((line) => {
    if (line.startsWith("GET /system/resource")) return json({ "board-name": "x", version: "7.24", uptime: "1s" });
    return line.startsWith("GET /system") ? json({ name: "n".repeat(900) }) : json(long);
  });
  const text = await r.run(r.router.snapshot(r.world.scope));
  assert.ok(!isFault(text));
  assert.ok(utf8Length(text) <= FACTS_BYTES_MAX);
  assert.ok(text.split("\n").every((line) => line.startsWith("| ")));
});

test("plans that are kept: the oldest is forgotten", async () => {
  const r = rig("/ip/dns/static", 1);
  const s = r.world.scope;
  const first = await r.run(r.router.plan(s, "/ip/dns/static/print where name=n0"));
  assert.ok(!isFault(first));
  for (let i = 1; i < PLANS_KEPT_MAX; i += 1) await r.run(r.router.plan(s, `/ip/dns/static/print where name=n${i}`));
  assert.ok(!isFault(await r.run(r.router.read(s, first))));
  await r.run(r.router.plan(s, "/ip/dns/static/print where name=last"));
  const gone = await r.run(r.router.read(s, first));
  assert.ok(isFault(gone));
  assert.equal(gone.fault, "conflict");
});

test("words of a command, states and depth of a pattern", () => {
  const words = (n: number): string => `/ip/address/remove ${Array.from({ length: n }, () => "*1").join(" ")}`;
  assert.ok(summary(words(COMMAND_WORDS_MAX)).startsWith("dangerous:"));
  assert.match(summary(words(COMMAND_WORDS_MAX + 1)), /too many words/);
  // One state is the end of the pattern.
  assert.ok(!isFault(compilePattern("a".repeat(PATTERN_STATES_MAX - 1))));
  assert.ok(isFault(compilePattern("a".repeat(PATTERN_STATES_MAX))));
  const deep = (n: number): string => `${"(".repeat(n)}a${")".repeat(n)}`;
  assert.ok(!isFault(compilePattern(deep(PATTERN_DEPTH_MAX))));
  assert.ok(isFault(compilePattern(deep(PATTERN_DEPTH_MAX + 1))));
});

test("calls that wait, and the time of one call", async () => {
  const world = makeWorld();
  const rest = makeRest({
    http: {
      // Answers never, but ends with its scope.
      send: (s) =>
        new Promise((resolve) => s.onStop((why) => resolve(fault(why.fault, why.what, { maybeDone: true })))),
      stream: () => Promise.resolve(fault("failed", "not used")),
    },
    base: { scheme: "http", host: "10.0.0.1", port: 80, path: "/", query: "", href: "http://10.0.0.1/" },
    user: "u",
    pass: secret("p", "q"),
    scope: world.scope,
  });
  const settled: Array<Outcome<unknown>> = [];
  const call = (): void =>
    void rest.call(world.scope, { method: "PUT", path: "/ip/address", body: {} }).then((x) => settled.push(x));
  for (let i = 0; i < 1 + REST_WAITING_MAX; i += 1) call();
  await world.settle();
  assert.equal(settled.length, 0);
  call();
  await world.settle();
  const [full] = settled;
  assert.ok(isFault(full) && full.fault === "limit" && !full.maybeDone);
  await world.pass(REST_CALL_MS - 1);
  assert.equal(settled.length, 1);
  await world.pass(1);
  const timedOut = settled[1];
  assert.ok(isFault(timedOut) && timedOut.fault === "timeout" && timedOut.maybeDone);
});

test("the time that somebody waits for a read; the call itself is never aborted", async () => {
  const world = makeWorld();
  const sent: string[] = [];
  const ended: string[] = [];
  const rest = makeRest({
    http: {
      send: (s, r) => {
        sent.push(r.method);
        return new Promise((resolve) =>
          s.onStop((why) => {
            ended.push(r.method);
            resolve(why);
          }),
        );
      },
      stream: () => Promise.resolve(fault("failed", "not used")),
    },
    base: { scheme: "http", host: "10.0.0.1", port: 80, path: "/", query: "", href: "http://10.0.0.1/" },
    user: "u",
    pass: secret("p", "q"),
    scope: world.scope,
  });
  const seen: Array<Outcome<unknown>> = [];
  const read = (): void =>
    void rest.call(world.scope, { method: "GET", path: "/ip/address" }).then((x) => seen.push(x));
  read();
  await world.settle();
  await world.pass(REST_READ_MS - 1);
  assert.equal(seen.length, 0);
  await world.pass(1);
  const [late] = seen;
  assert.ok(isFault(late) && late.fault === "timeout" && !late.maybeDone);
  assert.match(late.what, /within 20 seconds/);
  assert.match(late.next ?? "", /again/);
  // While the router owes an answer, others need not find that out one by one.
  read();
  await world.settle();
  const busy = seen[1];
  assert.ok(isFault(busy) && /earlier request/.test(busy.what));
  assert.deepEqual([sent, ended], [["GET"], []]);
  await world.pass(REST_CALL_MS - REST_READ_MS);
  assert.deepEqual(ended, ["GET"]);
  // Then it is asked again.
  read();
  await world.settle();
  assert.deepEqual(sent, ["GET", "GET"]);
});
