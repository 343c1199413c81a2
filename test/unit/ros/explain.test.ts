// What `explain` says of commands and scripts: nothing is called harmless that may write.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { explain } from "../../../src/ros/explain.ts";
import { parseCommands } from "../../../src/ros/parse.ts";
import { shownCommand } from "../../../src/ros/plan.ts";
import { testCommands } from "../../support/commands.ts";

const tree = testCommands();

const short = (text: string): string => {
  const x = explain(tree, text);
  const calls = x.requests.map((r) => {
    const query = Object.entries(r.query ?? {}).map(([name, value]) => `${name}=${value}`);
    const body = r.body === undefined || "script" in r.body ? "" : ` ${JSON.stringify(r.body)}`;
    return `${r.method} ${r.path}${query.length > 0 ? `?${query.join("&")}` : ""}${body}`;
  });
  return [x.ok ? x.risk : "no", String(x.writes), ...calls].join(" | ");
};

const COMMANDS: ReadonlyArray<readonly [string, string]> = [
  ["/ip/address/print where interface=ether1", "read | false | GET /rest/ip/address?interface=ether1"],
  ["ip address pr", "read | false | GET /rest/ip/address"],
  [
    "/interface/wireguard/set wg1 disabled=yes",
    'dangerous | true | PATCH /rest/interface/wireguard/wg1 {"disabled":"yes"}',
  ],
  [
    "/ip/address/set [find interface=ether1] !comment",
    'reversible | true | GET /rest/ip/address?interface=ether1&.proplist=.id,interface | PATCH /rest/ip/address/{.id} {"!comment":""}',
  ],
  ["/ip/address/remove *1,*A", "dangerous | true | DELETE /rest/ip/address/*1 | DELETE /rest/ip/address/*A"],
  ["/ip/dns/set servers=1.1.1.1", 'dangerous | true | POST /rest/ip/dns/set {"servers":"1.1.1.1"}'],
  [
    "/ip/firewall/filter/move *5 destination=*1",
    'dangerous | true | POST /rest/ip/firewall/filter/move {".id":"*5","destination":"*1"}',
  ],
  [
    "/ip/firewall/filter/add chain=input action=drop place-before=[find comment=x]",
    "dangerous | true | GET /rest/ip/firewall/filter?comment=x&.proplist=.id,comment | " +
      'PUT /rest/ip/firewall/filter {"chain":"input","action":"drop","place-before":"{.id}"}',
  ],
  ["/system/reboot", "lifeline | true | POST /rest/system/reboot {}"],
];

test("commands become their calls, entries that are not looked up have a mark", () => {
  assert.deepEqual(
    COMMANDS.map(([text]) => [text, short(text)]),
    COMMANDS,
  );
});

const RUN = "POST /rest/execute";
const SCRIPTS: ReadonlyArray<readonly [string, string]> = [
  [":put [/ip/address/print]", `read | false | ${RUN}`],
  ["put [:len [/ip/arp/find]]", `read | false | ${RUN}`],
  [':resolve mikrotik.com; :put ("a" . [/system/clock/get time] . $"lease-hostname")', `read | false | ${RUN}`],
  [":while ($i < 3) do={ :set i ($i + 1) }", `read | false | ${RUN}`],
  [":foreach i in=[/ip/address/find where interface=x] do={ /ip/address/remove $i }", `dangerous | true | ${RUN}`],
  [":if ([/ping 1.1.1.1 count=3] = 0) do={ /interface disable ether2 } else={ :beep }", `dangerous | true | ${RUN}`],
  ['/queue/simple/set [find where name~"^$x"] max-limit=($a . "/" . $b)', `dangerous | true | ${RUN}`],
  ["/ip firewall filter { print; add chain=input action=drop }", `dangerous | true | ${RUN}`],
  ["/ip/firewall/address-list/add list=x address=$ip", `dangerous | true | ${RUN}`],
  [':put "$[/system/reboot]"', `lifeline | true | ${RUN}`],
  [':put ("x" . {1;[/system/reboot]})', `lifeline | true | ${RUN}`],
  [":local f do={ /system/reboot }; $f", `lifeline | true | ${RUN}`],
  [':execute "/system reboot"', `lifeline | true | ${RUN}`],
  [":onerror e in={ /system/reboot } do={}", `lifeline | true | ${RUN}`],
  [":execute $x", `dangerous | unknown | ${RUN}`],
  ["$f 1 2", `dangerous | unknown | ${RUN}`],
  ['[[:parse "/system reboot"]]', `dangerous | unknown | ${RUN}`],
  [":put 1; /import x.rsc", `dangerous | unknown | ${RUN}`],
  [":put [/system/script/run a]", `dangerous | unknown | ${RUN}`],
  ["/export", `read | false | ${RUN}`],
  ["/ip/address/export file=x", `dangerous | true | ${RUN}`],
  ["/export show-sensitive", "no | unknown"],
  ["/ip/address/export show-sensitive", "no | unknown"],
  ["/undo", `dangerous | true | ${RUN}`],
  ["/password old-password=a new-password=b", `lifeline | true | ${RUN}`],
  // Names of arguments may be cut, code may stand where a command of a menu runs it, and names may change hands.
  [":if (true) d={ /system/reboot }", `lifeline | true | ${RUN}`],
  [":if (false) do={} el={ /system/reboot }", `lifeline | true | ${RUN}`],
  [":do {} on-e={ /system/reboot }", `lifeline | true | ${RUN}`],
  [":onerror e i={ /system/reboot } do={}", `lifeline | true | ${RUN}`],
  [':execute sc="/system/reboot"', `lifeline | true | ${RUN}`],
  [':do "/system/reboot"', `lifeline | true | ${RUN}`],
  [":if (true) { /system/reboot }", `dangerous | unknown | ${RUN}`],
  [':grep "/system/reboot" pattern=x', `dangerous | unknown | ${RUN}`],
  [':grep x "/system/reboot"', `dangerous | unknown | ${RUN}`],
  ["/log/print follow-only on-event={ /system/reboot }", `lifeline | true | ${RUN}`],
  [':put [/interface/print on-event="/system/reboot"]', `lifeline | true | ${RUN}`],
  ["/interface/ethernet/monitor ether1 once do={ /system/reboot }", `lifeline | true | ${RUN}`],
  ['/interface/ethernet/monitor ether1 once do="/system/reboot"', `lifeline | true | ${RUN}`],
  ["/interface/ethernet/monitor ether1 once do=$f", `dangerous | unknown | ${RUN}`],
  ["/interface/ethernet/monitor ether1 once do={ :put $rate }", `read | false | ${RUN}`],
  ["/ping 1.1.1.1 count=1 do={ /system/reboot }", `lifeline | true | ${RUN}`],
  [":local f do={ :put 1 }; :set f $g; $f", `dangerous | unknown | ${RUN}`],
  [":local f do={ :put 1 }; :foreach f in=$all do={ $f }", `dangerous | unknown | ${RUN}`],
  ["{ :local f do={ :put 1 } }; :global f; $f", `dangerous | unknown | ${RUN}`],
  [":global f do={ :put 1 }; $f", `read | false | ${RUN}`],
  [":put ($f <%% {1})", `dangerous | unknown | ${RUN}`],
  [':put (:execute "/system/reboot")', `dangerous | unknown | ${RUN}`],
  [":export show-sens", "no | unknown"],
  ["/export terse show-s", "no | unknown"],
  [":if (true) then={ :put 1 }", "no | unknown"],
  [":foreach i in=(1,2) blah=5 do={ :put $i }", "no | unknown"],
  [":put [", "no | unknown"],
  [":foreach i in=1 do={ /nothing/print }", "no | unknown"],
  ["", "no | unknown"],
  ["/ip/address", "no | unknown"],
  ["foo", "no | unknown"],
];

test("scripts: what they run is found in blocks, brackets and strings; what cannot be known is unknown", () => {
  assert.deepEqual(
    SCRIPTS.map(([text]) => [text, short(text)]),
    SCRIPTS,
  );
});

test("a secret's value stands in the requests only", () => {
  const x = explain(tree, "/interface/wireguard/add name=wg9 private-key=c2VjcmV0LXZhbHVl");
  assert.deepEqual(x.secretFields, ["private-key"]);
  assert.match(JSON.stringify(x.requests), /c2VjcmV0/);
  assert.doesNotMatch(JSON.stringify({ ...x, requests: [] }), /c2VjcmV0/);
});

test("what a command alone holds as a secret is named, and hidden in the command as it is kept", () => {
  const text =
    '/tool/fetch url="https://me:pw-value@example.com/a?token=t-value" http-header-field="X: h-value" output=none';
  assert.deepEqual(explain(tree, text).secretFields, ["url", "http-header-field"]);
  assert.deepEqual(explain(tree, "/tool/snmp-walk address=10.0.0.1 community=c-value").secretFields, ["community"]);
  const commands = parseCommands(tree, text);
  assert.ok(!isFault(commands));
  const shown = '/tool/fetch url="https://***@example.com/a?***" http-header-field=*** output="none"';
  assert.equal(shownCommand(commands, text), shown);
});

test("a condition that REST cannot ask for is told, others are not", () => {
  const told = (text: string) => explain(tree, text).notes.some((n) => n.startsWith("REST has no such condition"));
  assert.ok(told("/ip/address/remove [find where interface=ether5 or interface=ether4]"));
  assert.ok(told('/ip/address/print where address~"^10"'));
  assert.ok(told('/ip/firewall/filter/move [find comment=a] destination=[find comment~"b"]'));
  assert.ok(!told("/ip/address/print where interface=ether1 disabled=no"));
  assert.ok(!told("/ip/address/remove [find interface=ether5]"));
  assert.ok(!told("/ip/firewall/filter/add chain=input place-before=[find comment=a]"));
});

test("deep nesting and endless scripts are refused, not followed", () => {
  for (const text of ["(".repeat(50_000), ":put [".repeat(5_000), ":do {".repeat(5_000), ":put 1;".repeat(5_000)])
    assert.equal(explain(tree, text).ok, false);
});
