// Tokens of a sign-in (RFC 6749 sections 4.4, 5 and 6): what is sent, when again, and what each
// refusal means. The same against a third party's server: test/contract/oauth.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { OAUTH_MARGIN_MS, OAUTH_MS, OAUTH_TOKEN_UNITS_MAX } from "../../../src/base/limits-models.ts";
import { reveal, type Secret, secret } from "../../../src/base/secret.ts";
import { makeTokens, type OauthClient } from "../../../src/net/oauth.ts";
import { jsonScript, makeFakeHttp, type Script } from "../../support/fake-http.ts";
import { makeWorld } from "../../support/virtual.ts";

const URL = "https://auth.test/token?tenant=1";

function client(fields: Record<string, string>, inBody = false): OauthClient {
  const all = Object.entries(fields).map(([name, text]) => [name, secret(`k_${name}`, text)] as const);
  return { name: "openai_api_key_2", url: URL, fields: new Map(all), inBody };
}

const FULL = { client_id: "id:1", client_secret: "p&ss word", refresh_token: "first/refresh+1" };
const grant = (more: object = {}, status = 200): Script =>
  jsonScript({ access_token: "access-1", token_type: "Bearer", expires_in: 3_600, ...more }, status);

function bench(answer: (n: number) => Script, fields: Record<string, string> = FULL, inBody = false) {
  const world = makeWorld();
  const http = makeFakeHttp(world.clock, (_r, n) => answer(n));
  const seen: Secret[] = [];
  const kit = { life: world.scope, http, clock: world.clock, onSecret: (s: Secret) => void seen.push(s) };
  const tokens = makeTokens(kit, client(fields, inBody));
  const text = async (): Promise<string> => {
    const got = await tokens.get(world.scope);
    return isFault(got) ? `${got.code}: ${got.what}` : reveal(got);
  };
  return { world, http, seen, tokens, text };
}

test("the request is that of RFC 6749: a form, the client's login in the header, the query kept", async () => {
  const b = bench(() => grant(), { ...FULL, scope: "a b" });
  assert.equal(await b.text(), "access-1");
  const [asked] = b.http.asked;
  assert.equal(asked?.url, URL);
  assert.equal(asked?.method, "POST");
  assert.equal(asked?.repeatable, false);
  assert.equal(asked?.headers.get("content-type"), "application/x-www-form-urlencoded");
  assert.equal(asked?.headers.get("authorization"), `Basic ${btoa("id%3A1:p%26ss%20word")}`);
  assert.equal(asked?.body, "grant_type=refresh_token&scope=a%20b&refresh_token=first%2Frefresh%2B1");
  assert.deepEqual(b.seen.map(String), ["<secret:openai_api_key_2_token>"]);
});

test("the client's secret in the body, a client without one, and a client that signs in for itself", async () => {
  const rows: ReadonlyArray<readonly [Record<string, string>, boolean, string]> = [
    [FULL, true, "refresh_token&client_id=id%3A1&client_secret=p%26ss%20word&refresh_token=first%2Frefresh%2B1"],
    [{ client_id: "pub", refresh_token: "r" }, false, "refresh_token&client_id=pub&refresh_token=r"],
    [{ client_id: "a", client_secret: "b" }, false, "client_credentials"],
  ];
  for (const [fields, inBody, body] of rows) {
    const b = bench(() => grant(), fields, inBody);
    assert.equal(await b.text(), "access-1");
    assert.equal(b.http.asked[0]?.body, `grant_type=${body}`);
  }
});

test("one sign-in for all who wait, and for all until shortly before it expires", async () => {
  const b = bench((n) => ({ ...grant({ access_token: `access-${n + 1}` }), firstMs: 500 }));
  const many = Array.from({ length: 20 }, () => b.text());
  await b.world.pass(500);
  assert.deepEqual(new Set(await Promise.all(many)), new Set(["access-1"]));
  await b.world.pass(3_600_000 - OAUTH_MARGIN_MS - 1);
  assert.equal(await b.text(), "access-1");
  assert.equal(b.http.asked.length, 1);
  await b.world.pass(1);
  const next = b.text();
  await b.world.pass(500);
  assert.equal(await next, "access-2");
});

test("short and missing lifetimes", async () => {
  for (const [seconds, untilMs] of [
    [60, 30_000],
    [120, 60_000],
    [121, 61_000],
  ] as const) {
    const b = bench((n) => grant({ access_token: `access-${n + 1}`, expires_in: seconds }));
    await b.text();
    await b.world.pass(untilMs - 1);
    assert.equal(await b.text(), "access-1", `${seconds}`);
    await b.world.pass(1);
    assert.equal(await b.text(), "access-2", `${seconds}`);
  }
  const b = bench((n) => grant({ access_token: `access-${n + 1}`, expires_in: undefined }));
  await b.text();
  await b.world.pass(1e9);
  assert.equal(await b.text(), "access-1");
  const got = await b.tokens.get(b.world.scope);
  assert.ok(!isFault(got));
  b.tokens.refused(got);
  b.tokens.refused(secret("other", "access-1"));
  assert.equal(await b.text(), "access-2");
});

test("a new refresh token is used from then on, and is secret", async () => {
  const b = bench((n) => grant({ expires_in: 10, refresh_token: n === 0 ? "second-refresh" : undefined }));
  for (let i = 0; i < 3; i += 1) {
    await b.text();
    await b.world.pass(10_000);
  }
  assert.deepEqual(
    b.http.asked.map((a) => /refresh_token=([^&]*)$/.exec(a.body)?.[1]),
    ["first%2Frefresh%2B1", "second-refresh", "second-refresh"],
  );
  assert.ok(b.seen.some((s) => reveal(s) === "second-refresh"));
});

test("who leaves does not end the sign-in of the others, nor loses its new refresh token", async () => {
  const b = bench(() => ({ ...grant({ refresh_token: "second-refresh" }), firstMs: 1_000 }));
  const turn = makeWorld();
  const left = b.tokens.get(turn.scope);
  turn.stop();
  assert.ok(isFault(await left));
  const stays = b.text();
  await b.world.pass(1_000);
  assert.equal(await stays, "access-1");
  assert.equal(b.http.asked.length, 1);
});

test("each refusal is for good or passes, with what to do and nothing secret", async () => {
  const rows: ReadonlyArray<readonly [Script, code: string, said: RegExp, next: RegExp]> = [
    [
      grant({ error: "invalid_grant", error_description: "first/refresh+1 is gone" }, 400),
      "oauth_refused",
      /invalid_grant: <secret:k_refresh_token> is gone/,
      /new refresh_token into OPENAI_API_KEY:.*\/model reload/,
    ],
    [grant({ error: "invalid_client" }, 401), "oauth_refused", /invalid_client/, /client_secret .*OPENAI_API_KEY/],
    [grant({ error: "unauthorized_client" }, 400), "oauth_refused", /unauthorized_client/, /Check/],
    [jsonScript("<html>", 404), "oauth_refused", /status 404/, /Check the address/],
    [grant({ error: "temporarily_unavailable" }, 400), "oauth_away", /temporarily_unavailable/, /tried again/],
    [jsonScript({}, 503, [["retry-after", "7"]]), "oauth_away", /status 503/, /tried again/],
    [jsonScript({}, 429), "oauth_away", /status 429/, /tried again/],
    [{ pieces: ["not json"] }, "oauth_away", /without an access token/, /tried again/],
    [grant({ access_token: "two words" }), "oauth_away", /without an access token/, /tried again/],
    [grant({ token_type: "mac" }), "oauth_away", /no bearer token/, /tried again/],
  ];
  for (const [script, code, said, next] of rows) {
    const b = bench(() => script);
    const got = await b.tokens.get(b.world.scope);
    assert.ok(isFault(got));
    assert.equal(got.code, code);
    assert.match(got.what, said);
    assert.match(got.next ?? "", next);
    assert.equal(got.retryAfterMs, code === "oauth_away" && /503/.test(got.what) ? 7_000 : undefined);
  }
});

test("a server that never answers is given up, and asked anew", async () => {
  const b = bench((n) => (n === 0 ? { end: "hang" } : grant()));
  const first = b.text();
  await b.world.pass(OAUTH_MS);
  assert.match(await first, /^oauth_away/);
  assert.equal(await b.text(), "access-1");
});

test("a token of OAUTH_TOKEN_UNITS_MAX is taken, a longer one is not", async () => {
  for (const [n, taken] of [
    [OAUTH_TOKEN_UNITS_MAX, true],
    [OAUTH_TOKEN_UNITS_MAX + 1, false],
  ] as const) {
    const text = await bench(() => grant({ access_token: "a".repeat(n) })).text();
    assert.equal(text.startsWith("aaa"), taken);
  }
});
