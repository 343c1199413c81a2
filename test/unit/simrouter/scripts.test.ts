// Scripts on the simulated router: what they compute and print, what they change, how
// they wait, fail, are stopped and lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeRig, type Rig, rowOf, rowsOf } from "./rig.ts";

const printed = async (rig: Rig, script: string): Promise<unknown> =>
  rowOf(await rig.ask("POST", "/rest/execute", { script, "as-string": "" }))["ret"];

const SAID: ReadonlyArray<readonly [script: string, text: string]> = [
  [":put 5", "5"],
  [':put "a b"', "a b"],
  [":put (1 + 2 * 3 - 4)", "3"],
  [':put ("x" . 1 . "y")', "x1y"],
  [':local a 5; :put "a is $a and $[:put inner] $($a + 1)"', "inner\na is 5 and  6"],
  [":if (1 < 2 and !(3 = 4)) do={ :put Y } else={ :put N }", "Y"],
  [":if (1 > 2 or 2 != 2) do={ :put Y } else={ :put N }", "N"],
  [":foreach i in={1;2;3} do={ :put $i }", "1\n2\n3"],
  [':foreach k,v in={a=1;b=2} do={ :put "$k:$v" }', "a:1\nb:2"],
  [":for i from=3 to=1 do={ :put $i }", "3\n2\n1"],
  [":local n 0; :while ($n < 3) do={ :set n ($n + 1) }; :put $n", "3"],
  [':put [:len {1;2;3}]; :put [:len "four"]', "3\n4"],
  [':put [:find "abcabc" "c" 2]', "5"],
  [':put [:pick "abcdef" 1 3]', "bc"],
  [
    ":put [:typeof 1.2.3.4]; :put [:typeof nothere]; :put [:typeof $nothere]; :put [:typeof 1d]",
    "ip\nstr\nnothing\ntime",
  ],
  [':put [:typeof [:find "a" "b"]]', "nil"],
  [":put [:tostr {1;2}]", "1;2"],
  [':local l {x=1;y={2;3}}; :put ($l->"x"); :put (($l->"y")->1)', "1\n3"],
  [':do { :error "no way" } on-error={ :put saved }', "saved"],
  [':onerror e in={ :error "no way" } do={ :put "$e" }', "no way (:error; line 1)"],
  [":global f do={ :return ($1 + $add) }; :put [$f 4 add=3]", "7"],
  ["# a comment\n:put \\\n  joined", "joined"],
  [':put "q\\"\\$x\\\\"', 'q"$x\\'],
  [":put [/ip/address/get [find interface=bridge] address]", "192.168.88.1/24"],
  ['/ip address\n:put [get [find where interface="bridge"] network]', "192.168.88.0"],
  [":local i bridge; :put [:len [/ip/address/find where interface=$i]]", "1"],
  [":put [/ip/firewall/filter/print count-only where chain=input and action=drop]", "2\n2"],
  [':put ([/ip/address/print as-value where interface=bridge]->0->"network")', "192.168.88.0"],
  [":put [/system/identity/get name]", "MikroTik"],
  [":put [:len [/ip/address/find where address=192.168.88.1/24]]", "0"],
  [':put [:len [/ip/address/find where address="192.168.88.1/24"]]', "1"],
  [":put [:len [/ip/address/find where interface=bridge and .id!=*99 and !(.id=*98)]]", "1"],
  [":put [:len [/ip/route/find where dst-address=192.168.88.0/24]]", "1"],
  [':foreach i in=[/interface/find where name~"^ether[12]"] do={ :put [/interface/get $i name] }', "ether1\nether2"],
  [':put [/ip/dhcp-server/lease/find where !dynamic address~"88.10\\$"]', "*1"],
  [':put ("b" in {"a";"b"}); :put (10.0.0.5 in 10.0.0.0/24)', "true\ntrue"],
  [":if ([:len [/user/find where name=nobody]] = 0) do={ :put none }", "none"],
];

test("what scripts print", async () => {
  const rig = makeRig();
  for (const [script, text] of SAID) assert.equal(await printed(rig, script), text, script);
  rig.stop();
});

const REFUSED: ReadonlyArray<readonly [script: string, text: RegExp]> = [
  ["/ip/adress/print", /^bad command name adress \(line 1 column 5\)$/],
  [":put 1\n/ip/address/frobnicate", /^bad command name frobnicate \(line 2 column 13\)$/],
  ["/ip/address/set *1 colour=red", /^expected end of command \(line 1 column 20\)$/],
  [":if (1 = do={}", /^syntax error \(line 1 column \d+\)$/],
  [':put "open', /^syntax error/],
  [
    "/ip/address/add address=10.9.9.9/24 interface=foo",
    /^input does not match any value of interface \(\/ip\/address\/add \(interface\); line 1\)$/,
  ],
  [':put 1\n:error "stop here"', /^1\nstop here \(:error; line 2\)$/],
  ["/ip/address/remove *99", /^no such item \(\/ip\/address\/remove; line 1\)$/],
  [":put (1 / 0)", /division by zero/],
  [":while (true) do={}", /without end/],
];

test("what scripts are refused, in the console's words", async () => {
  const rig = makeRig();
  for (const [script, text] of REFUSED) assert.match(String(await printed(rig, script)), text, script);
  rig.stop();
});

test("a script that cannot be read does nothing at all", async () => {
  const rig = makeRig();
  await printed(rig, "/system/identity/set name=changed\n/no/such/thing");
  assert.equal(rig.router.world.rows("/system/identity")[0]?.["name"], "MikroTik");
  rig.stop();
});

test("changes: add, set, find of nothing, remove, place-before", async () => {
  const rig = makeRig();
  const script = `
    :local id [/ip/firewall/filter/add chain=input action=drop comment="mine" place-before=[find where comment~"accept ICMP"]]
    /ip/firewall/filter/set $id disabled=yes !comment
    /ip/firewall/filter/remove [find where comment=nothing-has-this]
    :put $id`;
  const id = await printed(rig, script);
  const rows = rig.router.world.rows("/ip/firewall/filter");
  const at = rows.findIndex((r) => r[".id"] === id);
  assert.equal(rows[at]?.["disabled"], "true");
  assert.equal(rows[at]?.["comment"], undefined);
  assert.equal(rows[at + 1]?.["comment"], "defconf: accept ICMP");
  await printed(rig, "/ip/firewall/filter/remove [find where action=drop disabled]");
  assert.ok(!rig.router.world.rows("/ip/firewall/filter").some((r) => r[".id"] === id));
  rig.stop();
});

test("a job waits in the background, shows itself, and does its work when its time has come", async () => {
  const rig = makeRig();
  const script = ':delay 120s; /system/identity/set name=reverted; :log warning "taken back"';
  const { body } = await rig.ask("POST", "/rest/execute", { script });
  const id = (body as { ret: string }).ret;
  const job = rowsOf(await rig.ask("GET", "/rest/system/script/job"))[0];
  assert.deepEqual([job?.[".id"], job?.["type"], job?.["owner"]], [id, "command", "admin"]);
  await rig.pass(119_000);
  assert.equal(rig.router.world.rows("/system/identity")[0]?.["name"], "MikroTik");
  await rig.pass(2_000);
  assert.equal(rig.router.world.rows("/system/identity")[0]?.["name"], "reverted");
  assert.deepEqual(rowsOf(await rig.ask("GET", "/rest/system/script/job")), []);
  const line = rig.router.world.rows("/log").findLast((r) => r["message"] === "taken back");
  assert.equal(line?.["topics"], "script,warning");
  rig.stop();
});

test("a job that is removed does nothing more; a restart loses it", async () => {
  const rig = makeRig();
  const start = async (): Promise<string> => {
    const { body } = await rig.ask("POST", "/rest/execute", { script: ":delay 60s; /system/identity/set name=late" });
    return (body as { ret: string }).ret;
  };
  assert.equal((await rig.ask("DELETE", `/rest/system/script/job/${await start()}`)).status, 204);
  await rig.pass(70_000);
  await start();
  rig.router.world.reboot();
  await rig.pass(70_000);
  assert.equal(rig.router.world.rows("/system/identity")[0]?.["name"], "MikroTik");
  assert.deepEqual(rig.router.world.rows("/system/script/job"), []);
  rig.stop();
});

test("as-string waits for the script; at 60 seconds it is cut off and stopped", async () => {
  const rig = makeRig();
  const short = rig.ask("POST", "/rest/execute", { script: ":put a; :delay 5s; :put b", "as-string": "" });
  await rig.pass(6_000);
  assert.equal(rowOf(await short)["ret"], "a\nb");
  const script = ":delay 61s; /system/identity/set name=late";
  const long = rig.ask("POST", "/rest/execute", { script, "as-string": "" });
  await rig.pass(100_000);
  assert.equal(rowOf(await long)["detail"], "Session closed");
  assert.equal(rig.router.world.rows("/system/identity")[0]?.["name"], "MikroTik");
  rig.stop();
});

test("a script may do what its user may do, and a refusal in the background is logged", async () => {
  const rig = makeRig();
  await rig.ask("PUT", "/rest/user/group", { name: "g", policy: "read,write,api,rest-api" });
  await rig.ask("PUT", "/rest/user", { name: "u", group: "g", password: "p" });
  const as = { user: "u", password: "p" };
  await rig.ask("POST", "/rest/execute", { script: "/user/set admin comment=x" }, as);
  const line = rig.router.world.rows("/log").findLast((r) => r["topics"] === "script,error");
  assert.match(line?.["message"] ?? "", /not enough permissions \(9\) \(\/user\/set; line 1\)/);
  rig.stop();
});

test("/system/script/run runs a script and counts it; globals stay until a restart", async () => {
  const rig = makeRig();
  await rig.ask("PUT", "/rest/system/script", {
    name: "count",
    source: ':global n; :set n ($n + 1)\n/system/identity/set name="n$n"',
    policy: "read,write",
  });
  const run = () => rig.ask("POST", "/rest/system/script/run", { ".id": "count" });
  assert.deepEqual((await run()).body, []);
  const failed = rig.router.world.rows("/log").findLast((r) => r["topics"] === "script,error");
  assert.equal(failed, undefined, failed?.["message"]);
  await run();
  assert.equal(rig.router.world.rows("/system/identity")[0]?.["name"], "n2");
  assert.equal(rig.router.world.rows("/system/script").find((r) => r["name"] === "count")?.["run-count"], "2");
  rig.stop();
});
