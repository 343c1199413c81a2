// Who may come in, and with which rights. Basic credentials are compared as hashes, so a
// password is never taken out of its Secret. A login lasts ten minutes and shows twice
// in /user/active, as on a router (RouterOS manual: REST API, User).

import { base64, equalBytes } from "../../base/bytes.ts";
import type { Fault, Outcome } from "../../base/fault.ts";
import { hashSecret, sha256Hex } from "../../base/hash.ts";
import { SIM_SESSION_MS } from "../../base/limits-sim.ts";
import { isSecret } from "../../base/secret.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import type { Headers } from "../../port/http.ts";
import { refuse } from "./errors.ts";
import { addRow, dropRow, fieldsOf, isTrue, type Row } from "./rows.ts";
import { inPrefix } from "./values.ts";
import type { Actor } from "./verbs.ts";
import type { World } from "./world.ts";

const ACTIVE = "/user/active";

/** Ends a user's logins: the next request must log in anew. */
export function dropLogins(world: World, user: string): void {
  const table = world.table(ACTIVE);
  for (const row of [...table.rows]) if (row.fields.get("name") === user) dropRow(table, row.id);
}

/** The hash of what a client sends as `Authorization`. */
function presented(headers: Headers): string | null {
  const value = headers.find(([name]) => name.toLowerCase() === "authorization")?.[1];
  if (value === undefined) return null;
  return isSecret(value) ? hashSecret(value) : sha256Hex(value);
}

function expected(row: Row): string {
  const pair = `${row.fields.get("name") ?? ""}:${row.fields.get("~password") ?? ""}`;
  return sha256Hex(`Basic ${base64(encodeUtf8(pair))}`);
}

const mayComeFrom = (row: Row, peer: string): boolean => {
  const from = row.fields.get("address") ?? "";
  return from === "" || from.split(",").some((prefix) => inPrefix(peer, prefix));
};

/** All users are compared, whoever it is, so that the time tells nothing of names. */
function userOf(world: World, hash: string): Row | undefined {
  let found: Row | undefined;
  for (const row of world.rows("/user")) {
    if (equalBytes(encodeUtf8(expected(row)), encodeUtf8(hash))) found = row;
  }
  return found;
}

/** The policies that a user's group grants. */
export function policiesOf(world: World, row: Row): ReadonlySet<string> {
  const group = world.rows("/user/group").find((g) => g.fields.get("name") === row.fields.get("group"));
  return new Set((group?.fields.get("policy") ?? "").split(","));
}

function refuseLogin(world: World, peer: string): Fault {
  world.note("system,error,critical", `login failure from ${peer} via rest-api`);
  return refuse(401);
}

function enter(world: World, user: string, group: string, peer: string): void {
  const table = world.table(ACTIVE);
  const now = world.clock.monoMs();
  for (const row of [...table.rows]) {
    if (now - Number(row.fields.get("~lastMs") ?? now) > SIM_SESSION_MS) {
      dropRow(table, row.id);
      if (row.fields.get("via") === "rest-api") leave(world, row);
    }
  }
  const mine = table.rows.filter((r) => r.fields.get("name") === user);
  for (const row of mine) row.fields.set("~lastMs", String(now));
  if (mine.length > 0) return;
  const common = { when: world.stamp(), name: user, group, radius: "false", "~lastMs": String(now) };
  addRow(table, fieldsOf({ ...common, address: peer, via: "rest-api" }));
  addRow(table, fieldsOf({ ...common, via: "api" }));
  world.note("system,info,account", `user ${user} logged in from ${peer} via rest-api`);
}

function leave(world: World, row: Row): void {
  const who = `user ${row.fields.get("name") ?? ""}`;
  world.note("system,info,account", `${who} logged out from ${row.fields.get("address") ?? ""} via rest-api`);
}

/** The user behind a request, or 401; 500 when the group lacks `api`. */
export function authenticate(world: World, headers: Headers, peer: string): Outcome<Actor> {
  const hash = presented(headers);
  if (hash === null) return refuse(401);
  const row = userOf(world, hash);
  if (row === undefined || isTrue(row.fields, "disabled") || !mayComeFrom(row, peer)) return refuseLogin(world, peer);
  const policies = policiesOf(world, row);
  if (!policies.has("rest-api")) return refuseLogin(world, peer);
  if (!policies.has("api")) return refuse(500, "std failure: not allowed (9)");
  const user = row.fields.get("name") ?? "";
  enter(world, user, row.fields.get("group") ?? "", peer);
  return { user, peer, can: (policy) => policies.has(policy) };
}
