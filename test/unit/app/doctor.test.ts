// The doctor's report: late parts, what peers send back, and parts that are really asked.

import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { configSecrets, loadConfig } from "../../../src/app/config.ts";
import { type Check, examine, type Part } from "../../../src/app/doctor.ts";
import { doctorParts } from "../../../src/app/parts.ts";
import { fault, isFault } from "../../../src/base/fault.ts";
import { DOCTOR_MS } from "../../../src/base/limits.ts";
import { type Scope, withScope } from "../../../src/base/scope.ts";
import { secret } from "../../../src/base/secret.ts";
import { makeTestHost } from "../../support/node-host.ts";
import { makeWorld } from "../../support/virtual.ts";

const never = (s: Scope): Promise<never> => new Promise((_, fail) => void s.onStop(fail));

test("a part that hangs is told with its own next step, before the deadline; others are told as they are", async () => {
  const world = makeWorld();
  const parts: readonly Part[] = [
    { id: "a", mend: "Do this.", look: (s) => never(s).catch((why) => why) },
    { id: "b", look: async () => "works" },
    { id: "d", mend: "Do that.", look: async () => fault("failed", "Bad.") },
    { id: "c", look: async () => fault("denied", "It said hush-hush.", { next: "Change hush%2Dhush." }) },
  ];
  let found: readonly Check[] = [];
  void withScope(world.scope, DOCTOR_MS, async (s) => {
    found = await examine(s, parts, [secret("key", "hush-hush")]);
    return undefined;
  });
  await world.pass(DOCTOR_MS - 1);
  assert.deepEqual(found, [
    { id: "a", ok: false, what: "No answer in time.", next: "Do this." },
    { id: "b", ok: true, what: "works" },
    { id: "d", ok: false, what: "Bad.", next: "Do that." },
    { id: "c", ok: false, what: "It said <secret:key>.", next: "Change hush%2Dhush." },
  ]);
  await world.end();
});

/** What doctor finds at one part. `prepare` may change the folder of the workspace. */
async function checkOf(
  id: string,
  env: Record<string, string>,
  more: { roots?: { workspace: string }; prepare?: (workspace: string) => void } = {},
): Promise<{ check: Check | undefined; left: readonly string[] }> {
  const { roots, prepare } = more;
  const { host, scope, workspace, end } = makeTestHost(roots === undefined ? { env } : { env, roots });
  try {
    const config = await loadConfig(scope, host, new Map());
    assert.ok(!isFault(config), JSON.stringify(config));
    const parts = await doctorParts(scope, host, config, { version: "0", atPrompt: true });
    assert.ok(!isFault(parts), JSON.stringify(parts));
    const wanted = parts.filter((part) => part.id === id);
    prepare?.(workspace);
    const [check] = await examine(scope, wanted, configSecrets(config));
    return { check, left: check?.ok === true ? readdirSync(workspace) : [] };
  } finally {
    await end();
  }
}

test("the workspace is tried by writing and removing a file", async () => {
  const remove = (folder: string): void => rmSync(folder, { recursive: true });
  const there = await checkOf("workspace", { MIKROCLAW_WORKSPACE: "notes" });
  assert.deepEqual(
    [there.check, there.left],
    [{ id: "workspace", ok: true, what: "The file tools can write in notes." }, []],
  );
  assert.equal((await checkOf("workspace", {}, { prepare: remove })).check?.ok, true);
  const asFile = (folder: string): void => {
    remove(folder);
    writeFileSync(folder, "");
  };
  for (const more of [{ prepare: asFile }, { roots: { workspace: "/proc" } }]) {
    const { check } = await checkOf("workspace", {}, more);
    assert.equal(check?.ok, false);
    assert.match(`${check?.what} ${check?.next}`, /Nothing can be written in workspace: .*Set MIKROCLAW_WORKSPACE/);
  }
});

type Reply = readonly [status: number, body: string];

/** A model server; `get` answers lists, `post` questions. */
async function modelCheck(get: Reply, post: Reply): Promise<{ check: Check | undefined; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, reply) => {
    asked.push(request.method ?? "");
    const [status, body] = request.method === "GET" ? get : post;
    request.resume().on("end", () => reply.writeHead(status, { "content-type": "text/plain" }).end(body));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const at = server.address();
  const port = typeof at === "object" ? at?.port : 0;
  const env = { LLM_BASE_URL: `http://127.0.0.1:${port}/v1`, MODEL: "m", LLM_STREAMING: "0" };
  const { check } = await checkOf("model", env);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  return { check, asked };
}

test("the model is ok only when it answers as a model service; without a list one question is asked", async () => {
  const answer = JSON.stringify({ choices: [{ message: { content: "ready" }, finish_reason: "stop" }] });
  const cases: ReadonlyArray<readonly [get: Reply, post: Reply, ok: boolean, methods: string[], said: RegExp]> = [
    [[200, '{"data":[]}'], [500, ""], true, ["GET"], /answers/],
    [[500, "boom"], [200, answer], false, ["GET"], /error \(500\)/],
    [[200, "<html><title>My NAS</title>"], [200, answer], false, ["GET"], /web page.*My NAS/],
    [[404, "{}"], [404, "{}"], false, ["GET", "POST"], /404/],
    [[404, "{}"], [200, answer], true, ["GET", "POST"], /answered a question/],
  ];
  for (const [get, post, ok, methods, said] of cases) {
    const { check, asked } = await modelCheck(get, post);
    assert.equal(check?.ok, ok, JSON.stringify([get, check]));
    assert.match(check?.what ?? "", said);
    assert.deepEqual(asked.slice(0, methods.length), methods);
    assert.ok(ok || (check?.next ?? "") !== "");
  }
});
