// One request of a user at a time, the 60 s cut, restarts, and the faults a test may order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../src/base/fault.ts";
import { launch } from "../../../src/base/scope.ts";
import { makeRig, type Rig, rowOf, rowsOf } from "./rig.ts";

const CLOSED = { detail: "Session closed", error: 400, message: "Bad Request" };
const ping = (rig: Rig, count: number | undefined) =>
  rig.tryAsk("POST", "/rest/tool/ping", { address: "1.1.1.1", ...(count === undefined ? {} : { count }) });

/** Runs both and tells in which order they were answered. */
async function order(
  rig: Rig,
  calls: ReadonlyArray<readonly [string, Promise<unknown>]>,
  ms: number,
): Promise<string[]> {
  const told: string[] = [];
  for (const [name, call] of calls) void call.then(() => told.push(name));
  await rig.pass(ms);
  return told;
}

test("a slow request blocks the same user's others, in their order", async () => {
  const rig = makeRig();
  const slow = ping(rig, 5);
  const next = rig.tryAsk("GET", "/rest/system/identity");
  const last = rig.tryAsk("POST", "/rest/system/identity/set", { name: "later" });
  assert.deepEqual(
    await order(
      rig,
      [
        ["slow", slow],
        ["next", next],
        ["last", last],
      ],
      4_900,
    ),
    [],
  );
  assert.equal(rig.router.world.rows("/system/identity")[0]?.["name"], "MikroTik");
  await rig.pass(200);
  assert.deepEqual(
    await order(
      rig,
      [
        ["slow", slow],
        ["next", next],
        ["last", last],
      ],
      0,
    ),
    ["slow", "next", "last"],
  );
  assert.equal(rig.router.world.rows("/system/identity")[0]?.["name"], "later");
});

test("another user does not wait", async () => {
  const rig = makeRig();
  await rig.ask("PUT", "/rest/user", { name: "bob", group: "full", password: "b" });
  const slow = ping(rig, 30);
  assert.equal((await rig.ask("GET", "/rest/system/identity", undefined, { user: "bob", password: "b" })).status, 200);
  await rig.pass(30_000);
  assert.ok(!isFault(await slow));
});

test("at 60 s the request is cut, and those that waited end with it; later ones work", async () => {
  const rig = makeRig();
  const endless = ping(rig, undefined);
  const waiting = rig.tryAsk("POST", "/rest/system/identity/set", { name: "never" });
  await rig.pass(59_900);
  const late = rig.tryAsk("GET", "/rest/system/identity");
  await rig.pass(200);
  for (const call of [endless, waiting, late]) {
    const made = await call;
    assert.ok(!isFault(made));
    assert.deepEqual(made.body, CLOSED);
  }
  assert.deepEqual(rowOf(await rig.ask("GET", "/rest/system/identity")), { name: "MikroTik" });
});

test("a request that its client gave up on keeps its place until it ends", async () => {
  const rig = makeRig();
  const client = launch(rig.scope, 100_000, async (s) => {
    const made = await rig.tryAsk("POST", "/rest/tool/ping", { address: "1.1.1.1", count: 10 }, { scope: s });
    return isFault(made) ? made : made.status;
  });
  await rig.pass(1_000);
  client.stop(fault("stopped", "gone"));
  await rig.pass(100);
  assert.ok(isFault(await client.done));
  const next = rig.tryAsk("GET", "/rest/system/identity");
  assert.deepEqual(await order(rig, [["next", next]], 8_000), []);
  await rig.pass(1_000);
  const made = await next;
  assert.ok(!isFault(made) && made.status === 200);
});

test("too many waiting requests of one user are refused", async () => {
  const rig = makeRig();
  const calls = [ping(rig, 50), ...Array.from({ length: 70 }, () => rig.tryAsk("GET", "/rest/system/identity"))];
  await rig.pass(51_000);
  const made = (await Promise.all(calls)).map((m) => (isFault(m) ? 0 : m.status));
  assert.equal(made.filter((status) => status === 200).length, 64);
  assert.equal(made.filter((status) => status === 503).length, 7);
});

test("a restart: no reply, nobody answered for seconds, dynamic things and counters gone, settings kept", async () => {
  const rig = makeRig();
  await rig.ask("POST", "/rest/system/identity/set", { name: "kept" });
  await rig.ask("PUT", "/rest/ip/firewall/address-list", { list: "x", address: "192.0.2.7", timeout: "1d" });
  await rig.ask("PUT", "/rest/ip/firewall/address-list", { list: "x", address: "192.0.2.8" });
  assert.ok(isFault(await rig.tryAsk("POST", "/rest/system/reboot")));
  await rig.pass(3_000);
  const down = await rig.tryAsk("GET", "/rest/system/identity");
  assert.ok(isFault(down) && down.fault === "stopped");
  assert.ok(rig.router.isDown());
  await rig.pass(10_000);
  assert.ok(!rig.router.isDown());
  assert.deepEqual(rowOf(await rig.ask("GET", "/rest/system/identity")), { name: "kept" });
  const lists = rowsOf(await rig.ask("GET", "/rest/ip/firewall/address-list?list=x"));
  assert.deepEqual(
    lists.map((r) => r["address"]),
    ["192.0.2.8"],
  );
  assert.equal(rowOf(await rig.ask("GET", "/rest/system/resource"))["uptime"], "5s");
  assert.ok(Number(rowOf(await rig.ask("GET", "/rest/interface/ether1"))["rx-byte"]) < 1_430_000 * 20);
  assert.equal(rowsOf(await rig.ask("GET", "/rest/interface/wifi/registration-table")).length, 6);
});

test("ordered faults: each as named, once, and then all is well", async () => {
  const rig = makeRig();
  const { failNext, calls } = rig.router.world;
  const set = (name: string) => rig.tryAsk("POST", "/rest/system/identity/set", { name });
  const name = () => rig.router.world.rows("/system/identity")[0]?.["name"];

  failNext({ kind: "reset" });
  assert.ok(isFault(await set("a")));
  assert.equal(name(), "MikroTik");
  failNext({ kind: "lost" });
  assert.ok(isFault(await set("b")));
  assert.equal(name(), "b");
  failNext({ kind: "error500" });
  const broken = await set("c");
  assert.ok(!isFault(broken) && broken.status === 500);
  assert.equal(name(), "b");
  failNext({ kind: "html403" });
  const html = await set("d");
  assert.ok(!isFault(html) && html.status === 403 && String(html.body).startsWith("<!DOCTYPE"));
  failNext({ kind: "brokenJson", method: "GET" });
  const cut = await rig.ask("GET", "/rest/system/resource");
  assert.throws(() => JSON.parse(String(cut.body)));
  failNext({ kind: "close" });
  await set("e");
  assert.ok(rig.router.takeClose());
  assert.ok(!rig.router.takeClose());
  assert.equal((await rig.ask("GET", "/rest/system/identity")).status, 200);
  assert.deepEqual(
    calls.filter((c) => c.method === "POST").map((c) => c.status),
    [0, 0, 500, 403, 200],
  );
  assert.deepEqual(calls.at(-1), {
    method: "GET",
    path: "/rest/system/identity",
    query: "",
    body: "",
    user: "admin",
    status: 200,
  });
});

test("slow answers late, hang never; an order may name the request it concerns", async () => {
  const rig = makeRig();
  rig.router.world.failNext({ kind: "slow", ms: 2_000, path: "/rest/system/identity" });
  assert.equal((await rig.ask("GET", "/rest/system/resource")).status, 200);
  const slow = rig.tryAsk("GET", "/rest/system/identity");
  assert.deepEqual(await order(rig, [["slow", slow]], 1_900), []);
  await rig.pass(200);
  assert.ok(!isFault(await slow));
  rig.router.world.failNext({ kind: "hang", times: 2 });
  const hung = rig.tryAsk("GET", "/rest/system/identity");
  assert.deepEqual(await order(rig, [["hung", hung]], 80_000_000), []);
  rig.stop();
  assert.ok(isFault(await hung));
});

test("the list of calls and the log are bounded", async () => {
  const rig = makeRig();
  for (let i = 0; i < 1_010; i += 1) await rig.ask("POST", "/rest/log/info", { message: `line ${i}` });
  assert.equal(rig.router.world.calls.length, 1_000);
  const log = rowsOf(await rig.ask("GET", "/rest/log?.proplist=message"));
  assert.equal(log.length, 1_000);
  assert.equal(log.at(-1)?.["message"], "line 1009");
});
