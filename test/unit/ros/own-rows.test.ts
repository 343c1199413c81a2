// The agent's own rows on the router: one set, before the drops, however often it starts;
// none after it stopped; put right when somebody changed them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { secret } from "../../../src/base/secret.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";
import type { Http } from "../../../src/port/http.ts";
import { makeOwnRows, type OwnRows, type OwnRowsDeps } from "../../../src/ros/own-rows.ts";
import { makeRest } from "../../../src/ros/rest.ts";
import { makeRig, type Rig } from "../simrouter/rig.ts";

const SUBNETS = ["10.0.0.0/8", "192.168.0.0/16"];

function own(r: Rig, more: Partial<OwnRowsDeps> = {}): OwnRows {
  const http: Http = {
    async send(_s, q) {
      const path = q.url.replace(/^https?:\/\/[^/]+/, "");
      const body: unknown = q.body === undefined ? undefined : JSON.parse(String(q.body));
      const reply = await r.ask(q.method, path, body, { peer: "172.31.18.2" });
      const text = reply.body === "" ? "" : JSON.stringify(reply.body);
      return { status: reply.status, headers: reply.headers, body: encodeUtf8(text) };
    },
    stream: () => Promise.reject(new Error("not used")),
  };
  const base = { scheme: "http", host: "172.31.18.1", port: 80, path: "/", query: "", href: "" } as const;
  const rest = makeRest({ http, base, user: "admin", pass: secret("p", "admin"), scope: r.scope });
  return makeOwnRows({ rest, user: "admin", port: 18_789, scheme: "http", subnets: SUBNETS, beatMs: 300_000, ...more });
}

type Row = Readonly<Record<string, string>>;
const rules = (r: Rig): Row[] =>
  r.router.world.rows("/ip/firewall/filter").filter((row) => row["comment"] === "mikroclaw gateway");
const entries = (r: Rig): Row[] =>
  r.router.world.rows("/system/scheduler").filter((row) => row["comment"] === "mikroclaw gateway");
const writes = (r: Rig): number => r.router.world.calls.filter((c) => c.method !== "GET").length;

test("the rules stand before the first drop of forward; the entry calls the address that the router sees", async () => {
  const r = makeRig();
  assert.ok(!isFault(await own(r).keep(r.scope)));
  const forward = r.router.world.rows("/ip/firewall/filter").filter((row) => row["chain"] === "forward");
  const drop = forward.findIndex((row) => row["action"] === "drop");
  assert.deepEqual(
    forward
      .slice(drop - 2, drop)
      .map((row) => [row["src-address"], row["dst-address"], row["dst-port"], row["action"]]),
    SUBNETS.map((subnet) => [subnet, "172.31.18.2", "18789", "accept"]),
  );
  const [entry] = entries(r);
  assert.equal(entry?.["on-event"], '/tool/fetch url="http://172.31.18.2:18789/health/heartbeat" output=none');
  assert.equal(entry?.["interval"], "5m");
  assert.equal(entry?.["policy"], "read,test");
  r.stop();
});

test("ten starts without a stop leave one set and write it once; ten starts and stops leave none", async () => {
  const r = makeRig();
  const before = r.router.world.rows("/ip/firewall/filter").map((row) => row[".id"]);
  await own(r).keep(r.scope);
  const once = writes(r);
  for (let i = 0; i < 10; i += 1) await own(r).keep(r.scope);
  assert.equal(writes(r), once);
  assert.deepEqual([rules(r).length, entries(r).length], [2, 1]);
  for (let i = 0; i < 10; i += 1) {
    await own(r).keep(r.scope);
    assert.ok(!isFault(await own(r).drop(r.scope)));
    assert.deepEqual([rules(r).length, entries(r).length], [0, 0]);
  }
  assert.deepEqual(
    r.router.world.rows("/ip/firewall/filter").map((row) => row[".id"]),
    before,
  );
  r.stop();
});

const SPOILT: ReadonlyArray<readonly [how: string, script: string]> = [
  ["one is gone", '/ip/firewall/filter/remove ([find where comment="mikroclaw gateway"]->0)'],
  ["one is disabled", '/ip/firewall/filter/disable ([find where comment="mikroclaw gateway"]->1)'],
  ["one lets in more", '/ip/firewall/filter/set ([find where comment="mikroclaw gateway"]->0) src-address=0.0.0.0/0'],
  ["they stand behind the drops", '/ip/firewall/filter/move [find where comment="mikroclaw gateway"]'],
  ["the entry calls elsewhere", '/system/scheduler/set mikroclaw-heartbeat on-event=":log info x"'],
  ["the entry is slower", "/system/scheduler/set mikroclaw-heartbeat interval=1d"],
  ["the entry is there twice", '/system/scheduler/add name=other comment="mikroclaw gateway" interval=1m'],
];

for (const [how, script] of SPOILT) {
  test(`put right: ${how}`, async () => {
    const r = makeRig();
    await own(r).keep(r.scope);
    const shape = (): unknown => [
      r.router.world.rows("/ip/firewall/filter").map((row) => [row["src-address"], row["comment"], row["disabled"]]),
      entries(r).map((row) => [row["name"], row["on-event"], row["interval"]]),
    ];
    const right = shape();
    await r.ask("POST", "/rest/execute", { script, "as-string": "" });
    assert.notDeepEqual(shape(), right);
    await own(r).keep(r.scope);
    assert.deepEqual(shape(), right);
    r.stop();
  });
}

test("only what was asked for is touched", async () => {
  const r = makeRig();
  await own(r).keep(r.scope);
  await own(r, { subnets: null }).drop(r.scope);
  assert.deepEqual([rules(r).length, entries(r).length], [2, 0]);
  await own(r, { beatMs: null }).drop(r.scope);
  assert.equal(rules(r).length, 0);
  r.stop();
});

test("where the scheduler is not allowed the rules stand all the same, and it is said", async () => {
  const r = makeRig(7, { deviceMode: "home" });
  const kept = await own(r).keep(r.scope);
  assert.ok(isFault(kept) && /device-mode/.test(`${kept.what} ${kept.next ?? ""}`));
  assert.equal(rules(r).length, 2);
  r.stop();
});
