// DNS servers, DNS over HTTPS and blocking lists: one plan each, refused with a sentence
// where the release or the router is not ready for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, isFault } from "../../../../src/base/fault.ts";
import { ADLIST_CACHE_KIB, ADLIST_FREE_BYTES_MIN } from "../../../../src/base/limits-tasks.ts";
import type { RosRow } from "../../../../src/port/router.ts";
import { dns } from "../../../../src/ros/tasks/dns.ts";
import { assertTame, HOSTILE, runOn, taskRig } from "../../../support/task-rig.ts";

type Args = { servers?: string; doh?: string; adlist?: string };

async function refused(t: ReturnType<typeof taskRig>, args: Args): Promise<string> {
  const all = { servers: "", doh: "", adlist: "", ...args };
  const answer = await t.rig.run(dns.run(t.rig.world.scope, t.kit, all));
  assert.ok(isFault(answer), JSON.stringify(answer));
  return `${answer.what} ${answer.next ?? ""}`;
}

for (const ros of ["7.12", "7.24"]) {
  test(`RouterOS ${ros}: shown, and servers set`, async () => {
    const t = taskRig(ros);
    const { text } = await t.run(dns);
    assert.match(
      text,
      /^servers: none; from the provider: 203\.0\.113\.2,203\.0\.113\.3\nDNS over HTTPS: none; answers other devices: yes, from inside$/m,
    );
    const set = await t.run(dns, { servers: "1.1.1.1, 2606:4700:4700::1111" });
    assert.deepEqual(set.commands, ['/ip/dns/set servers="1.1.1.1,2606:4700:4700::1111"']);
    assert.match(set.text, /The provider's servers stay in use beside them \(use-peer-dns on ether1\)/);
    await t.apply(set.commands ?? []);
    assert.match((await t.run(dns)).text, /^servers: 1\.1\.1\.1,2606/);
    assert.match(await refused(t, { servers: "one.one.one.one" }), /is no address of a DNS server/);
    assert.match(await refused(t, { servers: " , " }), /is no address/);
  });
}

test("7.12 has no blocking lists and says so; 7.24 adds one with room for it, once, and switches it off", async () => {
  const old = taskRig("7.12");
  assert.match((await old.run(dns)).text, /Blocking lists need RouterOS 7\.15/);
  assert.match(
    await refused(old, { adlist: "https://lists.example/hosts.txt" }),
    /came with RouterOS 7\.15; this is 7\.12/,
  );
  const t = taskRig("7.24");
  const list = await t.run(dns, { adlist: "https://lists.example/hosts.txt" });
  assert.deepEqual(list.commands, [
    '/ip/dns/set cache-size="65536KiB"',
    '/ip/dns/adlist/add url="https://lists.example/hosts.txt" ssl-verify="no" comment="mikroclaw"',
  ]);
  assert.match(list.text, /cannot be checked/);
  await t.apply(list.commands ?? []);
  assert.match((await t.run(dns)).text, /blocking lists: 1\n {2}https:\/\/lists\.example\/hosts\.txt: /);
  assert.match(await refused(t, { adlist: "https://lists.example/hosts.txt" }), /there already/);
  const off = await t.run(dns, { adlist: "off" });
  await t.apply(off.commands ?? []);
  assert.match((await t.run(dns)).text, /hosts\.txt: off/);
  assert.match(await refused(t, { adlist: "off" }), /No blocking list is on/);
});

const READY: Record<string, RosRow[]> = {
  "/ip/dns": [{ servers: "9.9.9.9", "cache-size": "2048KiB", "allow-remote-requests": "false" }],
  "/system/resource": [{ "free-memory": String(ADLIST_FREE_BYTES_MIN) }],
  "/certificate/settings": [{ "builtin-trust-store": "default", "current-defaults": "fetch,dns" }],
};

test("DNS over HTTPS: trust and a plain server first, the warning that it does not fall back, and off", async () => {
  const doh = await runOn(dns, READY, { doh: "https://dns.example/dns-query" });
  assert.deepEqual(doh.commands, ['/ip/dns/set use-doh-server="https://dns.example/dns-query" verify-doh-cert="yes"']);
  assert.match(doh.text, /does not fall back/);
  assert.deepEqual((await runOn(dns, READY, { doh: "off" })).commands, ['/ip/dns/set use-doh-server=""']);
  const t = taskRig("7.24");
  assert.match(
    await refused(t, { doh: "https://dns.example/dns-query" }),
    /trusts no certificate authorities.*builtin-trust-store=all/,
  );
  assert.match(await refused(taskRig("7.19.4"), { doh: "https://dns.example/dns-query" }), /builtin-trust-anchors/);
  assert.match(await refused(taskRig("7.12"), { doh: "https://dns.example/dns-query" }), /certificate\/import/);
  assert.match(await refused(t, { doh: "http://dns.example/q" }), /needs an https address/);
  assert.match(await refused(t, { doh: HOSTILE }), /./);
});

test("ADLIST_FREE_BYTES_MIN bytes are enough for the cache, one less is not; a cache of ADLIST_CACHE_KIB is left alone", async () => {
  const ask = async (free: number, cache: string): Promise<readonly string[]> => {
    const menus = {
      ...READY,
      "/system/resource": [{ "free-memory": String(free) }],
      "/ip/dns": [{ servers: "9.9.9.9", "cache-size": cache }],
    };
    return (await runOn(dns, menus, { adlist: "https://lists.example/x" })).commands ?? [];
  };
  assert.equal((await ask(ADLIST_FREE_BYTES_MIN, "2048KiB")).length, 2);
  assert.equal((await ask(ADLIST_FREE_BYTES_MIN - 1, "2048KiB")).length, 1);
  assert.equal((await ask(ADLIST_FREE_BYTES_MIN, `${ADLIST_CACHE_KIB}KiB`)).length, 1);
  assert.match((await ask(ADLIST_FREE_BYTES_MIN, `${ADLIST_CACHE_KIB}KiB`))[0] ?? "", /ssl-verify="yes"/);
});

test("an open resolver is shouted, several wishes are one plan, hostile texts stay texts", async () => {
  const open = {
    ...READY,
    "/ip/dns": [{ servers: HOSTILE, "allow-remote-requests": "true" }],
    "/ip/route": [{ "dst-address": "0.0.0.0/0", gateway: "pppoe-out1" }],
  };
  const { text } = await runOn(dns, open);
  assert.match(text, /AND THE INTERNET REACHES IT/);
  assertTame(text);
  const blind = await runOn(dns, { ...READY, "/ip/dns": fault("denied", "outside what is allowed") });
  assert.match(blind.text, /^Not readable here .*\/ip\/dns/);
  const both = await runOn(dns, READY, { servers: "1.1.1.1", adlist: "https://lists.example/x" });
  assert.deepEqual(both.commands?.[0], '/ip/dns/set servers="1.1.1.1" cache-size="65536KiB"');
});
