// The simulated scheduler, device-mode, restarts, history and safe mode, in virtual time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRig, type Rig, rowOf, rowsOf } from "./rig.ts";

const MENU = "/rest/system/scheduler";
const name = (rig: Rig): string => rig.router.world.rows("/system/identity")[0]?.["name"] ?? "";

/** Start date and time of an entry that is due in so many seconds, by the router's clock. */
async function inS(rig: Rig, s: number): Promise<{ "start-date": string; "start-time": string }> {
  const clock = rowOf(await rig.ask("GET", "/rest/system/clock"));
  const at = new Date(Date.parse(`${clock["date"]}T${clock["time"]}Z`) + s * 1000).toISOString();
  return { "start-date": at.slice(0, 10), "start-time": at.slice(11, 19) };
}

const entries = (rig: Rig) => rig.router.world.rows("/system/scheduler");

test("an entry with interval 0s runs once at its time, and may take itself away", async () => {
  const rig = makeRig();
  const on = "/system/identity/set name=due; /system/scheduler/remove [find name=mikroclaw-1]";
  const added = await rig.ask("PUT", MENU, {
    name: "mikroclaw-1",
    ...(await inS(rig, 120)),
    interval: "0s",
    policy: "read,write,test",
    "on-event": on,
  });
  assert.equal(added.status, 201);
  assert.deepEqual([rowOf(added)["owner"], rowOf(added)["run-count"]], ["admin", "0"]);
  await rig.pass(118_000);
  assert.equal(name(rig), "MikroTik");
  assert.equal(entries(rig).length, 1);
  await rig.pass(3_000);
  assert.equal(name(rig), "due");
  assert.equal(entries(rig).length, 0);
  rig.stop();
});

test("an entry with an interval runs again and again; disabled it rests; it says when it is next", async () => {
  const rig = makeRig();
  const add = { name: "beat", interval: "1m", "on-event": ":log info beat" };
  const id = rowOf(await rig.ask("PUT", MENU, add))[".id"];
  await rig.pass(5 * 60_000 + 1_000);
  assert.equal(entries(rig)[0]?.["run-count"], "5");
  assert.match(entries(rig)[0]?.["next-run"] ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  await rig.ask("PATCH", `${MENU}/${id}`, { disabled: "true" });
  await rig.pass(120_000);
  assert.equal(entries(rig)[0]?.["run-count"], "5");
  assert.equal(entries(rig)[0]?.["next-run"], undefined);
  rig.stop();
});

test("an entry that is taken away in time does nothing; one in the past never runs", async () => {
  const rig = makeRig();
  const event = { "on-event": "/system/identity/set name=fired" };
  const id = rowOf(await rig.ask("PUT", MENU, { name: "a", ...(await inS(rig, 60)), ...event }))[".id"];
  await rig.ask("PUT", MENU, { name: "b", ...(await inS(rig, -60)), ...event });
  await rig.ask("DELETE", `${MENU}/${id}`);
  await rig.pass(200_000);
  assert.equal(name(rig), "MikroTik");
  rig.stop();
});

for (const how of ["reboot", "cutPower"] as const) {
  test(`${how}: what is configured stays, jobs go, entries of the start run, others keep their time`, async () => {
    const rig = makeRig();
    await rig.ask("PUT", MENU, { name: "s", "start-time": "startup", "on-event": ":log info started" });
    await rig.ask("PUT", MENU, { name: "t", ...(await inS(rig, 60)), "on-event": "/system/identity/set name=timed" });
    await rig.ask("POST", "/rest/execute", { script: ":delay 30s; /system/identity/set name=job" });
    rig.router.world[how]();
    await rig.pass(9_000);
    const logged = (text: string): number => rig.router.world.rows("/log").filter((r) => r["message"] === text).length;
    assert.equal(logged("started"), 0);
    assert.equal(logged("router was rebooted without proper shutdown"), how === "cutPower" ? 1 : 0);
    await rig.pass(4_000);
    assert.equal(logged("started"), 1);
    await rig.pass(60_000);
    assert.equal(name(rig), "timed");
    rig.stop();
  });
}

test("the policies of an entry and of its owner bound what it does", async () => {
  const rig = makeRig();
  const error = (): string =>
    rig.router.world.rows("/log").findLast((r) => r["topics"] === "script,error")?.["message"] ?? "";
  const event = "/system/identity/set name=x";
  await rig.ask("PUT", MENU, { name: "weak", ...(await inS(rig, 10)), policy: "read", "on-event": event });
  await rig.pass(11_000);
  assert.match(error(), /script weak .*not enough permissions \(9\)/);
  await rig.ask("PUT", "/rest/user/group", { name: "g", policy: "read,write,api,rest-api" });
  await rig.ask("PUT", "/rest/user", { name: "u", group: "g", password: "p" });
  const as = { user: "u", password: "p" };
  const refused = await rig.ask("PUT", MENU, { name: "more", policy: "read,reboot", "on-event": event }, as);
  assert.deepEqual([refused.status, rowOf(refused)["detail"]], [500, "not enough permissions (9)"]);
  const own = rowOf(await rig.ask("PUT", MENU, { name: "own", ...(await inS(rig, 10)), "on-event": event }, as));
  assert.deepEqual([own["owner"], own["policy"]], ["u", "read,write"]);
  await rig.ask("DELETE", "/rest/user/u");
  await rig.pass(11_000);
  assert.match(error(), /script own failed: its owner does not exist/);
  assert.equal(name(rig), "MikroTik");
  rig.stop();
});

test("a wrong time is refused in the router's words", async () => {
  const rig = makeRig();
  const bad = async (field: string, value: string) =>
    rowOf(await rig.ask("POST", `${MENU}/add`, { name: "x", [field]: value }))["detail"];
  assert.equal(await bad("start-time", "25:00:00"), "invalid value for argument start-time");
  assert.equal(await bad("start-date", "tomorrow"), "invalid value for argument start-date");
  assert.equal(await bad("policy", "all"), "input does not match any value of policy");
  rig.stop();
});

test("device-mode home: no entry is taken, none runs; the button changes it and restarts", async () => {
  const rig = makeRig(7, { deviceMode: "home" });
  const refused = await rig.ask("PUT", MENU, { name: "x", "on-event": ":put 1" });
  assert.equal(rowOf(refused)["detail"], "failure: not allowed by device-mode");
  assert.equal(rowOf(await rig.ask("GET", "/rest/system/device-mode"))["scheduler"], "false");
  const late = rig.ask("POST", "/rest/system/device-mode/update", { scheduler: "yes", "activation-timeout": "20s" });
  await rig.pass(21_000);
  assert.equal(rowOf(await late)["detail"], "update canceled");
  assert.equal(rig.router.world.pressButton(), false);
  const asked = rig.tryAsk("POST", "/rest/system/device-mode/update", { scheduler: "yes" });
  await rig.pass(5_000);
  assert.equal(rig.router.world.pressButton(), true);
  await rig.pass(70_000);
  await asked;
  assert.equal((await rig.ask("PUT", MENU, { name: "x", "on-event": ":put 1" })).status, 201);
  rig.stop();
});

const menu = "/ip/firewall/filter";

test("history: what was added, changed, moved and removed is undone in order, and done again", async () => {
  const rig = makeRig();
  const shot = (): string =>
    JSON.stringify(rig.router.world.rows(menu).map((r) => [r[".id"], r["comment"], r["disabled"], r["action"]]));
  const states = [shot()];
  const change = async (method: string, path: string, body?: object): Promise<void> => {
    await rig.ask(method, `/rest${path}`, body);
    states.push(shot());
  };
  const ids = rig.router.world.rows(menu).map((r) => r[".id"] ?? "");
  await change("PUT", menu, { chain: "input", action: "drop", "place-before": ids[3] });
  await change("PATCH", `${menu}/${ids[4]}`, { disabled: "true", comment: "" });
  await change("POST", `${menu}/move`, { ".id": ids[5], destination: ids[1] });
  await change("DELETE", `${menu}/${ids[2]}`);
  const row = rowsOf(await rig.ask("GET", "/rest/system/history")).at(-1);
  assert.match(row?.["undo"] ?? "", /^\/ip\/firewall\/filter\/add .*chain="input"/);
  for (const state of states.slice(0, -1).reverse()) {
    await rig.ask("POST", "/rest/undo", {});
    assert.equal(shot(), state);
  }
  assert.equal(rowOf(await rig.ask("POST", "/rest/undo", {}))["detail"], "failure: nothing to undo");
  for (const state of states.slice(1)) {
    await rig.ask("POST", "/rest/redo", {});
    assert.equal(shot(), state);
  }
  rig.stop();
});

test("history: what follows from a change is undone with it", async () => {
  const rig = makeRig();
  const before = JSON.stringify([
    rig.router.world.rows("/ip/address"),
    rig.router.world.rows("/interface/bridge/port"),
  ]);
  await rig.ask("DELETE", "/rest/interface/bridge/bridge");
  assert.equal(rig.router.world.rows("/interface/bridge/port").length, 0);
  await rig.ask("POST", "/rest/undo", {});
  assert.equal(
    JSON.stringify([rig.router.world.rows("/ip/address"), rig.router.world.rows("/interface/bridge/port")]),
    before,
  );
  rig.stop();
});

test("safe mode: unrolled on demand and when the login ends; released it stays", async () => {
  const rig = makeRig();
  const rename = (to: string) => rig.ask("POST", "/rest/system/identity/set", { name: to });
  const safe = async (what: string) => rowOf(await rig.ask("POST", `/rest/safe-mode/${what}`, {}));
  await safe("take");
  await rename("a");
  await safe("unroll");
  assert.equal(name(rig), "MikroTik");
  await safe("take");
  assert.match((await safe("take"))["detail"] ?? "", /held by admin/);
  await rename("b");
  await safe("release");
  await rig.pass(700_000);
  assert.equal(name(rig), "b");
  await safe("take");
  await rename("c");
  await rig.pass(700_000);
  assert.equal(name(rig), "b");
  rig.stop();
});
