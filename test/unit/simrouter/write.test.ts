// PUT, PATCH, DELETE: normalised values, ids that are never used twice, order, references,
// log lines and what follows from a change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRig, type Rig, rowOf, rowsOf, TREE } from "./rig.ts";

const bad = (detail: string) => ({ detail, error: 400, message: "Bad Request" });

async function refusal(rig: Rig, method: string, path: string, body: unknown, detail: string): Promise<void> {
  const made = await rig.ask(method, path, body);
  assert.deepEqual(made.body, bad(detail), `${method} ${path} ${JSON.stringify(body)}`);
  assert.equal(made.status, 400);
}

test("PUT makes a record: 201, Location, normalised values and filled fields", async () => {
  const { ask } = makeRig();
  const made = await ask("PUT", "/rest/ip/address", { address: "10.0.0.5", interface: "ether4", comment: "lab" });
  assert.equal(made.status, 201);
  const row = rowOf(made);
  assert.deepEqual(
    [row["address"], row["network"], row["disabled"], row["dynamic"], row["invalid"], row["comment"]],
    ["10.0.0.5/32", "10.0.0.5", "false", "false", "false", "lab"],
  );
  assert.deepEqual(made.headers.find(([name]) => name === "location")?.[1], `/rest/ip/address/${row[".id"]}`);
  assert.deepEqual(rowOf(await ask("GET", `/rest/ip/address/${row[".id"]}`)), row);
});

test("a new address brings its connected route, and takes it away again", async () => {
  const { ask } = makeRig();
  const routes = async () => rowsOf(await ask("GET", "/rest/ip/route?dst-address=10.9.0.0/24"));
  const id = rowOf(await ask("PUT", "/rest/ip/address", { address: "10.9.0.1/24", interface: "bridge" }))[".id"];
  assert.equal((await routes())[0]?.["dynamic"], "true");
  await ask("PATCH", `/rest/ip/address/${id}`, { disabled: true });
  assert.deepEqual(await routes(), []);
  await ask("PATCH", `/rest/ip/address/${id}`, { disabled: "no" });
  assert.equal((await routes()).length, 1);
  await ask("DELETE", `/rest/ip/address/${id}`);
  assert.deepEqual(await routes(), []);
});

test("numbers, booleans and null in JSON are taken as their text", async () => {
  const { ask } = makeRig();
  const row = rowOf(
    await ask("PUT", "/rest/ip/dns/static", {
      name: "a.lan",
      address: "192.168.88.9",
      ttl: 3600,
      disabled: true,
      comment: null,
    }),
  );
  assert.deepEqual([row["ttl"], row["disabled"], row["comment"]], ["1h", "true", ""]);
});

test("times, MAC addresses and sizes are respelt", async () => {
  const { ask } = makeRig();
  const row = rowOf(
    await ask("PUT", "/rest/ip/dhcp-server/lease", {
      address: "192.168.88.77",
      "mac-address": "aabbccddeeff",
      "lease-time": "00:10:00",
    }),
  );
  assert.deepEqual(
    [row["mac-address"], row["lease-time"], row["server"], row["status"]],
    ["AA:BB:CC:DD:EE:FF", "10m", "all", "waiting"],
  );
});

test("DELETE is 204 and empty, the second time 404; ids are never used again", async () => {
  const { ask } = makeRig();
  const add = async () =>
    rowOf(await ask("PUT", "/rest/ip/firewall/address-list", { list: "x", address: "192.0.2.1" }))[".id"] ?? "";
  const first = await add();
  const gone = await ask("DELETE", `/rest/ip/firewall/address-list/${first}`);
  assert.deepEqual([gone.status, gone.body], [204, ""]);
  const again = await ask("DELETE", `/rest/ip/firewall/address-list/${first}`);
  assert.deepEqual([again.status, again.body], [404, { error: 404, message: "Not Found" }]);
  const second = await add();
  assert.equal(Number.parseInt(second.slice(1), 16), Number.parseInt(first.slice(1), 16) + 1);
});

test("PUT appends to an ordered menu; place-before puts it in front; a name is no place", async () => {
  const rig = makeRig();
  const { ask } = rig;
  const rules = rowsOf(await ask("GET", "/rest/ip/firewall/filter?.proplist=.id"));
  const last = rowOf(await ask("PUT", "/rest/ip/firewall/filter", { chain: "forward", action: "drop" }))[".id"];
  const third = rules[2]?.[".id"] ?? "";
  const placed = rowOf(
    await ask("PUT", "/rest/ip/firewall/filter", { chain: "input", action: "accept", "place-before": third }),
  )[".id"];
  const now = rowsOf(await ask("GET", "/rest/ip/firewall/filter?.proplist=.id")).map((r) => r[".id"]);
  assert.equal(now.at(-1), last);
  assert.equal(now.indexOf(placed), now.indexOf(third) - 1);
  await refusal(rig, "PUT", "/rest/ip/firewall/filter", { chain: "input", "place-before": "*FFFF" }, "no such item");
  await refusal(
    rig,
    "PUT",
    "/rest/ip/firewall/address-list",
    { list: "a", address: "192.0.2.4", "place-before": "*1" },
    "unknown parameter place-before",
  );
});

test("PATCH answers the whole record, by id and by name, and an empty matcher is unset", async () => {
  const { ask } = makeRig();
  const made = rowOf(
    await ask("PUT", "/rest/ip/firewall/filter", {
      chain: "input",
      action: "drop",
      "src-address": "10.0.0.0/8",
      comment: "x",
    }),
  );
  const row = rowOf(
    await ask("PATCH", `/rest/ip/firewall/filter/${made[".id"]}`, {
      "src-address": "",
      comment: "y",
      action: "accept",
    }),
  );
  assert.deepEqual(
    [row["src-address"], row["comment"], row["action"], row["chain"]],
    [undefined, "y", "accept", "input"],
  );
  const negated = rowOf(await ask("PATCH", `/rest/ip/firewall/filter/${made[".id"]}`, { "!comment": "" }));
  assert.equal(negated["comment"], undefined);
  assert.equal(rowOf(await ask("PATCH", "/rest/interface/ether3", { comment: "TV" }))["comment"], "TV");
});

test("a POST set tells the reason that PATCH hides", async () => {
  const rig = makeRig();
  await refusal(rig, "POST", "/rest/interface/set", { ".id": "ether3", mtu: "big" }, "invalid value for argument mtu");
});

test("renaming and removing reach those that refer", async () => {
  const { ask } = makeRig();
  await ask("PATCH", "/rest/interface/ether1", { name: "wan" });
  assert.equal(rowsOf(await ask("GET", "/rest/ip/dhcp-client"))[0]?.["interface"], "wan");
  assert.ok(rowsOf(await ask("GET", "/rest/interface/list/member?list=WAN")).some((r) => r["interface"] === "wan"));
  const vlan = rowOf(await ask("PUT", "/rest/interface/vlan", { interface: "bridge", "vlan-id": 20 }));
  const address = rowOf(await ask("PUT", "/rest/ip/address", { address: "10.20.0.1/24", interface: vlan["name"] }));
  await ask("DELETE", `/rest/interface/vlan/${vlan[".id"]}`);
  const left = rowOf(await ask("GET", `/rest/ip/address/${address[".id"]}`));
  assert.deepEqual([left["interface"], left["invalid"]], [vlan[".id"], "true"]);
});

test("each change leaves a log line with the command and a history row; secrets stay out of the log", async () => {
  const { ask } = makeRig();
  await ask("PUT", "/rest/ip/firewall/filter", { chain: "input", action: "drop" });
  await ask("PATCH", "/rest/interface/wifi/security/home", { passphrase: "very-secret-phrase" });
  const log = rowsOf(await ask("GET", "/rest/log")).map((r) => r["message"] ?? "");
  assert.ok(
    log.includes("filter rule added by admin (/ip firewall filter add chain=input action=drop)"),
    log.slice(-3).join("\n"),
  );
  assert.ok(!log.join("\n").includes("very-secret"));
  const history = rowsOf(await ask("GET", "/rest/system/history"));
  assert.deepEqual([history[0]?.["action"], history[0]?.["by"]], ["filter rule added", "admin"]);
});

test("a list entry with a timeout is dynamic, counts down and ends by itself", async () => {
  const { ask, pass } = makeRig();
  const row = rowOf(
    await ask("PUT", "/rest/ip/firewall/address-list", { list: "blocked", address: "203.0.113.45", timeout: "1d" }),
  );
  assert.deepEqual([row["dynamic"], row["timeout"], row["creation-time"]], ["true", "1d", "2025-06-15 15:06:40"]);
  await pass(86_399_000);
  assert.equal(rowOf(await ask("GET", `/rest/ip/firewall/address-list/${row[".id"]}`))["timeout"], "1s");
  await pass(2_000);
  assert.ok(!rowsOf(await ask("GET", "/rest/ip/firewall/address-list")).some((r) => r[".id"] === row[".id"]));
});

test("what a row shows can be given back: each configured row is taken away and added again", async () => {
  const wrong: string[] = [];
  for (const menu of makeRig().router.menus()) {
    const known = TREE.menu(menu);
    const args = new Set((known?.args("add") ?? []).map((f) => f.name));
    if (args.size === 0 || known?.commands.includes("remove") !== true) continue;
    const { world } = makeRig().router;
    const rows = world.rows(menu).filter((r) => ["dynamic", "builtin", "default"].every((flag) => r[flag] !== "true"));
    for (const row of rows) {
      if (world.run(`${menu}/remove ${row[".id"]}`) !== null) continue;
      const given = Object.entries(row).filter(([name, value]) => args.has(name) && value !== "");
      const text = given.map(([name, value]) => `${name}=${JSON.stringify(value).replaceAll("$", "\\$")}`).join(" ");
      const refused = world.run(`${menu}/add ${text}`);
      if (refused !== null) wrong.push(`${menu} ${row[".id"]}: ${refused}`);
    }
  }
  assert.deepEqual(wrong, []);
});
