// Approvals over HTTP with the whole program, in virtual time: whose they are, how long
// they last, and what a restart leaves of them, each with the words that a person reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256Hex } from "../../src/base/hash.ts";
import { APPROVAL_MS } from "../../src/base/limits.ts";
import { decodeUtf8 } from "../../src/base/utf8.ts";
import { makeHttp } from "../../src/net/http-client.ts";
import { testParts } from "../support/commands.ts";
import { SEED } from "../support/seed.ts";
import { type AgentMachine, agentMachine } from "./support/agent-machine.ts";
import { drive } from "./support/drive.ts";
import { ROUTER_ENV, startRouter } from "./support/router.ts";
import { machineOn, ok, withRoot, world } from "./support/worlds.ts";

const OLIVIA = "olivia-token";
const PAUL = "paul-token";
const WRITE = "/ip/dns/static/add name=a.lan address=10.9.9.9";

interface Said {
  reply: string;
  chat: string;
  plan?: { id: string; risk: string; diff: string };
}

interface House {
  agent: AgentMachine;
  pass(ms: number): Promise<void>;
  chat(token: string, message: string, chat?: string): Promise<Said>;
  /** Writes that reached the router. */
  writes(): number;
}

async function inHouse(body: (h: House) => Promise<void>): Promise<void> {
  const w = world(SEED);
  const commands = testParts();
  const router = startRouter(w, commands);
  const env = {
    ...ROUTER_ENV,
    GATEWAY_BIND: "0.0.0.0",
    GATEWAY_TOKEN_SHA256: [OLIVIA, PAUL].map(sha256Hex).join(","),
  };
  const agent = agentMachine(w, { address: "10.0.0.9", env, args: ["gateway"], resources: commands });
  const { host } = machineOn(w, "client", { address: "10.0.0.50" });
  await drive(w, () =>
    withRoot(host, async (s) => {
      const http = makeHttp(host);
      const pass = (ms: number): Promise<void> => ok(host.clock.sleep(s, ms));
      await router.ready;
      await pass(1_000);
      const chat: House["chat"] = async (token, message, name) => {
        const answer = await ok(
          http.send(s, {
            method: "POST",
            url: "http://10.0.0.9:18789/chat",
            headers: [
              ["content-type", "application/json"],
              ["authorization", `Bearer ${token}`],
            ],
            body: JSON.stringify({ message, ...(name === undefined ? {} : { chat: name }) }),
            maxBytes: 1_048_576,
            repeatable: false,
          }),
        );
        assert.equal(answer.status, 200, decodeUtf8(answer.body));
        return JSON.parse(decodeUtf8(answer.body)) as Said;
      };
      await body({ agent, pass, chat, writes: router.writes });
      await http.close();
      await agent.stop();
      await router.stop();
    }),
  );
}

async function offered(h: House): Promise<string> {
  const { plan, reply } = await h.chat(OLIVIA, WRITE);
  assert.ok(plan !== undefined, reply);
  assert.match(reply, new RegExp(`Approve: /approve ${plan.id} {3}Refuse: /deny ${plan.id} {3}\\(within 10m\\)`));
  return plan.id;
}

test("another token, and another chat of the same one, cannot approve; its own can, once", () =>
  inHouse(async ({ chat, writes, ...h }) => {
    const id = await offered({ chat, writes, ...h });
    const elsewhere =
      "This plan was offered in another conversation and can only be decided there. Nothing was changed.";
    for (const verb of ["approve", "deny"]) {
      assert.equal((await chat(PAUL, `/${verb} ${id}`)).reply, elsewhere);
      assert.equal((await chat(OLIVIA, `/${verb} ${id}`, "other")).reply, elsewhere);
      assert.equal((await chat(PAUL, `/${verb}`)).reply, "No plan of yours is waiting for approval here.");
    }
    assert.equal(writes(), 0);
    assert.match((await chat(OLIVIA, `/approve ${id}`)).reply, /^The change is made and read back as planned\./);
    assert.equal(writes(), 1);
    const twice = "This plan was applied already; it is not done twice.";
    assert.equal((await chat(OLIVIA, `/approve ${id}`)).reply, twice);
    assert.equal(writes(), 1);
  }));

test("a plan lasts ten minutes and no longer", () =>
  inHouse(async (h) => {
    const late = await offered(h);
    await h.pass(APPROVAL_MS);
    const expired = "This plan has expired; nothing was changed. Ask again to get a new one.";
    assert.equal((await h.chat(OLIVIA, `/approve ${late}`)).reply, expired);
    assert.equal((await h.chat(OLIVIA, "/approve")).reply, "No plan of yours is waiting for approval here.");
    assert.equal(h.writes(), 0);
    const again = await offered(h);
    await h.pass(APPROVAL_MS - 10_000);
    assert.match((await h.chat(OLIVIA, `/approve ${again}`)).reply, /^The change is made/);
    assert.equal(h.writes(), 1);
  }));

test("after a restart a plan is not known any more, and says so", () =>
  inHouse(async (h) => {
    const id = await offered(h);
    h.agent.cut(1_000);
    await h.pass(10_000);
    assert.equal(
      (await h.chat(OLIVIA, `/approve ${id}`)).reply,
      "This plan is not known (any more): MikroClaw was restarted, or it is long ago. Ask again to get a new one; if you had approved it already, look at the router first.",
    );
    assert.equal(h.writes(), 0);
  }));
