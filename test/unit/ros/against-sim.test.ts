// The Router port against the simulated router: changes, lost answers, conflicts, and
// taking back what was done before a failure.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import type { Changed, Plan } from "../../../src/port/router.ts";
import { simRig } from "../../support/ros-rig.ts";

type Rig = ReturnType<typeof simRig>;

async function plan(r: Rig, command: string): Promise<Plan> {
  const made = await r.run(r.router.plan(r.world.scope, command));
  assert.ok(!isFault(made), isFault(made) ? made.what : "");
  return made;
}

const approve = (r: Rig, p: Plan): ReturnType<Rig["router"]["change"]> =>
  r.run(r.router.change(r.world.scope, p, { planHash: p.hash }));

async function change(r: Rig, command: string): Promise<Changed> {
  const p = await plan(r, command);
  const made = await approve(r, p);
  assert.ok(!isFault(made), isFault(made) ? made.what : "");
  if (made.state !== "pending") return made;
  const kept = await r.run(r.router.settle(r.world.scope, p.hash, "keep"));
  assert.ok(!isFault(kept), isFault(kept) ? kept.what : "");
  return kept;
}

const writes = (r: Rig): string[] =>
  r.sim.calls.filter((c) => !["GET"].includes(c.method)).map((c) => `${c.method} ${c.path}`);
const names = (r: Rig): string[] => r.sim.rows("/ip/dns/static").map((row) => row["name"] ?? "");
const ADD = "/ip/dns/static/add name=test.lan address=192.168.88.77";

test("add, set, disable, remove on one entry", async () => {
  const r = simRig();
  const before = r.sim.rows("/ip/dns/static");
  assert.equal((await change(r, ADD)).state, "kept");
  assert.equal((await change(r, '/ip/dns/static/set [find name=test.lan] comment="hi"')).state, "kept");
  assert.equal((await change(r, "/ip/dns/static/disable [find name=test.lan]")).state, "kept");
  const row = r.sim.rows("/ip/dns/static").find((x) => x["name"] === "test.lan");
  assert.equal(row?.["comment"], "hi");
  assert.equal(row?.["disabled"], "true");
  assert.equal((await change(r, "/ip/dns/static/remove [find name=test.lan]")).state, "kept");
  assert.deepEqual(r.sim.rows("/ip/dns/static"), before);
});

test("the answer to a write is lost: it is read back and told as done, and never sent again", async () => {
  const r = simRig();
  const p = await plan(r, ADD);
  r.sim.failNext({ kind: "lost", method: "PUT" });
  const made = await approve(r, p);
  assert.deepEqual(made, {
    state: "kept",
    told: "The change is made and read back as planned. Measured: test.lan is 192.168.88.77 here now.",
  });
  assert.deepEqual(writes(r), ["PUT /rest/ip/dns/static", "POST /rest/execute"]);
  assert.equal(names(r).filter((n) => n === "test.lan").length, 1);
});

test("the connection breaks before a write is done: read back and told as not done", async () => {
  const r = simRig();
  const p = await plan(r, ADD);
  r.sim.failNext({ kind: "reset", method: "PUT" });
  const made = await approve(r, p);
  assert.ok(isFault(made));
  assert.equal(made.maybeDone, false);
  assert.deepEqual(writes(r), ["PUT /rest/ip/dns/static"]);
  assert.ok(!names(r).includes("test.lan"));
});

test("a set whose answer is broken JSON is settled by reading", async () => {
  const r = simRig();
  const p = await plan(r, '/ip/dns/static/set [find name=router.lan] comment="seen"');
  r.sim.failNext({ kind: "brokenJson", method: "PATCH" });
  assert.deepEqual(await approve(r, p), { state: "kept", told: "The change is made and read back as planned." });
});

test("a row that moved since the plan is a conflict and nothing is sent", async () => {
  const r = simRig();
  await change(r, ADD);
  const p = await plan(r, "/ip/dns/static/set [find name=test.lan] comment=mine");
  await change(r, "/ip/dns/static/set [find name=test.lan] comment=theirs");
  const before = writes(r).length;
  const made = await approve(r, p);
  assert.ok(isFault(made));
  assert.equal(made.fault, "conflict");
  assert.equal(writes(r).length, before);
});

test("a failure in the middle: what was done before is taken back", async () => {
  const r = simRig();
  const before = r.sim.rows("/ip/dns/static");
  const p = await plan(
    r,
    `${ADD}; /ip/dns/static/add name=two.lan address=192.168.88.78; /ip/dns/static/set [find name=router.lan] comment=x`,
  );
  r.sim.failNext({ kind: "error500", method: "PATCH" });
  const made = await approve(r, p);
  assert.ok(!isFault(made), isFault(made) ? made.what : "");
  assert.equal(made.state, "reverted");
  assert.deepEqual(r.sim.rows("/ip/dns/static"), before);
  assert.deepEqual(
    writes(r)
      .filter((w) => w.includes("/ip/"))
      .map((w) => w.split(" ")[0]),
    ["PUT", "PUT", "PATCH", "DELETE", "DELETE"],
  );
});

test("removed rules come back at their place when a later call fails", async () => {
  const r = simRig();
  const order = (): string[] =>
    r.sim.rows("/ip/firewall/filter").map((row) => `${row["chain"]} ${row["comment"] ?? ""}`);
  const before = order();
  const p = await plan(
    r,
    "/ip/firewall/filter/remove [find chain=input action=drop]; /ip/dns/static/set [find name=router.lan] comment=x",
  );
  assert.equal(p.risk, "dangerous");
  r.sim.failNext({ kind: "error500", method: "PATCH" });
  const made = await approve(r, p);
  assert.ok(!isFault(made), isFault(made) ? made.what : "");
  assert.equal(made.state, "reverted");
  assert.deepEqual(order(), before);
});

test("a dynamic lease: refused for set with the way to go, made static, then blocked", async () => {
  const r = simRig();
  const refused = await r.run(
    r.router.plan(r.world.scope, "/ip/dhcp-server/lease/set [find host-name=kids-tablet] block-access=yes"),
  );
  assert.ok(isFault(refused));
  assert.match(refused.next ?? "", /make-static/);
  assert.equal((await change(r, "/ip/dhcp-server/lease/make-static [find host-name=kids-tablet]")).state, "kept");
  assert.equal(
    (await change(r, "/ip/dhcp-server/lease/set [find host-name=kids-tablet] block-access=yes")).state,
    "kept",
  );
});

test("a plan is spent once", async () => {
  const r = simRig();
  const p = await plan(r, ADD);
  await approve(r, p);
  const again = await approve(r, p);
  assert.ok(isFault(again));
  assert.equal(again.fault, "conflict");
  assert.deepEqual(writes(r), ["PUT /rest/ip/dns/static", "POST /rest/execute"]);
});

test("two changes at once: one after the other, and the second sees what the first did", async () => {
  const r = simRig();
  const one = await plan(r, "/system/identity/set name=One");
  const two = await plan(r, "/system/identity/set name=Two");
  const both = await r.run(Promise.all([one, two].map((p) => r.router.change(r.world.scope, p, { planHash: p.hash }))));
  assert.ok(!isFault(both[0]));
  assert.ok(isFault(both[1]));
  assert.equal(both[1].fault, "conflict");
  assert.equal(r.sim.rows("/system/identity")[0]?.["name"], "One");
});

test("the same set twice: nothing to do", async () => {
  const r = simRig();
  await change(r, "/system/identity/set name=Cabin");
  const again = await r.run(r.router.plan(r.world.scope, "/system/identity/set name=Cabin"));
  assert.ok(isFault(again));
  assert.equal(again.fault, "conflict");
  const facts = await r.run(r.router.facts(r.world.scope));
  assert.ok(!isFault(facts));
  assert.equal(facts.identity, "Cabin");
});

test("a reboot drops the connection, which is its answer", async () => {
  const r = simRig();
  assert.deepEqual(await change(r, "/system/reboot"), { state: "kept", told: "The router has taken the command." });
});

test("the simulated router met at another address is a real one: what has no way back is refused", async () => {
  const r = simRig(7, "192.168.88.1");
  const made = await r.run(r.router.plan(r.world.scope, "/system/reboot"));
  assert.ok(isFault(made));
  assert.equal(made.fault, "denied");
  assert.equal((await plan(r, "/ip/dns/set servers=9.9.9.9")).risk, "dangerous");
});

test("the snapshot is bounded, marked line by line, and survives failing reads", async () => {
  const r = simRig();
  r.sim.failNext({ kind: "error500", path: "/rest/ip/dhcp-server/lease" });
  r.sim.failNext({ kind: "html403", path: "/rest/interface/wifi" });
  const text = await r.run(r.router.snapshot(r.world.scope));
  assert.equal(typeof text, "string");
  const lines = String(text).split("\n");
  assert.ok(lines.every((line) => line.startsWith("| ")));
  assert.ok(String(text).includes("192.168.88.1/24 on bridge"));
  assert.ok(!String(text).includes("leases"));
  const asked = r.lines.length;
  assert.equal(await r.run(r.router.snapshot(r.world.scope)), text);
  assert.equal(r.lines.length, asked, "kept for a while");
});

test("no secret of the simulated home leaves in any print", async () => {
  const r = simRig();
  let looked = 0;
  for (const menu of [
    "/interface/wireguard",
    "/interface/wifi/security",
    "/interface/wireguard/peers",
    "/user",
    "/snmp/community",
    "/ppp/secret",
  ]) {
    const p = await r.run(r.router.plan(r.world.scope, `${menu}/print`));
    if (isFault(p)) continue;
    const text = await r.run(r.router.read(r.world.scope, p));
    if (isFault(text)) continue;
    for (const row of r.sim.rows(menu)) {
      for (const [name, value] of Object.entries(row)) {
        if (/key$|passphrase|password/.test(name) && !/public-key/.test(name) && value.length > 5) {
          looked += 1;
          assert.ok(!text.includes(value), `${menu} ${name}`);
        }
      }
    }
  }
  assert.ok(looked > 2, String(looked));
});

test("the risk of a change counts what its row is afterwards, and what the agent itself needs", async () => {
  const r = simRig();
  for (const line of [
    '/tool/netwatch/add host=1.1.1.1 disabled=yes down-script="/system reboot"',
    "/tool/netwatch/add host=1.0.0.1 type=https-get disabled=yes",
    "/tool/netwatch/add host=9.9.9.9",
    "/ip/dns/static/add regexp=.* address=203.0.113.9 disabled=yes",
    "/ip/dns/static/add name=www.example.com address=0.0.0.0",
    "/ip/dns/static/add name=api.telegram.org address=0.0.0.0",
    "/queue/simple/add name=all target=0.0.0.0/0 max-limit=1k/1k disabled=yes",
  ]) {
    await change(r, line);
  }
  for (const [command, risk] of [
    ["/tool/netwatch/enable [find host=1.1.1.1]", "dangerous"],
    ["/tool/netwatch/set [find host=1.1.1.1] interval=1m", "dangerous"],
    ["/tool/netwatch/set [find host=1.1.1.1] comment=x", "reversible"],
    ["/tool/netwatch/enable [find host=1.0.0.1]", "dangerous"],
    ["/tool/netwatch/set [find host=9.9.9.9] interval=1m", "reversible"],
    ["/tool/netwatch/disable [find host=9.9.9.9]", "reversible"],
    ["/ip/dns/static/enable [find regexp=.*]", "dangerous"],
    ["/ip/dns/static/set [find name=nas.lan] address=203.0.113.9", "reversible"],
    ["/ip/dns/static/set [find name=nas.lan] name=www.example.org", "dangerous"],
    ["/ip/dns/static/set [find name=www.example.com] address=203.0.113.9", "dangerous"],
    ["/ip/dns/static/disable [find name=www.example.com]", "reversible"],
    ["/ip/dns/static/disable [find name=api.telegram.org]", "dangerous"],
    ["/ip/dns/static/remove [find name=api.telegram.org]", "dangerous"],
    ["/ip/dns/static/add name=API.Telegram.org. address=0.0.0.0", "dangerous"],
    ["/queue/simple/enable all", "dangerous"],
    ["/ip/dhcp-server/lease/set [find comment=TV] address=192.168.88.31", "reversible"],
    ["/ip/dhcp-server/lease/set [find comment=TV] address=192.168.88.1", "dangerous"],
    ["/ip/dhcp-server/lease/add address=192.168.88.1 mac-address=AA:BB:CC:DD:EE:FF", "dangerous"],
    ["/ip/dhcp-server/lease/add address=127.0.0.1 mac-address=AA:BB:CC:DD:EE:FF", "dangerous"],
    ["/ip/dhcp-server/lease/add address=192.168.88.77 mac-address=AA:BB:CC:DD:EE:FF", "reversible"],
  ] as const) {
    assert.equal((await plan(r, command)).risk, risk, command);
  }
});

test("an unchanged value is no line of the diff, and stays in the call", async () => {
  const r = simRig();
  const p = await plan(r, "/ip/dhcp-server/lease/set [find comment=TV] server=defconf address=192.168.88.31");
  assert.equal(p.diff.split("\n").slice(1).join("\n"), "  address: 192.168.88.30 → 192.168.88.31");
  assert.match(p.calls[0]?.body ?? "", /"server":"defconf"/);
});

test("whether a guessed secret is the right one cannot be told from a plan", async () => {
  const r = simRig();
  await change(r, "/ppp/secret/add name=anna password=hunter2-hunter2");
  const diff = async (guess: string): Promise<string> => {
    const p = await plan(r, `/ppp/secret/set anna password=${guess} comment=x`);
    const alone = await plan(r, `/ppp/secret/set anna password=${guess}`);
    return [p.diff, p.risk, alone.diff, alone.risk].join("\n");
  };
  const right = await diff("hunter2-hunter2");
  assert.equal(right, await diff("wrong-wrong-wrong"));
  assert.match(right, /password: \*\*\* → \*\*\*/);
});

test("a look gives the rows of one command that reads, and refuses changes and several at once", async () => {
  const r = simRig();
  const look = (command: string) => r.run(r.router.look(r.world.scope, command));
  const rows = await look("/tool/ping 192.168.88.10 count=2");
  assert.ok(!isFault(rows), isFault(rows) ? rows.what : "");
  assert.deepEqual(
    rows.map((row) => [row["seq"], row["received"]]),
    [
      ["0", "1"],
      ["1", "2"],
    ],
  );
  for (const no of [ADD, "/ip/address/print; /ip/route/print", "/no/such/menu/print"]) {
    const refused = await look(no);
    assert.ok(isFault(refused), no);
  }
  assert.deepEqual(
    writes(r).filter((line) => !line.includes("ping")),
    [],
  );
});

test("a peer without a private key is as it was planned on", async () => {
  const r = simRig();
  const p = await plan(r, "/interface/wireguard/peers/disable [find name=anna-phone]");
  assert.equal(((await approve(r, p)) as { state?: string }).state, "pending");
});
