// The audit and the hardening: the default configuration passes, an open router is found
// open and mended without cutting anybody off, and what strangers wrote stays data.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../../src/base/fault.ts";
import { AUDIT_FINDINGS_MAX } from "../../../../src/base/limits-tasks.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import { harden } from "../../../../src/ros/tasks/harden.ts";
import { security } from "../../../../src/ros/tasks/security.ts";
import { assertTame, HOSTILE, runOn, taskRig } from "../../../support/task-rig.ts";

// A router that somebody set up without a firewall, as an export has it.
const OPEN = `
/interface list
add name=WAN
add name=LAN
/interface bridge
add name=bridge
/interface list member
add interface=ether1 list=WAN
add interface=bridge list=LAN
/interface wireguard
add name=wg1 listen-port=13231
/ip address
add address=192.168.88.1/24 interface=bridge
/ip dhcp-client
add interface=ether1
/ip dns
set allow-remote-requests=yes servers=1.1.1.1
/ip service
set telnet disabled=no
/ip upnp
set enabled=yes
/ip socks
set enabled=yes port=4145
/ip neighbor discovery-settings
set discover-interface-list=all
/tool mac-server
set allowed-interface-list=all
`;

const levels = (text: string): string[] => [...text.matchAll(/^\[(\w+)\]/gm)].map((m) => m[1] ?? "");

for (const ros of ["7.12", "7.24"]) {
  test(`RouterOS ${ros}: the default configuration has nothing critical`, async () => {
    const t = taskRig(ros);
    const { text } = await t.run(security);
    assert.deepEqual(levels(text), ["medium", "low"]);
    assert.match(text, /user "admin"/);
    assert.doesNotMatch(text, /Not readable/);
  });

  test(`RouterOS ${ros}: an open router is found open; hardening closes it in one plan, and once`, async () => {
    const t = taskRig(ros, { config: OPEN });
    const before = (await t.run(security)).text;
    assert.match(before, /^\[critical\] Nothing stops new connections from the internet \(ether1\)/m);
    assert.match(before, /reaches the service telnet \(tcp 23\): no rule drops it/);
    assert.match(before, /reaches DNS for anybody \(udp 53\)/);
    assert.match(before, /SOCKS proxy is on on the odd port 4145: an old sign of malware/);
    assert.match(before, /\[high\] New connections from the internet may go on to the devices inside/);
    const plan = await t.run(harden);
    assert.ok(plan.commands !== undefined);
    const lines = plan.commands.join("\n");
    assert.doesNotMatch(lines, /\/user|\/ip\/service|mac-server/);
    // Whoever comes by VPN still may, before the rest is dropped.
    assert.match(lines, /udp dst-port=13231[^\n]*\n[^\n]*action=drop/);
    assert.ok(["dangerous", "lifeline"].includes((await t.plan(plan.commands)).risk));
    await t.apply(plan.commands);
    const after = (await t.run(security)).text;
    assert.doesNotMatch(after, /critical|\[high\]/);
    assert.match(after, /telnet is on/);
    const again = await t.run(harden);
    assert.equal(again.commands, undefined, JSON.stringify(again));
    const more = await t.run(harden, { access: "yes" });
    assert.deepEqual(more.commands, [
      "/ip/service/set telnet disabled=yes",
      "/tool/mac-server/set allowed-interface-list=LAN",
    ]);
    await t.apply(more.commands ?? []);
    assert.doesNotMatch((await t.run(security)).text, /telnet|MAC address/);
  });
}

const OUT: Record<string, RosRow[]> = {
  "/ip/route": [{ "dst-address": "0.0.0.0/0", "immediate-gw": "192.0.2.1%ether1", active: "true" }],
  "/interface/list/member": [
    { list: "WAN", interface: "ether1" },
    { list: "LAN", interface: "bridge" },
  ],
  "/ip/service": [{ ".id": "*1", name: "winbox", port: "8291", disabled: "false" }],
};

test("an explicit accept rule is told with its comment and never undone", async () => {
  const filter = [
    { ".id": "*9", chain: "input", action: "accept", protocol: "tcp", "dst-port": "8291", comment: "my way in" },
    { ".id": "*A", chain: "input", action: "drop" },
    { chain: "forward", action: "drop" },
  ];
  const menus = { ...OUT, "/ip/firewall/filter": filter };
  assert.match(
    (await runOn(security, menus)).text,
    /^\[high\] The internet reaches the service winbox \(tcp 8291\): by rule \*9 "my way in"\./m,
  );
  assert.equal((await runOn(harden, menus)).commands, undefined);
  const all = {
    ...OUT,
    "/ip/firewall/filter": [
      { ".id": "*9", chain: "input", action: "accept" },
      { chain: "forward", action: "drop" },
    ],
  };
  assert.match((await runOn(security, all)).text, /Everything from the internet gets in by rule \*9/);
  assert.equal((await runOn(harden, all)).commands, undefined);
});

test("nobody is locked out: a person who is here over the internet, a VPN server, no list WAN", async () => {
  const cases: Array<[Record<string, RosRow[]>, RegExp]> = [
    [
      { "/user/active": [{ address: "198.51.100.9", via: "winbox" }] },
      /logged in from 198\.51\.100\.9, over the internet/,
    ],
    [{ "/interface/l2tp-server/server": [{ enabled: "true" }] }, /A VPN server is on/],
    [{ "/interface/list/member": [] }, /in the list WAN first/],
  ];
  for (const [more, want] of cases) {
    const menus = { ...OUT, "/ip/firewall/filter": [{ chain: "forward", action: "drop" }], ...more };
    const { text } = await runOn(security, menus);
    assert.match(text, want);
    const plan = await runOn(harden, menus);
    assert.doesNotMatch((plan.commands ?? []).join("\n"), /chain=input/);
  }
  const home = {
    ...OUT,
    "/ip/firewall/filter": [],
    "/user/active": [{ address: "192.168.88.5", via: "winbox" }, { address: "100.64.1.2" }],
  };
  assert.match(
    ((await runOn(harden, home)).commands ?? []).join("\n"),
    /chain=input action=drop connection-state=new in-interface-list=WAN/,
  );
});

test("switches, IPv6, users, scripts, flags", async () => {
  const shut = [
    { chain: "input", action: "drop" },
    { chain: "forward", action: "drop" },
  ];
  const base = { ...OUT, "/ip/firewall/filter": shut };
  const cases: Array<[Record<string, RosRow[]>, RegExp]> = [
    [{ "/ipv6/address": [{ address: "2001:db8::1/64" }] }, /^\[high\] IPv6 is not filtered: the chain input/m],
    [{ "/system/device-mode": [{ flagged: "true" }] }, /^\[critical\] The router flagged/m],
    [{ "/snmp": [{ enabled: "true" }], "/snmp/community": [{ name: "public" }] }, /community "public"/],
    [{ "/tool/romon": [{ enabled: "true" }] }, /RoMON is on/],
    [{ "/ip/ssh": [{ "strong-crypto": "false" }] }, /weak ciphers/],
    [{ "/ip/proxy": [{ enabled: "true", port: "8080" }] }, /old web proxy is on/],
    [
      { "/system/scheduler": [{ name: "u6", "on-event": '/tool fetch url="http://x/"' }] },
      /load or run something from elsewhere: u6/,
    ],
    [{ "/user": ["a", "b", "c", "d"].map((name) => ({ name, group: "full" })) }, /4 users may do everything/],
    [
      {
        "/ip/service": [{ ".id": "*1", name: "telnet", port: "23" }],
        "/user/active": [{ via: "telnet", address: "192.168.88.2" }],
      },
      /ip\/service\/set telnet disabled=yes/,
    ],
  ];
  for (const [menus, want] of cases) assert.match((await runOn(security, { ...base, ...menus })).text, want);
  assert.equal((await runOn(security, base)).text, "Nothing was found that should be changed.");
  const used = {
    ...base,
    "/ip/service": [{ ".id": "*1", name: "telnet", port: "23" }],
    "/user/active": [{ via: "telnet", address: "192.168.88.2" }],
  };
  assert.equal((await runOn(harden, used, { access: "yes" })).commands, undefined, "somebody is on it");
});

test("hostile comments and names stay data; AUDIT_FINDINGS_MAX findings are told; gaps are named", async () => {
  const service = (i: number): RosRow => ({ ".id": `*${i}`, name: `s${i}`, port: String(1000 + i), disabled: "false" });
  const rows = (n: number): RosRow[] => Array.from({ length: n }, (_, i) => service(i));
  // Two findings are about the chains themselves.
  for (const [n, more] of [
    [AUDIT_FINDINGS_MAX - 2, false],
    [AUDIT_FINDINGS_MAX - 1, true],
  ] as const) {
    const { text } = await runOn(security, { ...OUT, "/ip/service": rows(n) });
    assert.equal(levels(text).length, AUDIT_FINDINGS_MAX);
    assert.equal(text.includes("… and 1 more"), more);
  }
  const { text } = await runOn(security, {
    ...OUT,
    "/ip/firewall/filter": [{ ".id": "*1", chain: "input", action: "accept", comment: HOSTILE }],
    "/system/script": [{ name: HOSTILE, source: "fetch" }],
    "/user": fault("denied", "not enough permissions (9)"),
  });
  assertTame(text);
  assert.match(text, /not judged: \/user\.$/m);
  assert.match((await runOn(security, {})).text, /Which interface leads to the internet is not known/);
});

test("menus outside of ROUTEROS_SCOPE are named, the rest is judged", async () => {
  const t = taskRig("7.24", { menus: ["/ip/firewall", "/ip/route", "/interface/list"] });
  const { text } = await t.run(security);
  assert.match(text, /ROUTEROS_SCOPE\), so not judged: .*\/ip\/service/);
  assert.doesNotMatch(text, /critical/);
});

for (const ros of ["7.14.3", "7.24"]) {
  test(`RouterOS ${ros}: after hardening the agent, the owner and the home get everywhere they got before`, async () => {
    const t = taskRig(ros, { host: "172.31.18.1", reach: {} });
    const ways = () => t.rig.sim.reach().map((line) => `${line.from} → ${line.to}: ${line.reach}`);
    for (const comment of ["defconf: drop all not coming from LAN", "defconf: drop all from WAN not DSTNATed"])
      await t.apply([`/ip/firewall/filter/remove [find comment="${comment}"]`]);
    const before = ways();
    assert.ok(before.length > 4 && before.every((line) => line.endsWith("ok")), before.join("; "));
    assert.match((await t.run(security)).text, /critical/);
    const plan = await t.run(harden, { access: "yes" });
    const rules = t.rig.sim.rows("/ip/firewall/filter").map((r) => r[".id"]);
    const done = await t.apply(plan.commands ?? []);
    assert.deepEqual(ways(), before);
    assert.doesNotMatch((await t.run(security)).text, /critical|\[high\]/);
    await t.undo(done);
    assert.deepEqual(
      t.rig.sim.rows("/ip/firewall/filter").map((r) => r[".id"]),
      rules,
    );
    assert.deepEqual(ways(), before);
  });
}
