// Who may do what: Basic credentials, the group's policies, source addresses, sessions,
// and secrets hidden from users without the policy `sensitive`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { secret } from "../../../src/base/secret.ts";
import { WIFI_PASSPHRASE } from "../../../src/edges/simrouter/home-links.ts";
import { makeRig, type Rig, rowOf, rowsOf } from "./rig.ts";

const NO = { error: 401, message: "Unauthorized" };

async function withUser(policy: string, more: object = {}): Promise<Rig & { as: { user: string; password: string } }> {
  const rig = makeRig();
  await rig.ask("PUT", "/rest/user/group", { name: "limited", policy });
  const made = await rig.ask("PUT", "/rest/user", { name: "bob", group: "limited", password: "pa:ss wörd", ...more });
  assert.equal(made.status, 201);
  return { ...rig, as: { user: "bob", password: "pa:ss wörd" } };
}

const AGENT = "read,write,test,api,rest-api";

test("401 with the Basic challenge: no credentials, a wrong password, an unknown user, another scheme", async () => {
  const rig = makeRig();
  for (const more of [
    { authorization: null },
    { password: "Admin" },
    { user: "root" },
    { authorization: "Bearer x" },
    { password: "" },
  ]) {
    const made = await rig.ask("GET", "/rest/system/identity", undefined, more);
    assert.deepEqual([made.status, made.body], [401, NO]);
    assert.match(String(made.headers.find(([name]) => name === "www-authenticate")?.[1]), /^Basic /);
  }
  const log = rowsOf(await rig.ask("GET", "/rest/log")).filter((r) => r["topics"] === "system,error,critical");
  assert.ok(log.some((r) => r["message"] === "login failure from 127.0.0.1 via rest-api"));
});

test("credentials in a Secret work as they come from the HTTP server", async () => {
  const rig = makeRig();
  const value = secret("authorization", `Basic ${Buffer.from("admin:admin").toString("base64")}`);
  const reply = await rig.router.handler(rig.scope, {
    method: "GET",
    path: "/rest/system/identity",
    query: "",
    headers: [["authorization", value]],
    peer: "127.0.0.1",
    body: async () => new Uint8Array(0),
  });
  assert.ok(!isFault(reply) && "status" in reply && reply.status === 200);
});

test("a password with a colon, a space and an umlaut; it is never shown", async () => {
  const rig = await withUser(AGENT);
  assert.equal((await rig.ask("GET", "/rest/system/identity", undefined, rig.as)).status, 200);
  for (const row of rowsOf(await rig.ask("GET", "/rest/user"))) assert.ok(!JSON.stringify(row).includes("pa:ss"));
  assert.ok(!JSON.stringify(rig.router.world.rows("/user")).includes("pa:ss"));
});

test("a new password counts from the next request on", async () => {
  const rig = await withUser(AGENT);
  await rig.ask("PATCH", "/rest/user/bob", { password: "next" });
  assert.equal((await rig.ask("GET", "/rest/system/identity", undefined, rig.as)).status, 401);
  assert.equal((await rig.ask("GET", "/rest/system/identity", undefined, { ...rig.as, password: "next" })).status, 200);
  await rig.ask("POST", "/rest/user/disable", { numbers: "bob" });
  assert.equal((await rig.ask("GET", "/rest/system/identity", undefined, { ...rig.as, password: "next" })).status, 401);
});

test("the source address must fit", async () => {
  const rig = await withUser(AGENT, { address: "172.31.18.2/32" });
  assert.equal((await rig.ask("GET", "/rest/system/identity", undefined, rig.as)).status, 401);
  assert.equal(
    (await rig.ask("GET", "/rest/system/identity", undefined, { ...rig.as, peer: "172.31.18.2" })).status,
    200,
  );
});

test("without rest-api 401, with rest-api but not api 500", async () => {
  const none = await withUser("read,write,api");
  assert.deepEqual((await none.ask("GET", "/rest/system/identity", undefined, none.as)).body, NO);
  const half = await withUser("read,write,rest-api");
  const made = await half.ask("GET", "/rest/system/identity", undefined, half.as);
  assert.deepEqual(
    [made.status, made.body],
    [500, { detail: "std failure: not allowed (9)", error: 500, message: "Internal Server Error" }],
  );
});

const DENIED = { detail: "not enough permissions (9)", error: 500, message: "Internal Server Error" };
const NO_ID = { detail: "missing or invalid resource identifier", error: 400, message: "Bad Request" };
const attempts: ReadonlyArray<
  readonly [policy: string, method: string, path: string, body: object | undefined, answer: object]
> = [
  ["write,api,rest-api", "GET", "/rest/system/identity", undefined, DENIED],
  ["read,api,rest-api", "PUT", "/rest/ip/address", { address: "10.0.0.1/24", interface: "bridge" }, DENIED],
  ["read,api,rest-api", "POST", "/rest/system/identity/set", { name: "x" }, DENIED],
  ["read,api,rest-api", "PATCH", "/rest/interface/ether1", { comment: "x" }, NO_ID],
  ["read,api,rest-api", "DELETE", "/rest/ip/address/*1", undefined, NO_ID],
  ["read,write,api,rest-api", "POST", "/rest/tool/ping", { address: "1.1.1.1", count: "1" }, DENIED],
  [AGENT, "POST", "/rest/system/reboot", {}, DENIED],
  [AGENT, "PUT", "/rest/user", { name: "x", group: "full", password: "x" }, DENIED],
  [AGENT, "PATCH", "/rest/user/group/limited", { policy: "sensitive" }, NO_ID],
];
for (const [policy, method, path, body, answer] of attempts) {
  test(`${policy} may not ${method} ${path}`, async () => {
    const rig = await withUser(policy);
    const before = JSON.stringify(rig.router.world.rows("/ip/address"));
    assert.deepEqual((await rig.ask(method, path, body, rig.as)).body, answer);
    assert.equal(JSON.stringify(rig.router.world.rows("/ip/address")), before);
  });
}

const SECRETS: ReadonlyArray<readonly [menu: string, field: string]> = [
  ["/interface/wifi/security", "passphrase"],
  ["/interface/wireguard", "private-key"],
  ["/interface/wireguard/peers", "preshared-key"],
  ["/ppp/secret", "password"],
];
for (const [menu, field] of SECRETS) {
  test(`${menu} ${field} shows only to a user with the policy sensitive`, async () => {
    const rig = await withUser(AGENT);
    const shown = async (as?: { user: string; password: string }) =>
      rowsOf(await rig.ask("GET", `/rest${menu}`, undefined, as))[0]?.[field];
    assert.equal(await shown(rig.as), "*****");
    const full = (await shown()) ?? "";
    assert.ok(full.length > 8 && full !== "*****");
    const asked = rowsOf(await rig.ask("POST", `/rest${menu}/print`, { ".proplist": field }, rig.as));
    assert.equal(asked[0]?.[field], "*****");
    // A filter must not be an oracle for what is hidden.
    assert.deepEqual(
      rowsOf(await rig.ask("GET", `/rest${menu}?${field}=${encodeURIComponent(full)}`, undefined, rig.as)),
      [],
    );
  });
}

test("the passphrase is there to be masked by whoever reads with all policies", async () => {
  const { ask } = makeRig();
  assert.equal(rowsOf(await ask("GET", "/rest/interface/wifi/security"))[0]?.["passphrase"], WIFI_PASSPHRASE);
});

test("a login shows twice in /user/active and ends ten minutes after the last request", async () => {
  const rig = await withUser(AGENT);
  await rig.ask("GET", "/rest/system/identity", undefined, rig.as);
  const mine = async () => rowsOf(await rig.ask("GET", "/rest/user/active?name=bob"));
  assert.deepEqual(
    (await mine()).map((r) => r["via"]),
    ["rest-api", "api"],
  );
  await rig.pass(599_000);
  assert.equal((await mine()).length, 2);
  await rig.pass(2_000);
  assert.equal((await mine()).length, 0);
  const log = rowsOf(await rig.ask("GET", "/rest/log")).map((r) => r["message"]);
  assert.ok(log.includes("user bob logged in from 127.0.0.1 via rest-api"));
  assert.ok(log.includes("user bob logged out from 127.0.0.1 via rest-api"));
});

test("group policies: add revokes what it does not list, set changes only what it names", async () => {
  const rig = await withUser("read,api,rest-api");
  const policy = async () => rowOf(await rig.ask("GET", "/rest/user/group/limited"))["policy"] ?? "";
  assert.match(await policy(), /^read,api,rest-api,!local/);
  await rig.ask("PATCH", "/rest/user/group/limited", { policy: "write,!api" });
  assert.match(await policy(), /^read,write,rest-api,!local/);
});

test("the last full user stays; users cannot switch themselves off", async () => {
  const { ask } = makeRig();
  assert.deepEqual((await ask("PATCH", "/rest/user/admin", { group: "read" })).status, 400);
  assert.equal(rowOf(await ask("PATCH", "/rest/user/admin", { disabled: "yes", comment: "me" }))["disabled"], "false");
});
