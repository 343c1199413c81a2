// What a change brings about beyond its own row, and what the router refuses for reasons
// that lie elsewhere: the last full user, a used pool, times of list entries, keys.

import { base64 } from "../../base/bytes.ts";
import { type Fault, isFault } from "../../base/fault.ts";
import { sha256 } from "../../base/hash.ts";
import { parseRosDuration } from "../../base/time.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import { dropDisk, dropRoot, keepsContainer, newContainer, newDisk, newFile } from "./containers.ts";
import { noMatch, noPermission, refuse } from "./errors.ts";
import { DEVICES } from "./home-lan.ts";
import { dropLogins } from "./logins.ts";
import { isPolicy, policyList } from "./policies.ts";
import { addRow, dropRow, type Fields, fieldsOf, isTrue, type Row } from "./rows.ts";
import { settleTimes } from "./schedule-times.ts";
import type { Actor } from "./verbs.ts";
import type { World } from "./world.ts";

/** A made-up WireGuard key: 32 bytes that belong to the seed and the name. */
function key(world: World, what: string): string {
  return base64(sha256(encodeUtf8(`${world.seed}/${what}`)));
}

function timed(world: World, fields: Fields): Fault | null {
  fields.set("creation-time", world.stamp());
  const timeout = fields.get("timeout");
  fields.delete("timeout");
  if (timeout === undefined || timeout === "none-static") return null;
  fields.set("dynamic", "true");
  if (timeout === "none-dynamic") return null;
  const ms = parseRosDuration(timeout);
  if (isFault(ms)) return refuse(400, "invalid value for argument timeout");
  fields.set("~untilMs", String(world.clock.monoMs() + ms));
  return null;
}

/** A script or entry belongs to who made it, and may do no more than that user. */
function own(actor: Actor, fields: Fields): Fault | null {
  fields.set("owner", actor.user);
  const policy = fields.get("policy");
  if (policy === undefined) {
    fields.set("policy", SCRIPT_POLICIES.filter((p) => actor.can(p)).join(","));
    return null;
  }
  const words = policy.split(",").filter((p) => p !== "");
  if (words.some((p) => !SCRIPT_POLICIES.includes(p))) return noMatch("policy");
  return words.every((p) => actor.can(p)) ? null : noPermission();
}

const SCRIPT_POLICIES = "ftp,reboot,read,write,policy,test,password,sniff,sensitive,romon".split(",");

const FULL = ["read", "write", "policy"];

function policies(fields: Fields): Fault | null {
  const policy = fields.get("policy");
  if (policy === undefined) return null;
  const words = policy === "" ? [] : policy.split(",");
  if (words.some((w) => !isPolicy(w.replace(/^!/, "")))) return noMatch("policy");
  fields.set("policy", policyList(words.filter((w) => !w.startsWith("!"))));
  return null;
}

/** Completes a new row; a refusal keeps it out. */
export function afterAdd(world: World, actor: Actor, menu: string, fields: Fields): Fault | null {
  switch (menu) {
    case "/system/scheduler":
      return settleTimes(world, fields, true) ?? own(actor, fields);
    case "/system/script":
      return own(actor, fields);
    case "/ip/firewall/address-list":
      return timed(world, fields);
    case "/ip/dhcp-server/lease":
      reserve(world, fields);
      return null;
    case "/user/group":
      fields.set("skin", fields.get("skin") ?? "default");
      return policies(fields);
    case "/container":
      return newContainer(world, fields);
    case "/disk":
      newDisk(world, fields);
      return null;
    case "/file":
      newFile(world, fields);
      return null;
    case "/user":
      hidePassword(fields);
      return null;
    case "/interface/wireguard":
      completeWireguard(world, fields);
      return null;
    case "/interface/wireguard/peers":
      for (const name of ["private-key", "preshared-key"]) {
        if (fields.get(name) === "auto") fields.set(name, key(world, `${name}${fields.get("name")}`));
      }
      return null;
    default:
      completeInterface(world, menu, fields);
      return null;
  }
}

/** The device's dynamic lease goes; it is bound to the reserved one when it renews. */
function reserve(world: World, fields: Fields): void {
  const table = world.table("/ip/dhcp-server/lease");
  const mac = fields.get("mac-address");
  const same = table.rows.filter((r) => isTrue(r.fields, "dynamic") && r.fields.get("mac-address") === mac);
  for (const row of mac === undefined ? [] : same) dropRow(table, row.id);
}

function completeWireguard(world: World, fields: Fields): void {
  const name = fields.get("name") ?? "";
  if ((fields.get("private-key") ?? "") === "") fields.set("private-key", key(world, `private${name}`));
  fields.set("public-key", key(world, `public${fields.get("private-key")}`));
}

function completeInterface(world: World, menu: string, fields: Fields): void {
  if (!["/interface/bridge", "/interface/vlan", "/interface/veth"].includes(menu) || fields.has("mac-address")) return;
  const tail = [...sha256(encodeUtf8(`${world.seed}/mac/${fields.get("name")}`))].slice(0, 3);
  fields.set("mac-address", `48:A9:8A:${tail.map((b) => b.toString(16).padStart(2, "0").toUpperCase()).join(":")}`);
}

// A password is written and never shown; the login table needs it when a name changes.
function hidePassword(fields: Fields): void {
  const password = fields.get("password");
  fields.delete("password");
  if (password !== undefined) fields.set("~password", password);
}

/** Refuses a change, or adjusts what is to be set. */
export function afterSet(world: World, menu: string, row: Row, wanted: Fields, by: string): Fault | null {
  if (menu === "/system/scheduler") return settleTimes(world, wanted, false);
  if (menu === "/user/group") return policies(mergePolicies(row, wanted));
  if (menu === "/ip/firewall/address-list" && wanted.has("timeout")) return timed(world, wanted);
  if (menu === "/interface/wireguard" && wanted.has("private-key")) {
    wanted.set("public-key", key(world, `public${wanted.get("private-key")}`));
  }
  if (menu !== "/user") return null;
  // RouterOS says nothing and does nothing when users disable themselves.
  if (row.fields.get("name") === by) wanted.delete("disabled");
  const loses = wanted.get("disabled") === "true" || (wanted.has("group") && wanted.get("group") !== "full");
  if (loses && isLastFull(world, row)) return refuse(400, "failure: last full user can not be changed");
  hidePassword(wanted);
  if (["name", "~password", "disabled", "address"].some((f) => wanted.has(f)))
    dropLogins(world, row.fields.get("name") ?? "");
  return null;
}

/** `set` of a group changes only the policies that it names. */
function mergePolicies(row: Row, wanted: Fields): Fields {
  const policy = wanted.get("policy");
  if (policy === undefined) return wanted;
  const granted = new Set((row.fields.get("policy") ?? "").split(",").filter((p) => !p.startsWith("!")));
  for (const word of policy.split(",")) {
    if (word.startsWith("!")) granted.delete(word.slice(1));
    else granted.add(word);
  }
  wanted.set("policy", [...granted].join(","));
  return wanted;
}

function isLastFull(world: World, row: Row): boolean {
  const grants = (group: string | undefined): boolean => {
    const policy =
      world
        .rows("/user/group")
        .find((g) => g.fields.get("name") === group)
        ?.fields.get("policy") ?? "";
    return FULL.every((p) => policy.split(",").includes(p));
  };
  const full = world.rows("/user").filter((u) => !isTrue(u.fields, "disabled") && grants(u.fields.get("group")));
  return full.length === 1 && full[0] === row;
}

/** Reasons for which a row stays. */
export function beforeRemove(world: World, menu: string, row: Row): Fault | null {
  const name = row.fields.get("name");
  if (menu === "/user" && isLastFull(world, row)) return refuse(400, "failure: last full user can not be removed");
  if (menu === "/user/group" && world.rows("/user").some((u) => u.fields.get("group") === name)) {
    return refuse(400, "failure: group is used");
  }
  return menu === "/container" ? keepsContainer(row) : null;
}

/** What happens after a row has gone. */
export function afterRemove(world: World, menu: string, row: Row): void {
  if (menu === "/user") dropLogins(world, row.fields.get("name") ?? "");
  if (menu === "/interface/bridge") dropPorts(world, row.id);
  if (menu === "/container") dropRoot(world, row);
  if (menu === "/disk") dropDisk(world, row);
  if (menu === "/ip/dhcp-server/lease") askAgain(world, row);
  if (menu === "/interface/wifi/registration-table") reconnect(world, row);
}

function dropPorts(world: World, bridge: string): void {
  const table = world.table("/interface/bridge/port");
  for (const port of [...table.rows]) if (port.fields.get("bridge") === bridge) dropRow(table, port.id);
}

/** A device that is at home asks for its address again at once. */
function askAgain(world: World, row: Row): void {
  const device = DEVICES.find((d) => d.mac === row.fields.get("mac-address") && d.away !== true);
  if (device === undefined || row.fields.get("status") !== "bound") return;
  const again = new Map(row.fields);
  for (const field of ["comment", "block-access", "rate-limit", "lease-time"]) again.delete(field);
  again.set("dynamic", "true");
  again.set("disabled", "false");
  addRow(world.table("/ip/dhcp-server/lease"), again);
  world.note("dhcp,info", `defconf assigned ${device.address} for ${device.mac} ${device.name}`);
}

/** A Wi-Fi client that was sent away comes back, unless the access list refuses it. */
function reconnect(world: World, row: Row): void {
  const mac = row.fields.get("mac-address") ?? "";
  const port = row.fields.get("interface") ?? "";
  world.note("wireless,info", `${mac}@${port} disconnected, connection removed`);
  const list = world.rows("/interface/wifi/access-list").filter((r) => !isTrue(r.fields, "disabled"));
  const rule = list.find((r) => (r.fields.get("mac-address") ?? mac) === mac);
  if (rule?.fields.get("action") === "reject") return;
  const again = addRow(world.table("/interface/wifi/registration-table"), new Map(row.fields));
  again.fields.set("~joined", "0");
  again.fields.set("~born", String(world.upS()));
  world.note("wireless,info", `${mac}@${port} connected, signal strength ${row.fields.get("~signal") ?? "-60"}`);
}

/** A dynamic lease becomes a reserved one. */
export function makeStatic(row: Row): Fault | null {
  if (!isTrue(row.fields, "dynamic")) return refuse(400, "failure: lease is not dynamic");
  row.fields.set("dynamic", "false");
  for (const [name, value] of fieldsOf({ "address-lists": "", "dhcp-option": "" })) {
    if (!row.fields.has(name)) row.fields.set(name, value);
  }
  return null;
}
