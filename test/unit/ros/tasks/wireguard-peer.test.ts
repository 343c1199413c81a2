// /wireguard-peer on the simulated router of two generations: the device gets in with what it
// is handed, and its private key is nowhere else.

import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { test } from "node:test";
import { isFault } from "../../../../src/base/fault.ts";
import { taskTool } from "../../../../src/core/tasks.ts";
import { wireguardPeer } from "../../../../src/ros/tasks/wireguard-peer.ts";
import { makeWorld, says } from "../../../support/core-world.ts";
import { readQr } from "../../../support/qr-reader.ts";
import { GENERATIONS, is, trip } from "../../../support/task-trip.ts";

const PEERS = "/interface/wireguard/peers";
type Trip = ReturnType<typeof trip>;

async function handed(t: Trip, offered: Awaited<ReturnType<Trip["offered"]>>, isDark = false): Promise<string> {
  assert.ok(offered.handout !== undefined);
  return is(await t.rig.run(offered.handout(t.rig.world.scope, isDark)));
}

const settingOf = (config: string, name: string): string => new RegExp(`^${name} = (.+)$`, "m").exec(config)?.[1] ?? "";

function publicOf(key: string): string {
  const der = Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), Buffer.from(key, "base64")]);
  const own = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  return own.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
}

/** The modules of a code as it was drawn for a light screen. */
function modulesOf(text: string): boolean[][] {
  const drawn = /```\n([\s\S]*)\n```/.exec(text)?.[1] ?? "";
  const lines = drawn
    .split("\n")
    .flatMap((line) => [
      [...line].map((ch) => ch === "█" || ch === "▀"),
      [...line].map((ch) => ch === "█" || ch === "▄"),
    ]);
  const size = (lines[0]?.length ?? 0) - 4;
  return lines.slice(2, 2 + size).map((row) => row.slice(2, 2 + size));
}

for (const ros of GENERATIONS) {
  test(`${ros}: one peer more in the tunnel that is there; its settings fit and scan; undone`, async () => {
    const t = trip(ros);
    const before = t.shown();
    const offered = await t.offered(wireguardPeer, { name: "ben phone" });
    assert.equal(offered.plan.risk, "reversible");
    assert.equal(offered.plan.calls.length, 1);
    assert.match(
      offered.text,
      /ben phone would get in by WireGuard as 192\.168\.100\.3, from anywhere to 203\.0\.113\.57:13231/,
    );
    await t.carry(offered.plan);
    const text = await handed(t, offered);
    const config = /\[Interface\][\s\S]*?(?=\n\n)/.exec(text)?.[0] ?? "";
    assert.equal(readQr(modulesOf(text)), config);
    const row = t.rows(PEERS).find((peer) => peer["comment"] === "ben phone");
    // Peers have names from 7.15 on.
    assert.equal(row?.["name"] === "ben phone", !ros.startsWith("7.14"));
    assert.equal(row?.["allowed-address"], "192.168.100.3/32");
    assert.equal(row?.["public-key"], publicOf(settingOf(config, "PrivateKey")));
    assert.equal(settingOf(config, "PublicKey"), t.rows("/interface/wireguard")[0]?.["public-key"]);
    assert.equal(settingOf(config, "Address"), "192.168.100.3/32");
    assert.equal(settingOf(config, "DNS"), "192.168.100.1");
    assert.equal(settingOf(config, "AllowedIPs"), "0.0.0.0/0, ::/0");
    const again = is(await t.ask(wireguardPeer, { name: "ben phone" }));
    assert.equal(again.plan, undefined);
    assert.match(again.text, /already: nothing to do/);
    const next = await t.offered(wireguardPeer, { name: "ben laptop", traffic: "home", endpoint: "home.example.net" });
    const other = await handed(t, next);
    assert.equal(settingOf(other, "Address"), "192.168.100.4/32");
    assert.equal(settingOf(other, "AllowedIPs"), "192.168.100.0/24, 192.168.88.0/24");
    assert.equal(settingOf(other, "Endpoint"), "home.example.net:13231");
    assert.notEqual(settingOf(other, "PrivateKey"), settingOf(config, "PrivateKey"));
    await t.undo(offered.plan);
    assert.deepEqual(t.shown(), before);
  });

  test(`${ros}: where there is no tunnel all of it is made, and all of it goes again`, async () => {
    const t = trip(ros);
    for (const script of [
      `${PEERS}/remove [find interface=wireguard1]`,
      "/ip/address/remove [find interface=wireguard1]",
      "/interface/list/member/remove [find interface=wireguard1]",
      "/interface/wireguard/remove wireguard1",
      '/ip/firewall/filter/remove [find comment="allow WireGuard"]',
    ])
      assert.equal(t.rig.sim.run(script), null, script);
    const before = t.shown();
    const offered = await t.offered(wireguardPeer, { name: "anna" });
    assert.deepEqual(
      offered.plan.calls.map((call) => call.path),
      ["/interface/wireguard", "/ip/address", "/interface/list/member", "/ip/firewall/filter", PEERS],
    );
    await t.carry(offered.plan);
    const config = await handed(t, offered);
    assert.equal(settingOf(config, "PublicKey"), t.rows("/interface/wireguard")[0]?.["public-key"]);
    const input = t.rows("/ip/firewall/filter").filter((row) => row["chain"] === "input");
    const own = input.findIndex((row) => row["dst-port"] === "13231");
    assert.ok(own >= 0 && own < input.findIndex((row) => row["in-interface-list"] === "!LAN"));
    const peer = { name: "anna", address: "192.168.100.2", at: "wireguard1", gateway: "192.168.100.1" };
    const rest = { address: "192.168.100.1", protocol: "tcp", port: 80, of: "router" } as const;
    assert.equal(t.rig.sim.sees(peer, rest).reach, "ok");
    await t.undo(offered.plan);
    assert.deepEqual(t.shown(), before);
  });
}

test("the private key is in the handing out and nowhere else: plan, diff, requests, log, model", async () => {
  const t = trip("7.22.1");
  const offered = await t.offered(wireguardPeer, { name: "ben" });
  await t.carry(offered.plan);
  const key = settingOf(await handed(t, offered), "PrivateKey");
  assert.ok(key.length === 44);
  const { handout: _, ...rest } = offered;
  for (const place of [
    JSON.stringify(rest),
    JSON.stringify(t.rig.lines),
    JSON.stringify(t.rig.world.lines),
    JSON.stringify(t.rows("/log")),
    JSON.stringify(t.rows(PEERS)),
  ])
    assert.ok(!place.includes(key) && !place.includes(key.slice(0, 20)));

  const w = makeWorld({
    script: [says("", [["wireguard_peer", { name: "ben" }]]), says("Approve it."), says("fine")],
    tools: [taskTool(wireguardPeer)],
  });
  w.router.menus = {
    "/interface/wireguard": [{ ".id": "*1", name: "wg1", "listen-port": "13231", "public-key": "R".repeat(43) }],
    "/interface/wireguard/peers": [],
    "/ip/address": [
      { address: "192.168.100.1/24", interface: "wg1" },
      { address: "203.0.113.5/24", interface: "ether1" },
    ],
    "/ip/route": [
      { "dst-address": "0.0.0.0/0", gateway: "203.0.113.1", "immediate-gw": "203.0.113.1%ether1", active: "true" },
    ],
  };
  await w.tell("let ben in");
  const press = w.sent.at(-1)?.buttons?.[0]?.press ?? "";
  await w.tell("", { press });
  const secret = settingOf(w.texts().join("\n"), "PrivateKey");
  assert.equal(secret.length, 44);
  await w.tell("what now?");
  assert.ok(w.asks.length >= 3);
  assert.ok(!JSON.stringify(w.asks).includes(secret));
  assert.ok(!JSON.stringify(w.log).includes(secret));
  const plans = await w.store.due(w.scope, "plan", "kept", 9);
  assert.ok(!isFault(plans) && plans.length === 1 && !JSON.stringify(plans).includes(secret));
  await w.end();
});

test("nonsense is refused and changes nothing", async () => {
  const t = trip("7.22.1");
  for (const [given, why] of [
    [{ name: 'a" disabled=yes [find]' }, /letters, digits/],
    [{ name: "a".repeat(33) }, /up to 32/],
    [{ name: "x", interface: "wiregaurd1" }, /no WireGuard interface wiregaurd1\..*Did you mean wireguard1\?/],
    [{ name: "x", endpoint: 'a"b' }, /no name or address/],
    [{ name: "x", endpoint: "home.example.net:1234" }, /without a port/],
    [{ name: "anna-phone" }, /already/],
  ] as const)
    await t.refused(wireguardPeer, given, why);
  assert.equal(t.rig.sim.run("/interface/wireguard/add name=wg2 listen-port=13232"), null);
  await t.refused(wireguardPeer, { name: "x" }, /There are several: wireguard1, wg2/);
  await t.offered(wireguardPeer, { name: "a".repeat(32), interface: "wireguard1" });
});

test("a router behind another one says that its name is missing", async () => {
  const t = trip("7.22.1");
  const router = {
    ...t.kit.router,
    print: async (...a: Parameters<typeof t.kit.router.print>) => {
      const rows = await t.kit.router.print(...a);
      return a[1] === "/ip/address" && !isFault(rows)
        ? rows.map((row) => (row["interface"] === "ether1" ? { ...row, address: "100.72.1.9/10" } : row))
        : rows;
    },
  };
  const said = await t.rig.run(
    wireguardPeer.run(t.rig.world.scope, { ...t.kit, router }, { name: "x", endpoint: "", traffic: "", interface: "" }),
  );
  assert.ok(isFault(said) && /not known by which public name/.test(said.what));
});
