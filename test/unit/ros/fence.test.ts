// Commands bound to some menus: every other spelling, script and detour is refused with the
// scope named, and nothing of it reaches the router.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { makeFence, unknownMenus } from "../../../src/ros/fence.ts";
import { testCommands } from "../../support/commands.ts";
import { simRig } from "../../support/ros-rig.ts";

const MENUS = ["/ip/firewall", "queue", "/tool/netwatch/", "/system scheduler", "/ip/dhcp-server/lease/print"];
const NAMED = /ROUTEROS_SCOPE allows only \/ip\/firewall, \/queue, \/tool\/netwatch, \/system\/scheduler, /;
const HOME = ["GET /system/resource", "GET /system/identity"];

const SET = "/system/identity/set name=pwned";
const later = (script: string): string =>
  `/system/scheduler/add name=x on-event="${script.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "\\$")}"`;

// What an attacker, or a model that obeys one, may try.
const OUTSIDE: readonly string[] = [
  // Spellings of one command.
  SET,
  "/system identity set name=pwned",
  "/system/identity set name=pwned",
  "/system identity/set name=pwned",
  "system identity set name=pwned",
  "system/identity/set name=pwned",
  "  \t/system   identity \t set name=pwned",
  "/ system / identity / set name=pwned",
  "/sys/ide/set name=pwned",
  "/sys id set name=pwned",
  "/syst iden se name=pwned",
  "/system/identity\nset name=pwned",
  "/system/identity;set name=pwned",
  "/system\nidentity\nset name=pwned",
  "/system\r\nidentity\r\nset name=pwned",
  '/system/identity/set name="pwned"',
  '/system/identity/set name="\\70wned"',
  "/system \\\n identity \\\n set name=pwned",
  "# harmless\n/system/identity/set name=pwned",
  ":/system/identity/set name=pwned",
  ":put [/system/identity/set name=pwned]",
  "{/system/identity/set name=pwned}",
  "(/system/identity/set name=pwned)",
  "/SYSTEM/IDENTITY/SET name=pwned",
  "/rest/system/identity/set name=pwned",
  "/system//identity//set name=pwned",
  // From an allowed menu out.
  "/ip/firewall/filter/.. /.. /.. system identity set name=pwned",
  "/ip/firewall/../../system/identity/set name=pwned",
  "/ip firewall .. .. system identity set name=pwned",
  "/ip/firewall/../address/print",
  "/ip/firewall\n.. address print",
  "/ip/firewall/filter print\n/system identity set name=pwned",
  `/queue/simple/print;${SET}`,
  `/queue/simple/add name=a target=192.168.88.9;${SET}`,
  "/ip/firewall/filter/print\n:put 1\n/user/print",
  "/queue simple print; .. .. user print",
  "/queue; /user; print",
  "/ip/firewall filter print; /ip address print",
  // Names that begin alike.
  "/ip/firewalls/print",
  "/queues/print",
  "/ipv6/firewall/filter/print",
  "/ip/fi/print",
  "/tool/netwatch-x/print",
  "/tool/ping 1.1.1.1",
  "/ping 1.1.1.1",
  "ping 1.1.1.1",
  ":ping 1.1.1.1",
  "/system/scheduler-x/print",
  "/system/script/print",
  "/ip/dhcp-server/lease/add address=192.168.88.9 mac-address=00:11:22:33:44:55",
  "/ip/dhcp-server/lease/set [find address=192.168.88.9] comment=x",
  "/ip/dhcp-server/lease/get [find address=192.168.88.9] comment",
  "/ip/dhcp-server/print",
  // Reads.
  "/user/print",
  "/ip/address/print",
  "/ip/address/find",
  "/system/identity/get name",
  "/system/resource/print",
  "/log/print",
  "/interface/print detail",
  "/interface/monitor-traffic ether1 once",
  "/ip/arp/print count-only",
  "/export",
  "/ip/address/export",
  "/console/inspect request=child path=ip",
  "/file/print",
  "/container/envs/print",
  // Detours inside a command that is allowed.
  "/ip/firewall/filter/add chain=input comment=[/user/get admin password]",
  "/ip/firewall/filter/add chain=input comment=[/system identity set name=pwned]",
  "/ip/firewall/filter/add chain=input action=drop src-address=[/ip/address/get [find] address]",
  '/ip/firewall/filter/add chain=input comment="$[/system/identity/set name=pwned]"',
  '/ip/firewall/filter/add chain=input comment="$(/system/identity/set name=pwned)"',
  "/ip/firewall/filter/set [find where comment=[/user/get 0 name]] disabled=no",
  "/ip/firewall/filter/set [/ip/address/find] disabled=no",
  "/ip/firewall/filter/remove [:execute script=x]",
  "/ip/firewall/filter/print where comment=[/system/identity/get name]",
  "/ip/firewall/filter/print where ([/system/identity/set name=pwned])",
  "/queue/simple/add name=a target=(1 . [/system/identity/set name=pwned])",
  "/queue/simple/add name=a target={[/system/identity/set name=pwned]}",
  "/queue/simple/print do={/system/identity/set name=pwned}",
  "/queue/simple/print on-event={/system/identity/set name=pwned}",
  // Scripts, now.
  ":execute script={/system identity set name=pwned}",
  `:execute "${SET}"`,
  ":execute x",
  `/execute script="${SET}"`,
  ":foreach i in=[/ip/firewall/filter/find] do={/user/remove [find]}",
  ":if (true) do={/system/identity/set name=pwned}",
  ":if ([/ip/firewall/filter/print count-only] > 0) do={/system reboot}",
  ":do {/system/identity/set name=pwned} on-error={}",
  ":onerror e in={/ip/firewall/filter/print} do={/system/reboot}",
  ":global f do={/system/identity/set name=pwned}; $f",
  ":if (true) d={/system/identity/set name=pwned}",
  "/queue/simple/monitor do={/system/identity/set name=pwned}",
  ':local c "/system/identity/set name=pwned"; [:parse $c]',
  ':[:parse "/system/identity/set name=pwned"]',
  ":while (true) do={/ip/firewall/filter/print; /system/reboot}",
  ":for i from=1 to=3 do={/user/add name=x group=full password=x}",
  ":retry command={/system/identity/set name=pwned} delay=1 max=1",
  "/system/script/run x",
  "/system script run [find]",
  '/system/script/add name=x source=":put 1"',
  "/import x.rsc",
  ":import file-name=x.rsc",
  "import x.auto.rsc",
  "/tool/fetch url=http://192.168.88.1/x.rsc",
  '/tool fetch url="http://admin:@127.0.0.1/rest/user" output=user',
  "/file/add name=x.auto.rsc contents=x",
  "/undo",
  "/redo",
  "/system/backup/load name=x",
  "/system/reset-configuration",
  "/system/package/update/install",
  "/system/reboot",
  "/container/add file=x",
  "/password new-password=x",
  "/safe-mode/take",
  '/system/ssh-exec address=127.0.0.1 command="x"',
  // Scripts, later: in menus that are allowed.
  later(SET),
  later("system identity set name=pwned"),
  later("/sys/id/set name=pwned"),
  later(":execute {/system/identity/set name=pwned}"),
  later("/import x.rsc"),
  later("/tool/fetch url=http://a/b"),
  later("/ip/firewall/filter/print; /system/reboot"),
  later("/ip firewall filter; .. .. .. system reboot"),
  later('[:parse "/system/reboot"]'),
  later("$x"),
  later('/system/scheduler/add name=y on-event="/system/reboot"'),
  later("/system/script/run x"),
  later("nameofscript"),
  later("system"),
  later("/queue/simple/set [find name=[/user/get 0 name]] disabled=yes"),
  "/system/scheduler/add name=x on-ev=/system/reboot",
  "/system/scheduler/add name=x on-event=\\73ystem",
  "/system/scheduler/add name=x on-event=$y",
  "/system/scheduler/add name=x on-event={/system/reboot}",
  '/tool/netwatch/add host=1.1.1.1 up-script="/system/reboot"',
  "/tool/netwatch/add host=1.1.1.1 down-script=myscript",
  '/tool/netwatch/add host=1.1.1.1 test-script=":execute x"',
  // Nothing that could be understood.
  "drop all traffic",
  "/",
  "..",
  ";;;",
  "[",
  '/ip/firewall/filter/add chain=input comment="',
];

const INSIDE: readonly string[] = [
  "/ip/firewall/filter/print",
  "/ip firewall filter print where chain=input",
  "ip fire fil print",
  "/queue/simple/print count-only",
  "/queue/simple\nprint\n..\ntype print",
  "/queue/simple/add name=a target=192.168.88.9 max-limit=1M/1M",
  "/ip/firewall/address-list/add list=x address=10.0.0.9",
  "/ip/firewall/filter/set [find chain=input action=drop] comment=x",
  '/tool/netwatch/add host=1.1.1.1 up-script=""',
  later('/queue/simple/set [find name="a"] disabled=yes'),
  later(":if ([/ip/firewall/filter/print count-only] > 0) do={/queue simple disable [find name=a]}"),
  "/ip/dhcp-server/lease/print",
];

test(`${OUTSIDE.length} ways out are refused with the scope named, and ask the router nothing of it`, async () => {
  const r = simRig(7, undefined, {}, MENUS);
  const before = JSON.stringify(r.sim.rows("/system/identity"));
  for (const command of OUTSIDE) {
    const from = r.lines.length;
    const plan = await r.run(r.router.plan(r.world.scope, command));
    assert.ok(isFault(plan), `went through: ${command}`);
    assert.match(plan.what, NAMED, command);
    const looked = await r.run(r.router.look(r.world.scope, command));
    assert.ok(isFault(looked) && NAMED.test(looked.what), command);
    const asked = r.lines.slice(from).filter((line) => !HOME.some((own) => line.startsWith(own)));
    assert.deepEqual(asked, [], command);
  }
  assert.equal(JSON.stringify(r.sim.rows("/system/identity")), before);
});

test("what is inside goes on, in any spelling", async () => {
  const r = simRig(7, undefined, {}, MENUS);
  for (const command of INSIDE) {
    const plan = await r.run(r.router.plan(r.world.scope, command));
    assert.ok(!isFault(plan), isFault(plan) ? `${command}: ${plan.what}` : "");
  }
});

test("typed reads are bound as well, and so is what the model is told of the router", async () => {
  const r = simRig(7, undefined, {}, MENUS);
  for (const menu of ["/user", "ip/address", "/ip/firewall/../../user", "/system/identity", "//user", "/ip/firewal"]) {
    const rows = await r.run(r.router.print(r.world.scope, menu, {}, 9));
    assert.ok(isFault(rows) && NAMED.test(rows.what), menu);
  }
  assert.ok(!isFault(await r.run(r.router.print(r.world.scope, "/ip/firewall/filter", {}, 9))));
  const told = await r.run(r.router.snapshot(r.world.scope));
  assert.ok(!isFault(told));
  assert.match(told, /identity: /);
  assert.doesNotMatch(told, /interfaces|addresses|leases|wifi|DNS/);
});

test("an entry that is there already is not switched on, or renamed, when its script leads out", async () => {
  const r = simRig(7, undefined, {}, MENUS);
  const entry = (name: string, script: string): string =>
    `/system/scheduler/add name=${name} disabled=yes interval=1h on-event="${script}"`;
  assert.equal(r.sim.run(entry("out", "/system/reboot")), null);
  assert.equal(r.sim.run(entry("in", "/queue simple print")), null);
  const plan = (command: string) => r.run(r.router.plan(r.world.scope, command));
  for (const command of ["enable out", "set [find name=out] disabled=no", 'set [find interval="1h"] disabled=no']) {
    const out = await plan(`/system/scheduler/${command}`);
    assert.ok(isFault(out) && NAMED.test(out.what), command);
  }
  for (const command of ["enable in", "set out comment=x", "remove out"]) {
    const inside = await plan(`/system/scheduler/${command}`);
    assert.ok(!isFault(inside), isFault(inside) ? `${command}: ${inside.what}` : "");
  }
});

test("the whole tree, and nothing named, bound nothing", () => {
  for (const menus of [null, ["/"], ["/ip", "/"]]) {
    const fence = makeFence(testCommands(), menus);
    assert.equal(fence.menu("/user"), null);
  }
});

test("menus that no router has are found", () => {
  const known = ["/ip/firewall", "queue", "/tool/ping", "/ip/dhcp-server/lease/print", "/", "/interface wifi"];
  assert.deepEqual(unknownMenus(testCommands(), known), []);
  assert.deepEqual(unknownMenus(testCommands(), ["/ip/firewal", "x", "/ip/firewall/filter/prints"]), [
    "/ip/firewal",
    "/x",
    "/ip/firewall/filter/prints",
  ]);
});
