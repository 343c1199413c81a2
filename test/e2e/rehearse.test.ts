// A twin of an export, and changes rehearsed on it, from the command line.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { run, runOnce } from "../support/program.ts";

const folder = mkdtempSync(join(tmpdir(), "mikroclaw-twin-"));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, "lab.rsc");
writeFileSync(
  file,
  `/interface bridge
add name=bridge
/interface veth
add address=172.31.18.2/24 gateway=172.31.18.1 name=veth-claw
/interface list
add name=LAN
/ip dhcp-server network
add address=10.7.0.0/24 gateway=10.7.0.1
/interface bridge port
add bridge=bridge interface=ether2
/interface list member
add interface=bridge list=LAN
add interface=veth-claw list=LAN
/ip address
add address=10.7.0.1/24 interface=bridge network=10.7.0.0
add address=172.31.18.1/24 interface=veth-claw network=172.31.18.0
/ip firewall filter
add action=drop chain=input comment="drop all not coming from LAN" in-interface-list=!LAN
/ip service
set www disabled=no
/container
add file=usb1/claw.tar interface=veth-claw name=mikroclaw root-dir=usb1/claw
/system identity
set name=lab
`,
);

const rehearse = (script: string, ...more: string[]): ReturnType<typeof runOnce> =>
  runOnce(["sim", "--twin", file, "--owner", "10.7.0.20@ether2", "--rehearse", script, ...more]);

test("who would lose a way is told, with the reason", async () => {
  const cut = await rehearse("/ip firewall filter add chain=input action=drop in-interface=bridge");
  assert.equal(cut.code, 1);
  assert.match(cut.out, /owner +cannot reach +router/);
  assert.doesNotMatch(cut.out, /agent/);
  const json = await rehearse("/ip service disable www", "--json");
  assert.equal(json.code, 1);
  const told = JSON.parse(json.out) as {
    refused: unknown;
    changed: Array<{ from: string; to: string; reach: string }>;
  };
  assert.equal(told.refused, null);
  assert.deepEqual(
    told.changed.map(({ from, to, reach }) => `${from} ${to} ${reach}`),
    ["agent router REST refused"],
  );
});

test("a change that cuts nobody off, and one that the router refuses", async () => {
  const fine = await rehearse("/ip address set [find interface=bridge] comment=home");
  assert.deepEqual([fine.code, fine.out], [0, "Whoever reached something before reaches it after."]);
  const refused = await rehearse("/ip address add address=nonsense interface=bridge");
  assert.equal(refused.code, 1);
  assert.match(refused.out, /The twin refused it: .+/);
});

test("wrong words are told, with what to do", async () => {
  for (const [words, told] of [
    [["--rehearse", "/x"], /want a twin: --twin FILE/],
    [["--twin", file, "--rehearse", "/x"], /Say --owner ADDRESS@PORT/],
    [["--twin", file, "--owner", "me"], /--owner is an IPv4 address and a port/],
    [["--twin", join(folder, "nope")], /nope could not be read/],
    [["--twin", file, "--owner", "10.8.0.2@ether2", "--rehearse", "/x"], /No address of this export/],
    [["--twin", process.execPath.replace(/[^/]+$/, "."), "--owner", "10.7.0.2@ether2"], /could not be read/],
  ] as const) {
    const r = await runOnce(["sim", ...words]);
    assert.equal(r.code, 2, words.join(" "));
    assert.match(r.err, told);
  }
});

test("the twin is served", async () => {
  const sim = run(["sim", "--twin", file, "--port", "0", "--json"]);
  try {
    const { port } = (await sim.event("listening")) as { port: number };
    const headers = { authorization: `Basic ${Buffer.from("admin:admin").toString("base64")}` };
    const answer = await fetch(`http://127.0.0.1:${port}/rest/system/identity`, { headers });
    assert.deepEqual(await answer.json(), { name: "lab" });
  } finally {
    await sim.stop();
  }
});
