// POST: the verbs of every menu and the commands of single menus.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRig, type Rig, rowOf, rowsOf } from "./rig.ts";

const post = (rig: Rig, path: string, body: unknown = {}) => rig.ask("POST", `/rest${path}`, body);

async function refusal(rig: Rig, path: string, body: unknown, detail: string): Promise<void> {
  const made = await post(rig, path, body);
  assert.deepEqual(made.body, { detail, error: 400, message: "Bad Request" });
}

test("add answers the id, the others an empty list", async () => {
  const rig = makeRig();
  const id = rowOf(await post(rig, "/ip/firewall/filter/add", { chain: "input", action: "drop" }))["ret"] ?? "";
  assert.match(id, /^\*[0-9A-F]+$/);
  for (const verb of ["disable", "enable"]) {
    assert.deepEqual((await post(rig, `/ip/firewall/filter/${verb}`, { numbers: id })).body, []);
    const row = rowOf(await rig.ask("GET", `/rest/ip/firewall/filter/${id}`));
    assert.equal(row["disabled"], String(verb === "disable"));
  }
  assert.deepEqual((await post(rig, "/ip/firewall/filter/comment", { numbers: id, comment: "seen" })).body, []);
  assert.deepEqual((await post(rig, "/ip/firewall/filter/set", { ".id": id, action: "accept" })).body, []);
  const row = rowOf(await rig.ask("GET", `/rest/ip/firewall/filter/${id}`));
  assert.deepEqual([row["comment"], row["action"]], ["seen", "accept"]);
  assert.deepEqual((await post(rig, "/ip/firewall/filter/remove", { ".id": id })).body, []);
  await refusal(rig, "/ip/firewall/filter/remove", { ".id": id }, "no such item");
});

test("move puts a rule before another, and at the end without a goal", async () => {
  const rig = makeRig();
  const ids = async () =>
    rowsOf(await rig.ask("GET", "/rest/ip/firewall/filter?.proplist=.id")).map((r) => r[".id"] ?? "");
  const before = await ids();
  const [, second = "", , fourth = ""] = before;
  await post(rig, "/ip/firewall/filter/move", { ".id": fourth, destination: second });
  const now = await ids();
  assert.equal(now.indexOf(fourth) + 1, now.indexOf(second));
  assert.deepEqual([...now].sort(), [...before].sort());
  await post(rig, "/ip/firewall/filter/move", { ".id": fourth });
  assert.equal((await ids()).at(-1), fourth);
  await refusal(rig, "/ip/firewall/filter/move", { ".id": fourth, destination: "*FFF" }, "no such item");
});

test("several targets at once; the first unknown one changes nothing", async () => {
  const rig = makeRig();
  await post(rig, "/interface/disable", { numbers: "ether2,ether3" });
  const off = rowsOf(await rig.ask("GET", "/rest/interface?disabled=true")).map((r) => r["name"]);
  assert.deepEqual(off, ["ether2", "ether3"]);
  await refusal(rig, "/interface/enable", { numbers: "ether2,etherX" }, "no such item");
  assert.equal(rowsOf(await rig.ask("GET", "/rest/interface?disabled=true")).length, 2);
});

test("unset takes a property away where the tree has it", async () => {
  const rig = makeRig();
  const id = rowOf(await post(rig, "/queue/simple/add", { target: "192.168.88.20/32", comment: "tv" }))["ret"] ?? "";
  assert.deepEqual((await post(rig, "/ip/dhcp-server/lease/make-static", { numbers: "*4" })).body, []);
  await post(rig, "/ip/dhcp-server/lease/set", { ".id": "*4", "rate-limit": "5M/5M" });
  await post(rig, "/ip/dhcp-server/lease/unset", { numbers: "*4", "value-name": "rate-limit" });
  assert.equal(rowOf(await rig.ask("GET", "/rest/ip/dhcp-server/lease/*4"))["rate-limit"], undefined);
  await refusal(
    rig,
    "/ip/dhcp-server/lease/unset",
    { numbers: "*4", "value-name": "nonsense" },
    "input does not match any value of value-name",
  );
  assert.ok(id.startsWith("*"));
});

test("menus without records: one object, POST set answers an empty list", async () => {
  const rig = makeRig();
  assert.deepEqual(
    (await post(rig, "/ip/dns/set", { servers: "1.1.1.1,9.9.9.9", "allow-remote-requests": "no" })).body,
    [],
  );
  const dns = rowOf(await rig.ask("GET", "/rest/ip/dns"));
  assert.deepEqual([dns["servers"], dns["allow-remote-requests"]], ["1.1.1.1,9.9.9.9", "false"]);
  await post(rig, "/system/identity/set", { name: "home" });
  assert.deepEqual((await rig.ask("GET", "/rest/system/identity")).body, { name: "home" });
  assert.deepEqual((await post(rig, "/system/identity/print", {})).body, { name: "home" });
  await refusal(rig, "/system/identity/set", { nam: "x" }, "unknown parameter nam");
  await refusal(rig, "/system/script/run", { numbers: "x" }, "unknown parameter numbers");
});

test("get and find", async () => {
  const rig = makeRig();
  assert.deepEqual((await post(rig, "/interface/get", { numbers: "ether1", "value-name": "type" })).body, {
    ret: "ether",
  });
  assert.deepEqual((await post(rig, "/system/identity/get", { "value-name": "name" })).body, { ret: "MikroTik" });
  assert.match(String(rowOf(await post(rig, "/ip/service/find"))["ret"]), /^\*1;\*2;/);
  await refusal(
    rig,
    "/interface/get",
    { numbers: "ether1", "value-name": "colour" },
    "input does not match any value of value-name",
  );
});

test("ping: one row for each, at a second's pace; the absent time out; unknown names are not found", async () => {
  const rig = makeRig();
  const answer = post(rig, "/tool/ping", { address: "1.1.1.1", count: "3" });
  await rig.pass(3_000);
  const rows = rowsOf(await answer);
  assert.deepEqual(
    rows.map((r) => [r["seq"], r["sent"], r["received"], r["packet-loss"]]),
    [
      ["0", "1", "1", "0"],
      ["1", "2", "2", "0"],
      ["2", "3", "3", "0"],
    ],
  );
  assert.match(rows[2]?.["avg-rtt"] ?? "", /^\d+ms\d*(us)?$/);
  const lost = post(rig, "/tool/ping", { address: "192.168.88.60", count: 1 });
  await rig.pass(1_000);
  assert.deepEqual(rowsOf(await lost)[0], {
    seq: "0",
    host: "192.168.88.60",
    status: "timeout",
    sent: "1",
    received: "0",
    "packet-loss": "100",
  });
  await refusal(rig, "/tool/ping", { count: "1" }, "missing =address=");
  await refusal(
    rig,
    "/tool/ping",
    { address: "no.such.invalid", count: "1" },
    "while resolving ip-address: could not get answer from dns server",
  );
  await refusal(
    rig,
    "/tool/ping",
    { address: "1.1.1.1", count: "1", "routing-table": "main" },
    "unknown parameter routing-table",
  );
});

test("traceroute: the provider's routers on the way out, none at home; profile: shares that make up the whole", async () => {
  const rig = makeRig();
  const asked = async (path: string, body: Record<string, string>): Promise<ReturnType<typeof rowsOf>> => {
    const answer = post(rig, path, body);
    await rig.pass(5_000);
    return rowsOf(await answer);
  };
  const out = await asked("/tool/traceroute", { address: "1.1.1.1", count: "1" });
  const gateway = rowsOf(await rig.ask("GET", "/rest/ip/route?dst-address=0.0.0.0/0"))[0]?.["gateway"];
  assert.equal(out[0]?.["address"], gateway);
  assert.equal(out.at(-1)?.["address"], "1.1.1.1");
  assert.ok(out.length > 2 && out.every((r) => r["loss"] === "0" && Number(r["avg"]) > 0));
  assert.deepEqual(
    (await asked("/tool/traceroute", { address: "192.168.88.10", count: "1" })).map((r) => r["address"]),
    ["192.168.88.10"],
  );
  assert.equal((await asked("/tool/traceroute", { address: "192.168.88.60" }))[0]?.["status"], "timeout");
  await refusal(rig, "/tool/traceroute", {}, "missing =address=");
  await refusal(rig, "/tool/traceroute", { address: "1.1.1.1", count: "x" }, "invalid value for argument count");
  const shares = await asked("/tool/profile", { duration: "5s" });
  assert.equal(Math.round(shares.reduce((sum, r) => sum + Number(r["usage"]), 0)), 100);
});

test("without the WAN there is no route", async () => {
  const rig = makeRig();
  await post(rig, "/interface/disable", { numbers: "ether1" });
  assert.equal(rowsOf(await rig.ask("GET", "/rest/ip/route?dst-address=0.0.0.0/0")).length, 0);
  assert.equal(rowsOf(await rig.ask("GET", "/rest/ip/dhcp-client"))[0]?.["status"], "stopped");
  const answer = post(rig, "/tool/ping", { address: "1.1.1.1", count: 1 });
  await rig.pass(1_000);
  assert.equal(rowsOf(await answer)[0]?.["status"], "no route to host");
  await post(rig, "/interface/enable", { numbers: "ether1" });
  assert.equal(rowsOf(await rig.ask("GET", "/rest/ip/route?dst-address=0.0.0.0/0")).length, 1);
});

test("monitors need once; with a duration there is a section for each second", async () => {
  const rig = makeRig();
  const traffic = rowsOf(await post(rig, "/interface/monitor-traffic", { interface: "ether1", once: "" }));
  assert.ok(Number(traffic[0]?.["rx-bits-per-second"]) > 0);
  const state = rowsOf(await post(rig, "/interface/ethernet/monitor", { numbers: "ether4", once: "" }));
  assert.equal(state[0]?.["status"], "no-link");
  const wifi = rowsOf(await post(rig, "/interface/wifi/monitor", { numbers: "wifi1", once: "" }));
  assert.equal(wifi[0]?.["registered-peers"], "4");
  const long = post(rig, "/interface/monitor-traffic", { interface: "ether1", duration: "3s" });
  await rig.pass(3_000);
  assert.deepEqual(
    rowsOf(await long).map((r) => r[".section"]),
    ["0", "1", "2"],
  );
  await refusal(
    rig,
    "/interface/monitor-traffic",
    { interface: "ether9", once: "" },
    "input does not match any value of interface",
  );
  const blocked = post(rig, "/interface/monitor-traffic", { interface: "ether1", once: "false" });
  await rig.pass(60_000);
  assert.deepEqual((await blocked).body, { detail: "Session closed", error: 400, message: "Bad Request" });
});

test("a reserved lease, the DNS cache, log lines, packages, the console's own words", async () => {
  const rig = makeRig();
  await refusal(rig, "/ip/dhcp-server/lease/make-static", { numbers: "*1" }, "failure: lease is not dynamic");
  await post(rig, "/ip/dhcp-server/lease/make-static", { numbers: "*4" });
  assert.equal(
    rowOf(await rig.ask("PATCH", "/rest/ip/dhcp-server/lease/*4", { comment: "tablet" }))["dynamic"],
    "false",
  );
  await post(rig, "/ip/dns/cache/flush");
  assert.deepEqual((await rig.ask("GET", "/rest/ip/dns/cache")).body, []);
  await post(rig, "/log/info", { message: "hello" });
  assert.equal(rowsOf(await rig.ask("GET", "/rest/log")).at(-1)?.["message"], "hello");
  const updates = post(rig, "/system/package/update/check-for-updates");
  await rig.pass(1_000);
  assert.equal(rowsOf(await updates).at(-1)?.["status"], "System is already up to date");
  const args = rowsOf(await post(rig, "/console/inspect", { request: "child", path: "container,add" }));
  assert.ok(args.some((n) => n["name"] === "envlists") && !args.some((n) => n["name"] === "envlist"));
  const menus = rowsOf(await post(rig, "/console/inspect", { request: "child", path: "ip" }));
  assert.ok(menus.some((n) => n["name"] === "address" && n["node-type"] === "dir"));
});

const wrong: ReadonlyArray<readonly [string, unknown, string]> = [
  ["/ip/address/fly", {}, "no such command"],
  ["/ip/address", {}, "no such command"],
  ["/ip/nosuch/print", {}, "no such command or directory (nosuch)"],
  ["/nosuch/print", {}, "no such command prefix"],
  ["/ip/address/remove", {}, "no such item"],
  ["/ip/address/remove", { ".id": "*FFFF" }, "no such item"],
  ["/user/remove", { ".id": "admin" }, "failure: last full user can not be removed"],
  ["/user/group/remove", { ".id": "full" }, "failure: can not remove default group"],
  ["/ip/firewall/filter/remove", { ".id": "*1" }, "failure: can not remove dynamic filter rule"],
  ["/system/shutdown", {}, "failure: the simulated router does not do /system/shutdown"],
  ["/system/reset-configuration", {}, "failure: the simulated router does not do /system/reset-configuration"],
];
for (const [path, body, detail] of wrong) {
  test(`POST ${path}: ${detail}`, async () => refusal(makeRig(), path, body, detail));
}

const bodies: ReadonlyArray<readonly [string, string]> = [
  ["a word", "hello"],
  ["a list", "[]"],
  ["cut off", '{"name":"x"'],
  ["an exponent", '{"name":1e3}'],
  ["an object inside", '{"name":{"a":1}}'],
];
for (const [what, body] of bodies) {
  test(`a body that is ${what}: Failed to parse json`, async () =>
    refusal(makeRig(), "/system/identity/set", body, "Failed to parse json"));
}

test("another content type is 415, an empty body needs none", async () => {
  const { ask } = makeRig();
  const made = await ask("POST", "/rest/system/identity/set", { name: "x" }, { type: "text/plain" });
  assert.deepEqual([made.status, made.body], [415, { error: 415, message: "Unsupported Media Type" }]);
  assert.equal((await ask("POST", "/rest/system/identity/print", undefined, { type: null })).status, 200);
  assert.equal(
    (await ask("POST", "/rest/system/identity/print", {}, { type: "application/json; charset=utf-8" })).status,
    200,
  );
  assert.equal((await ask("OPTIONS", "/rest/system/identity")).status, 503);
});
