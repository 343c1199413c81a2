// Why is the internet slow: what is measured, and which of the causes is told first.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../../../../src/base/fault.ts";
import { SLOW_CONNECTIONS_MAX, SLOW_SHOWN_MAX } from "../../../../src/base/limits-tasks.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import { slow } from "../../../../src/ros/tasks/slow.ts";
import { assertTame, HOSTILE, runOn, taskRig } from "../../../support/task-rig.ts";

for (const ros of ["7.12", "7.24"]) {
  test(`RouterOS ${ros}: a healthy home, then no way out, then no names`, async () => {
    const t = taskRig(ros);
    const well = (await t.run(slow)).text;
    assert.match(well, /^From the router nothing looks wrong now/);
    assert.match(well, /line: ether1 \(1Gbps, full duplex\), now \d+ Mbit\/s down/);
    assert.match(well, /ping: 203\.0\.113\.1 \d\.\d ms, 0 % lost; 1\.1\.1\.1 \d+ ms/);
    assert.match(well, /who uses the line: living-room-tv \d/);
    assert.deepEqual(
      t.rig.sim.calls.filter((c) => ["PUT", "PATCH", "DELETE"].includes(c.method)),
      [],
    );
    await t.apply(["/ip/dhcp-client/set [find interface=ether1] add-default-route=no"]);
    assert.match((await t.run(slow)).text, /^Most likely No default route is in use/);
  });
}

const ROUTE: RosRow = {
  "dst-address": "0.0.0.0/0",
  gateway: "192.0.2.1",
  "immediate-gw": "192.0.2.1%ether1",
  active: "true",
};
const echo = (ms: string, loss = "0"): RosRow[] => [{ "avg-rtt": ms, "packet-loss": loss }];
const far = (host: string): string => `/tool/ping ${host} count=4 interval=200ms`;

const WELL: Record<string, RosRow[]> = {
  "/ip/route": [ROUTE],
  "/interface": [{ name: "ether1", type: "ether", running: "true" }],
  "/system/resource": [{ "cpu-load": "4", "free-memory": "500000000" }],
  "/ip/dns": [{ servers: "192.0.2.53" }],
  "/ip/dhcp-server/lease": [],
  [far("192.0.2.1")]: echo("1ms"),
  [far("1.1.1.1")]: echo("11ms"),
  [far("8.8.8.8")]: echo("12ms"),
  "/tool/ping 1.1.1.1 count=2 interval=200ms size=1472 do-not-fragment": echo("11ms"),
  "/tool/ping one.one.one.one count=1": echo("11ms"),
  "/tool/ping 1.1.1.1 count=1": echo("11ms"),
  '/interface/ethernet/monitor "ether1" once': [{ rate: "1Gbps", "full-duplex": "true", supported: "1G-baseT-full" }],
  '/interface/monitor-traffic "ether1" once': [{ "rx-bits-per-second": "20000000", "tx-bits-per-second": "1000000" }],
  "/ip/firewall/connection/print count-only": [{ ret: "2" }],
  "/ip/firewall/connection/print proplist=src-address,orig-rate,repl-rate": [],
};

test("each cause is found, and the likelier one is told first", async () => {
  const cases: Array<[string, Record<string, RosRow[]>, RegExp]> = [
    ["nothing", {}, /^From the router nothing looks wrong now/],
    [
      "loss to the gateway",
      { [far("192.0.2.1")]: echo("40ms", "50") },
      /^Most likely The first hop is bad already: 192.0.2.1 40 ms, 50 % lost/,
    ],
    [
      "no answer",
      { [far("1.1.1.1")]: [], [far("8.8.8.8")]: [] },
      /^Most likely No host on the internet answers a ping although the gateway does/,
    ],
    [
      "one far host is silent",
      { [far("1.1.1.1")]: [], "/tool/ping 8.8.8.8 count=2 interval=200ms size=1472 do-not-fragment": echo("12ms") },
      /^From the router nothing/,
    ],
    [
      "loss beyond",
      { [far("1.1.1.1")]: echo("9ms", "25"), [far("8.8.8.8")]: echo("9ms", "25") },
      /^Most likely Packets get lost beyond the gateway \(25 %\)/,
    ],
    [
      "far away",
      { [far("1.1.1.1")]: echo("400ms"), [far("8.8.8.8")]: echo("500ms") },
      /^Most likely The internet is far away: 400 ms/,
    ],
    [
      "half duplex",
      {
        '/interface/ethernet/monitor "ether1" once': [
          { rate: "100Mbps", "full-duplex": "false", supported: "1G-baseT-full" },
        ],
      },
      /^Most likely ether1 runs half duplex.*\n2\. ether1 runs at only 100Mbps/,
    ],
    [
      "a port that can no more",
      {
        '/interface/ethernet/monitor "ether1" once': [
          { rate: "100Mbps", "full-duplex": "true", supported: "100M-baseT-full" },
        ],
      },
      /^From the router nothing/,
    ],
    [
      "errors",
      { "/interface": [{ name: "ether1", type: "ether", "rx-error": "5000", "link-downs": "40" }] },
      /^Most likely ether1 has counted 5000 damaged packets.*\n2\. The link at ether1 went down 40 times/,
    ],
    [
      "mtu",
      { "/tool/ping 1.1.1.1 count=2 interval=200ms size=1472 do-not-fragment": [] },
      /^Most likely Large packets/,
    ],
    [
      "processor",
      {
        "/system/resource": [{ "cpu-load": "97" }],
        "/tool/profile duration=2s": [
          { name: "idle", usage: "3" },
          { name: "firewall", usage: "80" },
        ],
      },
      /^Most likely The router's processor is at 97 %, mostly firewall 80 %/,
    ],
    ["no DNS server", { "/ip/dns": [{ servers: "" }] }, /^Most likely The router knows no DNS server/],
    [
      "one user",
      {
        "/ip/firewall/connection/print proplist=src-address,orig-rate,repl-rate": [
          { "src-address": "10.0.0.9:5000", "orig-rate": "1000", "repl-rate": "28000000" },
        ],
      },
      /^Most likely 10\.0\.0\.9 uses most of the line now: 28 Mbit\/s/,
    ],
    [
      "a queue",
      { "/queue/simple": [{ name: "q", target: "10.0.0.0/24", "max-limit": "1000000/2000000", disabled: "false" }] },
      /^Most likely 1 queue limit speed: q 10\.0\.0\.0\/24 1000000\/2000000/,
    ],
    [
      "weak Wi-Fi, both menus",
      {
        "/interface/wifi/registration-table": [{ "mac-address": "00:11:22:33:44:55", signal: "-80" }],
        "/interface/wireless/registration-table": [
          { "mac-address": "00:11:22:33:44:56", "signal-strength": "-50@HT20" },
        ],
      },
      /^Most likely 1 of 2 Wi-Fi devices have a weak signal/,
    ],
    [
      "the spare line",
      {
        "/ip/route": [
          { ...ROUTE, distance: "2" },
          { ...ROUTE, gateway: "198.51.100.1", active: "false", distance: "1" },
        ],
      },
      /^Most likely The better line \(198\.51\.100\.1\) is down/,
    ],
  ];
  for (const [name, menus, want] of cases) {
    const { text } = await runOn(slow, { ...WELL, ...menus });
    assert.match(text, want, name);
  }
});

test("names that are not found are told apart from a line that is down", async () => {
  const { "/tool/ping one.one.one.one count=1": _, ...rest } = WELL;
  assert.match((await runOn(slow, rest)).text, /^Most likely Names are not found/);
});

test("SLOW_CONNECTIONS_MAX connections are fetched, one more is not; SLOW_SHOWN_MAX users are named", async () => {
  const rows = Array.from({ length: SLOW_SHOWN_MAX + 3 }, (_, i) => ({
    "src-address": `10.0.0.${i}:1`,
    "orig-rate": "1",
    "repl-rate": "1000",
  }));
  for (const [n, fetched] of [
    [SLOW_CONNECTIONS_MAX, true],
    [SLOW_CONNECTIONS_MAX + 1, false],
  ] as const) {
    const menus = {
      ...WELL,
      "/ip/firewall/connection/print count-only": [{ ret: String(n) }],
      "/ip/firewall/connection/print proplist=src-address,orig-rate,repl-rate": rows,
    };
    const { text } = await runOn(slow, menus);
    assert.equal(text.includes("too many connections"), !fetched);
    assert.equal(text.split(/10\.0\.0\.\d+ 0\.0 Mbit/).length - 1, fetched ? SLOW_SHOWN_MAX : 0);
  }
});

test("what may not be read is named, and what strangers wrote stays in its line", async () => {
  const menus = {
    ...WELL,
    "/queue/simple": fault("denied", "not enough permissions (9)"),
    "/interface": [{ name: "ether1", "link-downs": "40", "rx-error": HOSTILE }],
    "/ip/route": [
      { ...ROUTE, gateway: "192.0.2.1", distance: "2" },
      { ...ROUTE, gateway: HOSTILE, active: "false" },
    ],
    "/interface/wifi/registration-table": [{ "mac-address": HOSTILE, signal: "-90" }],
  };
  const { text } = await runOn(slow, menus);
  assert.match(text, /Not readable here .*: \/queue\/simple\.$/m);
  assertTame(text);
});

test("where the routes cannot be read, nothing is said of the line", async () => {
  const { text } = await runOn(slow, { ...WELL, "/ip/route": fault("denied", "outside what is allowed") });
  assert.match(text, /^The routes cannot be read here, so the line to the internet was not judged\./);
  assert.doesNotMatch(text, /No default route/);
});

test("a dialled line is judged by the port beneath it, whatever its name; ping is refused: the rest is told", async () => {
  const menus: Parameters<typeof runOn>[1] = {
    "/ip/route": [{ "dst-address": "0.0.0.0/0", gateway: "pppoe-out1", "immediate-gw": "pppoe-out1", active: "true" }],
    "/interface/pppoe-client": [{ name: "pppoe-out1", interface: "uplink" }],
    "/interface": [
      { name: "uplink", type: "ether" },
      { name: "pppoe-out1", type: "pppoe-out" },
    ],
    '/interface/ethernet/monitor "uplink" once': [
      { rate: "10Mbps", "full-duplex": "false", supported: "1G-baseT-full" },
    ],
    "/system/resource": [{ "cpu-load": "5" }],
    "/ip/dhcp-server/lease": [],
    [far("1.1.1.1")]: fault("denied", "not enough permissions (9)"),
  };
  const { text } = await runOn(slow, menus);
  assert.match(text, /^Most likely uplink runs half duplex/, "what was not measured is not judged");
  assert.doesNotMatch(text, /No host|Names are not found/);
  assert.match(text, /line: pppoe-out1 over uplink \(10Mbps\)/);
  assert.match(text, /Not readable here .*\/tool\/ping 1\.1\.1\.1/);
});
