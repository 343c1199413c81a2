// A router without a battery starts in 1970, and NTP sets its clock minutes later. The product's own bundle,
// on the native host's test build with such a wall clock: it starts, serves /health and slash commands, finds
// the router once that is there, and forgets nobody when the clock jumps by half a century.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SYNC } from "../../src/port/abi.ts";
import { stage, testBuild } from "../support/native.ts";
import { freePort } from "../support/ports.ts";
import { startSim } from "../support/program.ts";

const WAIT_MS = 60_000;
/** Where this file lies in the workspace, the clock is right. */
const CLOCK_SET = "clock-is-set";

/** The bundle, with what the test build lacks, behind a host whose wall clock began at 0. */
function script(): string {
  const parts = readdirSync("dist").filter((file) => /^commands\d*\.bin$/.test(file));
  const commands = parts.map(
    (file) => `${file.slice(0, -4)}: new Uint8Array([${[...readFileSync(`dist/${file}`)].join(",")}])`,
  );
  return `const host = globalThis.__host, commands = { ${commands.join(", ")} };
const began = host.sync(${SYNC.WALL_MS});
globalThis.__host = {
  submit: (...args) => host.submit(...args),
  cancel: (id) => host.cancel(id),
  sync(op, a, b) {
    if (op === ${SYNC.WALL_MS}) return host.sync(op) - (__test("read", "${CLOCK_SET}") === null ? began : 0);
    if (op === ${SYNC.RESOURCE} && commands[a] !== undefined) return commands[a];
    return host.sync(op, a, b);
  },
};
${readFileSync("dist/mikroclaw.bundle.js", "utf8")}`;
}

/** JSON lines that the program prints, by their event. */
function events(child: ChildProcess): (name: string) => Promise<Record<string, unknown>> {
  const seen: Array<Record<string, unknown>> = [];
  const said: string[] = [];
  if (child.stdout === null || child.stderr === null) throw new Error("the program has no output");
  createInterface({ input: child.stdout }).on("line", (line) => seen.push(JSON.parse(line)));
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  return async (name) => {
    let found: Record<string, unknown> | undefined;
    for (const end = Date.now() + WAIT_MS; found === undefined && Date.now() < end; await sleep(20)) {
      found = seen.find((line) => line["event"] === name);
      if (child.exitCode !== null) break;
    }
    assert.ok(found, `event ${name}: ${said.join("\n")}`);
    return found;
  };
}

/** A port at which nobody listens yet; `open` passes what comes there on to another one. */
async function laterPort(): Promise<{ port: number; open(to: number): Promise<void>; close(): void }> {
  const port = await freePort();
  const server = createServer();
  return {
    port,
    async open(to) {
      server.on("connection", (client) => {
        const router = connect(to, "127.0.0.1");
        client.on("error", () => router.destroy()).pipe(router);
        router.on("error", () => client.destroy()).pipe(client);
      });
      await once(server.listen(port, "127.0.0.1"), "listening");
    },
    close: () => server.close(),
  };
}

const build = existsSync("dist/mikroclaw.bundle.js") ? testBuild("amd64") : { skip: "dist/ is not built (make build)" };
const skip = "skip" in build ? build.skip : false;

test("a clock in 1970 and a router that comes late: it works, and goes on when the clock is set", {
  skip,
}, async () => {
  if ("skip" in build) return;
  const [command = "", ...words] = build.start;
  const place = stage(script());
  const sim = await startSim();
  const late = await laterPort();
  const env = { ...place.env, ...sim.env, ROUTER_HOST: `127.0.0.1:${late.port}` };
  const child = spawn(command, [...words, "gateway", "--port", "0", "--json"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  try {
    const event = events(child);
    const base = `http://127.0.0.1:${(await event("listening"))["port"]}`;
    const json = async (path: string, init?: RequestInit): Promise<Record<string, unknown>> => {
      const answer = await fetch(base + path, init);
      const text = await answer.text();
      assert.equal(answer.status, 200, `${path}: ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    };
    const router = async () => ((await json("/health"))["components"] as Record<string, unknown>)["routeros"];
    assert.equal(await router(), false);

    const code = String((await event("pairing"))["code"]);
    const paired = await json("/pair", { method: "POST", headers: { "X-Pairing-Code": code } });
    assert.match(String(paired["expiresAt"]), /^1970-/, "the program's clock is that of the router");
    const headers = { authorization: `Bearer ${paired["token"]}`, "content-type": "application/json" };
    const chat = async (message: string): Promise<string> =>
      String((await json("/chat", { method: "POST", headers, body: JSON.stringify({ message }) }))["reply"]);
    assert.match(await chat("/help"), /\/devices/);
    assert.doesNotMatch(await chat("/devices"), /kids-tablet/);

    await late.open(sim.port);
    for (const end = Date.now() + WAIT_MS; (await router()) !== true; await sleep(100)) {
      assert.ok(Date.now() < end, "the router was found by itself");
    }
    assert.match(await chat("/devices"), /kids-tablet/);

    writeFileSync(join(place.env["MIKROCLAW_WORKSPACE"] ?? "", CLOCK_SET), "");
    assert.match(await chat("/devices"), /kids-tablet/, "the token made in 1970 is still good");
    assert.equal(await router(), true);
  } finally {
    child.kill("SIGTERM");
    const [status] = await ended;
    late.close();
    await sim.stop();
    place.end();
    assert.equal(status, 0);
  }
});
