// GET: lists, records, single objects, filters, chosen fields, counters that move.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRig, rowOf, rowsOf } from "./rig.ts";

test("the front page answers without a login", async () => {
  const { ask } = makeRig();
  const page = await ask("GET", "/", undefined, { authorization: null });
  assert.equal(page.status, 200);
  assert.match(String(page.body), /RouterOS/);
  assert.equal((await ask("GET", "/webfig", undefined, { authorization: null })).status, 404);
});

test("who it is: board, version and identity by which the program knows it", async () => {
  const { ask } = makeRig();
  const resource = rowOf(await ask("GET", "/rest/system/resource"));
  assert.equal(resource["board-name"], "MikroClaw simulated router");
  assert.equal(resource["version"], "7.24.4 (stable)");
  assert.deepEqual(rowOf(await ask("GET", "/rest/system/identity")), { name: "MikroTik" });
});

test("every value is a string, lists always carry .id", async () => {
  const { ask } = makeRig();
  const menus = [
    "/interface",
    "/ip/address",
    "/ip/dhcp-server/lease",
    "/ip/firewall/filter",
    "/log",
    "/ip/service",
    "/interface/wifi/registration-table",
  ];
  for (const menu of menus) {
    const rows = rowsOf(await ask("GET", `/rest${menu}?.proplist=comment`));
    assert.ok(rows.length > 0, menu);
    for (const row of rows) assert.match(row[".id"] ?? "", /^\*[0-9A-F]+$/);
    for (const row of rowsOf(await ask("GET", `/rest${menu}`))) {
      for (const [name, value] of Object.entries(row)) {
        assert.equal(typeof value, "string", `${menu} ${name}`);
        assert.ok(!name.startsWith("~"), `${menu} shows ${name}`);
      }
    }
  }
});

test("filters are exact and joined by AND; yes is true", async () => {
  const { ask } = makeRig();
  const names = async (path: string) => rowsOf(await ask("GET", `/rest${path}`)).map((r) => r["host-name"]);
  assert.deepEqual(await names("/ip/dhcp-server/lease?host-name=kids-tablet&.proplist=host-name"), ["kids-tablet"]);
  assert.deepEqual(await names("/ip/dhcp-server/lease?host-name=kids-tab"), []);
  assert.deepEqual(await names("/ip/dhcp-server/lease?host-name=kids-tablet&dynamic=no"), []);
  assert.equal(
    (await names("/ip/dhcp-server/lease?dynamic=yes")).length,
    (await names("/ip/dhcp-server/lease?dynamic=true")).length,
  );
  assert.ok((await names("/ip/dhcp-server/lease?dynamic=true")).length >= 5);
});

test("one record by id and by name; 404 for an unknown id, the router's words for a name", async () => {
  const { ask } = makeRig();
  const byName = rowOf(await ask("GET", "/rest/interface/ether1"));
  assert.equal(byName["type"], "ether");
  assert.deepEqual(rowOf(await ask("GET", `/rest/interface/${byName[".id"]}?.proplist=name`)), {
    ".id": byName[".id"],
    name: "ether1",
  });
  const gone = await ask("GET", "/rest/interface/*FFF");
  assert.deepEqual([gone.status, gone.body], [404, { error: 404, message: "Not Found" }]);
  const unknown = await ask("GET", "/rest/interface/ether9");
  assert.deepEqual(unknown.body, {
    detail: "no such command or directory (ether9)",
    error: 400,
    message: "Bad Request",
  });
});

const refused: ReadonlyArray<readonly [string, string]> = [
  ["/rest/nosuch", "no such command prefix"],
  ["/rest/ip/nosuch", "no such command or directory (nosuch)"],
  ["/rest/ip/address/print", "no such command"],
  ["/rest/ip/firewall", "no such command"],
  ["/rest", "no such command"],
  ["/rest/system/identity/name", "no such command or directory (name)"],
];
for (const [path, detail] of refused) {
  test(`GET ${path}: ${detail}`, async () => {
    const { ask } = makeRig();
    const made = await ask("GET", path);
    assert.deepEqual(made.body, { detail, error: 400, message: "Bad Request" });
    assert.equal(made.status, 400);
  });
}

test("counters only grow, at the pace of the clock, and agree at one moment", async () => {
  const { ask, pass } = makeRig();
  const bytes = async (): Promise<number> => Number(rowOf(await ask("GET", "/rest/interface/ether1"))["rx-byte"]);
  const drops = async (): Promise<number> => {
    const rows = rowsOf(await ask("GET", "/rest/ip/firewall/filter?comment=defconf: drop all not coming from LAN"));
    return Number(rows[0]?.["packets"]);
  };
  let before = await bytes();
  assert.equal(await bytes(), before);
  const firstDrops = await drops();
  for (let i = 0; i < 30; i += 1) {
    await pass(7_000);
    const now = await bytes();
    assert.ok(now > before, `${now} after ${before}`);
    before = now;
  }
  assert.ok((await drops()) > firstDrops + 100);
});

test("a disabled interface stops counting and goes on where it was", async () => {
  const { ask, pass } = makeRig();
  const bytes = async (): Promise<string | undefined> => rowOf(await ask("GET", "/rest/interface/ether5"))["tx-byte"];
  await ask("PATCH", "/rest/interface/ether5", { disabled: "yes" });
  const still = await bytes();
  await pass(60_000);
  assert.equal(await bytes(), still);
  assert.equal(rowOf(await ask("GET", "/rest/interface/ether5"))["running"], "false");
  await ask("PATCH", "/rest/interface/ether5", { disabled: "no" });
  await pass(60_000);
  const later = Number(await bytes());
  assert.ok(later > Number(still) && later < Number(still) + 31_000 * 120);
});

test("leases run down and are renewed, signals wander, uptime counts", async () => {
  const { ask, pass } = makeRig();
  const lease = async () => rowOf(await ask("GET", "/rest/ip/dhcp-server/lease/*4"));
  assert.match((await lease())["expires-after"] ?? "", /^\d+m(\d+s)?$/);
  const seen = new Set<string>();
  const signals = new Set<string>();
  for (let i = 0; i < 12; i += 1) {
    seen.add((await lease())["expires-after"] ?? "");
    signals.add(rowsOf(await ask("GET", "/rest/interface/wifi/registration-table"))[0]?.["signal"] ?? "");
    await pass(60_000);
  }
  assert.ok(seen.size >= 10);
  assert.ok(signals.size >= 3);
  const up = rowOf(await ask("GET", "/rest/system/resource"))["uptime"] ?? "";
  assert.match(up, /^(\d+w)?\d+d\d+h\d+m(\d+s)?$/);
});

test("the same seed is the same router, another seed is not", async () => {
  const body = async (seed: number) => JSON.stringify((await makeRig(seed).ask("GET", "/rest/interface")).body);
  assert.equal(await body(1), await body(1));
  assert.notEqual(await body(1), await body(2));
});

test("the home hangs together: leases, ARP, bridge hosts and Wi-Fi name the same devices", async () => {
  const { ask } = makeRig();
  const macs = async (menu: string, query = "") =>
    new Set(rowsOf(await ask("GET", `/rest${menu}${query}`)).map((r) => r["mac-address"]));
  const bound = await macs("/ip/dhcp-server/lease", "?status=bound");
  const arp = await macs("/ip/arp", "?interface=bridge");
  const hosts = await macs("/interface/bridge/host", "?local=false");
  const air = await macs("/interface/wifi/registration-table");
  assert.deepEqual(arp, bound);
  assert.deepEqual(hosts, bound);
  for (const mac of air) assert.ok(bound.has(mac));
  const tablet = rowsOf(await ask("GET", "/rest/ip/dhcp-server/lease?host-name=kids-tablet"))[0];
  assert.ok(air.has(tablet?.["mac-address"]));
});

test("the firewall is the default one, the dummy rule first and dynamic", async () => {
  const { ask } = makeRig();
  const rules = rowsOf(await ask("GET", "/rest/ip/firewall/filter"));
  assert.deepEqual(
    [rules[0]?.["comment"], rules[0]?.["dynamic"]],
    ["special dummy rule to show fasttrack counters", "true"],
  );
  assert.ok(rules.some((r) => r["comment"] === "defconf: drop all from WAN not DSTNATed"));
  const nat = rowsOf(await ask("GET", "/rest/ip/firewall/nat?action=masquerade"));
  assert.equal(nat[0]?.["out-interface-list"], "WAN");
});
