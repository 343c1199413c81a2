// The same command in the names of each release, and what a release does not have.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault, type Outcome } from "../../../src/base/fault.ts";
import { explain } from "../../../src/ros/explain.ts";
import { type Release, releaseOf } from "../../../src/ros/releases.ts";
import { testCommands } from "../../support/commands.ts";

const tree = testCommands();
const good = (r: Outcome<Release>): Release => {
  assert.ok(!isFault(r), isFault(r) ? r.what : "");
  return r;
};
const say = (version: string, text: string): string => {
  const x = explain(tree, text, good(releaseOf(tree, version)));
  const last = x.requests.at(-1);
  return x.error ?? `${last?.method} ${last?.path} ${Object.keys(last?.body ?? {}).join(",")}`.trim();
};

test("a version's names are its own, those of the newest release known before it, or of the first patch of its minor", () => {
  for (const [version, release] of [
    ["7.10", "7.10.2"],
    ["7.11", "7.11.3"],
    ["7.13", "7.13.5"],
    ["7.13.7", "7.13.5"],
    ["7.14.1", "7.14.3"],
    ["7.16", "7.16"],
    ["7.16.3 (stable)", "7.16.2"],
    ["v7.24", "7.24"],
    ["7.31.2", "7.24"],
  ] as const)
    assert.equal(tree.releases[good(releaseOf(tree, version)).at], release);
  for (const version of ["", "7", "seven", "7.x", "7.16.1.2", "6.49.10", "7.9"])
    assert.ok(isFault(releaseOf(tree, version)), version);
});

test("renamed arguments, commands and menus take the release's name, whichever is typed", () => {
  const env = (name: string): string => `/container/set *1 ${name}=x`;
  for (const [version, name] of [
    ["7.10", "envlist"],
    ["7.19.6", "envlist"],
    ["7.20", "envlists"],
    ["7.24", "envlists"],
  ] as const)
    for (const typed of ["envlist", "envlists"])
      assert.equal(say(version, env(typed)), `PATCH /rest/container/*1 ${name}`, `${version} ${typed}`);
  assert.equal(say("7.18", "/disk/format *1"), "POST /rest/disk/format-drive numbers");
  assert.equal(say("7.19", "/disk/format-drive *1"), "POST /rest/disk/format numbers");
  assert.equal(say("7.12.2", "/interface/wifi/print"), "GET /rest/interface/wifiwave2");
  assert.equal(say("7.13", "/interface/wifiwave2/print"), "GET /rest/interface/wifi");
  assert.equal(say("7.12", "/interface/wifi/print"), "GET /rest/interface/wifiwave2");
  assert.match(say("7.12", "/interface/wifi/set wifi1 channel.reselect-interval=1h"), /it came with 7\.15/);
  assert.match(say("7.12", "/interface/wifi/network/add comment=x"), /network\/add is not in RouterOS 7\.12/);
  assert.match(say("7.10", "/interface/wifi/set wifi1 security.connect-group=x"), /it came with 7\.11\.3/);
  assert.match(say("7.12", "/interface/wifi/set wifi1 security.connect-group=x"), /^PATCH .*wifiwave2/);
  const veth = "/interface/veth/add name=a address=10.0.0.2/24 gateway6=fe80::1";
  assert.match(say("7.10", veth), /gateway6 of .* is not in RouterOS 7\.10/);
  assert.equal(say("7.11", veth), "PUT /rest/interface/veth name,address,gateway6");
  assert.equal(say("7.14", "/interface/wifiwave2/print"), "GET /rest/interface/wifi");
  assert.equal(say("7.12.2", "/interface/wireless/print"), "GET /rest/interface/wireless");
});

test("what a release does not have is refused with when it came or went", () => {
  assert.equal(
    say("7.13", "/ip/dns/adlist/add url=https://x"),
    "/ip/dns/adlist/add is not in RouterOS 7.13: it came with 7.15.",
  );
  assert.equal(
    say("7.18", "/system/logging/action/set *1 bsd-syslog=yes"),
    "bsd-syslog of /system/logging/action/set is not in RouterOS 7.18: it was last in 7.17.1.",
  );
  assert.match(say("7.10", ":foreach i in=1 do={ /ip/dns/adlist/add url=https://x }"), /not in RouterOS 7\.10/);
});

test("without a release, the tree's own names alone hold", () => {
  for (const [text, why] of [
    ["/interface/wireguard/peers/set *1 is-responder=yes", /calls it \/interface\/wireguard\/peers\/set responder\./],
    ["/interface/wifiwave2/print", /calls it \/interface\/wifi\/print\./],
    ["/disk/format-drive usb1", /calls it \/disk\/format\./],
    ["/interface/wireguard/peers/set *1 responding=yes", /no argument/],
  ] as const) {
    const x = explain(tree, text);
    assert.equal(x.ok, false, text);
    assert.match(x.error ?? "", why);
  }
  const old = releaseOf(tree, "7.16");
  assert.ok(!isFault(old));
  const script = explain(tree, ":put 1; /container/envs/add list=a key=b value=c", old);
  assert.match(script.error ?? "", /calls it \/container\/envs\/add name key value\./);
});

test("each change of the history holds: before it the name is refused, from it on it is taken", () => {
  let looked = 0;
  for (const path of [
    "/ip/dns/set",
    "/ip/dhcp-server/set",
    "/interface/bridge/set",
    "/system/scheduler/set",
    "/user/set",
  ]) {
    const at = path.lastIndexOf("/");
    const numbers = tree.menu(path.slice(0, at))?.list === true ? "*1 " : "";
    for (const [name, spans] of tree.history(path) ?? []) {
      const [[first, last] = [0, null]] = spans;
      if (spans.length !== 1 || last !== null || first < 4 || name === "*") continue;
      const text = `${path} ${numbers}${name}=x`;
      assert.match(say(tree.releases[first] ?? "", text), /^(PATCH|POST)/, text);
      assert.match(say(tree.releases[first - 1] ?? "", text), /it came with/, text);
      looked += 1;
    }
  }
  assert.ok(looked > 10, String(looked));
});
