// Sign-ins against a third party's OAuth server (@node-oauth/oauth2-server), which hands out a
// new refresh token each time and takes none twice; from the configuration to the model's answer.

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import OAuth2Server from "@node-oauth/oauth2-server";
import { type Config, configSecrets } from "../../src/app/config.ts";
import { chooseModels } from "../../src/app/model.ts";
import { type OpenedModel, openModels } from "../../src/app/models.ts";
import { makeProfileKit } from "../../src/app/profiles.ts";
import { isFault, type Outcome, sayFault } from "../../src/base/fault.ts";
import type { Scope } from "../../src/base/scope.ts";
import { redact, type Secret } from "../../src/base/secret.ts";
import { troubleOf } from "../../src/core/failover-class.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import type { Answer } from "../../src/port/provider.ts";
import { configOf } from "../support/config.ts";
import { makeTestHost } from "../support/node-host.ts";
import { ASK } from "./provider-suite.ts";

const CLIENT = { id: "mikroclaw", grants: ["refresh_token", "client_credentials"] };
const SECRET = "client-secret-4711";
const FIRST = "first-refresh-token";

interface Issuer {
  port: number;
  /** Status of each token request. */
  readonly statuses: number[];
  /** True for a token that the service takes. */
  takes(token: string): boolean;
  revoke(token: string): void;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  return (server.address() as AddressInfo).port;
}

function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((down) => void server.close(() => down()));
}

/** The third party's server over a table of tokens in memory. */
async function startIssuer(lifetimeS: number): Promise<Issuer> {
  const refresh = new Map([[FIRST, { refreshToken: FIRST, client: CLIENT, user: { id: "owner" } }]]);
  const access = new Map<string, OAuth2Server.Token>();
  const statuses: number[] = [];
  const oauth = new OAuth2Server({
    accessTokenLifetime: lifetimeS,
    model: {
      getClient: async (id: string, pass: string | null) => (id === CLIENT.id && pass === SECRET ? CLIENT : null),
      getRefreshToken: async (text: string) => refresh.get(text) ?? null,
      revokeToken: async (t: { refreshToken: string }) => refresh.delete(t.refreshToken),
      saveToken: async (t: OAuth2Server.Token, client: OAuth2Server.Client, user: OAuth2Server.User) => {
        const saved = { ...t, client, user };
        access.set(t.accessToken, saved);
        if (t.refreshToken !== undefined)
          refresh.set(t.refreshToken, { ...saved, refreshToken: t.refreshToken } as never);
        return saved;
      },
      getUserFromClient: async () => ({ id: "service" }),
      getAccessToken: async (text: string) => access.get(text) ?? null,
      // Its types want the model of every grant.
    } as never,
  });
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = Object.fromEntries(new URLSearchParams(await bodyOf(req)));
    const request = new OAuth2Server.Request({ method: "POST", query: {}, headers: req.headers as never, body });
    const response = new OAuth2Server.Response({});
    await oauth.token(request, response).catch(() => undefined);
    statuses.push(response.status ?? 0);
    res.writeHead(response.status ?? 500, { "content-type": "application/json" });
    res.end(JSON.stringify(response.body));
  };
  const server = createServer((req, res) => void answer(req, res));
  return {
    port: await listen(server),
    statuses,
    takes: (token) => (access.get(token)?.accessTokenExpiresAt ?? 0) > new Date(),
    revoke: (token) => void access.delete(token),
    close: () => shut(server),
  };
}

/** A model service that takes only what the issuer gave out. */
async function startService(issuer: () => Issuer): Promise<{ port: number; heard: string[]; close(): Promise<void> }> {
  const heard: string[] = [];
  const server = createServer((req, res) => {
    req.resume();
    const { authorization = "" } = req.headers;
    heard.push(authorization);
    const ok = authorization.startsWith("Bearer ") && issuer().takes(authorization.slice(7));
    res.writeHead(ok ? 200 : 401, { "content-type": "application/json" });
    const message = { role: "assistant", content: "hello" };
    const error = { message: `Bad token ${authorization}`, code: "invalid_api_key" };
    res.end(JSON.stringify(ok ? { choices: [{ index: 0, message, finish_reason: "stop" }] } : { error }));
  });
  return {
    port: await listen(server),
    heard,
    close: () => shut(server),
  };
}

describe("sign-ins at a third party's server", () => {
  let issuer: Issuer;
  let service: Awaited<ReturnType<typeof startService>>;
  before(async () => {
    service = await startService(() => issuer);
  });
  after(async () => {
    await service.close();
  });

  const env = (entry: string, more: Record<string, string> = {}): Record<string, string> => ({
    ...{ LLM_PROVIDER: "anthropic", RELIABLE_PROVIDERS: "openai/m,mistral/m", MODEL: "m" },
    ...{
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${service.port}`,
      OPENAI_BASE_URL: `http://127.0.0.1:${service.port}/v1`,
    },
    ...{ MISTRAL_BASE_URL: `http://127.0.0.1:${service.port}/v1`, MISTRAL_API_KEY: "m" },
    ...{ ANTHROPIC_API_KEY: entry, OPENAI_API_KEY: entry },
    ...more,
  });
  const entry = (fields: string): string => `oauth:http://127.0.0.1:${issuer.port}/token#client_id=mikroclaw&${fields}`;
  const WITH_REFRESH = `client_secret=${SECRET}&refresh_token=${FIRST}`;

  /** Runs with a lifetime of tokens; everything is closed afterwards. */
  async function within(
    lifetimeS: number,
    fields: string,
    run: (m: readonly OpenedModel[], s: Scope, secrets: readonly Secret[], config: Config) => Promise<void>,
  ): Promise<void> {
    issuer = await startIssuer(lifetimeS);
    service.heard.length = 0;
    const { host, scope, end } = makeTestHost();
    const http = makeHttp(host);
    const config = await configOf(env(entry(fields)));
    const secrets = [...configSecrets(config)];
    const chosen = chooseModels(config);
    assert.ok(!isFault(chosen));
    const opened = openModels(
      chosen.choices,
      { prices: new Map(), traits: new Map() },
      makeProfileKit(scope, http, host.clock, secrets),
    );
    assert.ok(!isFault(opened), isFault(opened) ? sayFault(opened) : "");
    await run(opened, scope, secrets, config);
    await http.close();
    await end();
    await issuer.close();
  }
  const ask = (s: Scope, m: OpenedModel | undefined): Promise<Outcome<Answer>> => {
    const [key] = m?.link.keys ?? [];
    assert.ok(key !== undefined);
    return key.complete(s, { ...ASK, model: "m" }, () => undefined);
  };
  const said = (a: Outcome<Answer>): string => (isFault(a) ? sayFault(a) : JSON.stringify(a.parts));

  it("twenty questions of two services at once sign in once; the token goes as Bearer", async () => {
    await within(3_600, WITH_REFRESH, async ([, openai], s) => {
      const all = await Promise.all(Array.from({ length: 20 }, () => ask(s, openai)));
      for (const one of all) assert.match(said(one), /hello/);
      assert.deepEqual(issuer.statuses, [200]);
      assert.equal(new Set(service.heard).size, 1);
      assert.match(service.heard[0] ?? "", /^Bearer [0-9a-f]{40,}$/);
    });
  });

  it("its refresh tokens are good for one use: the new one is used, by all services of the entry", async () => {
    await within(3_600, WITH_REFRESH, async ([claude, openai], s) => {
      for (let i = 0; i < 3; i += 1) {
        assert.match(said(await ask(s, openai)), /hello/);
        issuer.revoke((service.heard.at(-1) ?? "").slice(7));
        // Not an answer in this dialect, but its sign-in.
        assert.doesNotMatch(said(await ask(s, claude)), /API key/);
        issuer.revoke((service.heard.at(-1) ?? "").slice(7));
      }
      assert.deepEqual(issuer.statuses, [200, 200, 200, 200, 200, 200]);
    });
  });

  it("a token that is taken back is replaced once, unseen by the person", async () => {
    await within(3_600, WITH_REFRESH, async ([, openai], s) => {
      await ask(s, openai);
      issuer.revoke((service.heard[0] ?? "").slice(7));
      const all = await Promise.all([ask(s, openai), ask(s, openai), ask(s, openai)]);
      for (const one of all) assert.match(said(one), /hello/);
      assert.deepEqual(issuer.statuses, [200, 200]);
    });
  });

  it("a client that signs in for itself", async () => {
    await within(3_600, `client_secret=${SECRET}`, async ([, openai], s) => {
      assert.match(said(await ask(s, openai)), /hello/);
    });
  });

  it("what it refuses parks the key, with what to do and without a secret", async () => {
    for (const [fields, words] of [
      [
        `client_secret=${SECRET}&refresh_token=unknown-refresh-token`,
        /invalid_grant.*new refresh_token into \w+_API_KEY/,
      ],
      [`client_secret=wrong-client-secret&refresh_token=${FIRST}`, /invalid_client.*client_secret.*\w+_API_KEY/],
    ] as const) {
      await within(3_600, fields, async ([, openai], s) => {
        const got = await ask(s, openai);
        assert.ok(isFault(got));
        assert.equal(troubleOf(got, false), "auth");
        assert.match(sayFault(got), words);
        assert.doesNotMatch(sayFault(got), /-refresh-token|client-secret/);
        assert.equal(service.heard.length, 0);
      });
    }
  });

  it("one that is away rests the key and passes", async () => {
    await within(3_600, WITH_REFRESH, async ([, openai], s) => {
      await issuer.close();
      const got = await ask(s, openai);
      assert.ok(isFault(got));
      assert.equal(troubleOf(got, false), "sign-in");
      issuer = await startIssuer(1);
    });
  });

  it("the parts of an entry and what came for it are shown nowhere", async () => {
    await within(3_600, WITH_REFRESH, async ([, openai], s, secrets) => {
      await ask(s, openai);
      const token = (service.heard[0] ?? "").slice(7);
      const told = redact(`${token} ${FIRST} ${SECRET} mikroclaw`, secrets);
      assert.match(told, /^<secret:\S+> <secret:\S+> <secret:\S+> mikroclaw$/);
    });
  });

  it("an entry that is not whole or not safe is told before anything is asked", async () => {
    issuer = await startIssuer(1);
    for (const bad of ["oauth:http://auth.example/token#refresh_token=r", "oauth:nonsense", entry("client_secret=")]) {
      const config = await configOf(env(bad === entry("client_secret=") ? entry("") : bad));
      const chosen = chooseModels(config);
      assert.ok(!isFault(chosen));
      const none = undefined as never;
      const opened = openModels(
        chosen.choices,
        { prices: new Map(), traits: new Map() },
        makeProfileKit(none, none, none, []),
      );
      assert.ok(isFault(opened) && opened.code === "bad_config", bad);
      assert.match(sayFault(opened), /ANTHROPIC_API_KEY has an OAuth entry.*oauth:https:/);
    }
    await issuer.close();
  });
});
