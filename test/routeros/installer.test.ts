// scripts/install.ts against a simulated router of several families: from the checks to the
// running container, its refusals, its secrets, and the dry run.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { request } from "undici";
import { healthLines, pairingCode } from "../../scripts/install/agent.ts";
import { type Asked, readArgs } from "../../scripts/install/args.ts";
import { imageArch, problemsOf } from "../../scripts/install/checks.ts";
import { carryOut, type Surroundings } from "../../scripts/install/flow.ts";
import type { Router, Row } from "../../scripts/install/router.ts";
import type { Rig } from "../unit/simrouter/rig.ts";
import { withoutFault } from "./agent-server.ts";
import { configuration, isRunning, ours, rig, rows, upload } from "./support.ts";

interface Bench {
  readonly r: Rig;
  readonly said: string[];
  readonly scripts: string[];
  go(argv: readonly string[], more?: Partial<Surroundings>): Promise<void>;
}

const IMAGE = "the bytes of an image";

/** The simulated router as the installer sees it. What the simulation lacks, /tool/fetch, is done by this computer. */
function bench(ros: string, more: Parameters<typeof rig>[1] = {}): Bench {
  const r = rig(ros, more);
  const said: string[] = [];
  const scripts: string[] = [];
  const send: Router["send"] = async (method, path, body) => {
    if (body?.["script"] !== undefined) scripts.push(body["script"]);
    if (path === "/tool/fetch") {
      const got = await request(body?.["url"] ?? "");
      assert.equal(got.statusCode, 200);
      await upload(r, await got.body.text(), body?.["dst-path"] ?? "");
      return [];
    }
    const reply = await r.ask(method, `/rest${path}`, body);
    if (reply.status >= 400) throw new Error(`refused ${method} ${path}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  };
  const router: Router = {
    send,
    async rows(menu, query = "") {
      const made = await send("GET", `${menu}${query}`);
      return (Array.isArray(made) ? made : [made]) as readonly Row[];
    },
    ownAddress: () => "127.0.0.1",
    close: async () => undefined,
  };
  const surroundings: Surroundings = {
    root: process.cwd(),
    variables: new Map(),
    read: () => Buffer.from(IMAGE),
    say: (line) => void said.push(line),
    sleep: (ms) => r.pass(ms),
  };
  return {
    r,
    said,
    scripts,
    go: (argv, also = {}) => carryOut(router, { ...surroundings, ...also }, readArgs(argv) as Asked),
  };
}

for (const ros of ["7.10.2", "7.19.6", "7.20.8", "7.21.5", "7.24"]) {
  test(`${ros}: checked, uploaded, installed, upgraded with a new image, uninstalled`, async () => {
    const agent = await withoutFault();
    const b = bench(ros);
    const before = configuration(b.r);
    await b.go(["192.168.88.1", "--gateway", agent.url]);
    assert.ok(isRunning(rows(b.r, "/container")[0]));
    assert.equal(rows(b.r, "/container")[0]?.["file"], "flash/mikroclaw-arm64.tar");
    assert.match(b.said.join("\n"), /The agent answers/);
    const [first] = rows(b.r, "/container");
    await b.go(["upgrade", "192.168.88.1", "--gateway", agent.url], {
      read: () => Buffer.from("a newer and longer image"),
    });
    assert.ok(isRunning(rows(b.r, "/container")[0]));
    assert.notEqual(rows(b.r, "/container")[0]?.[".id"], first?.[".id"]);
    await b.go(["uninstall", "192.168.88.1"]);
    assert.deepEqual(configuration(b.r), before);
    agent.close();
    b.r.stop();
  });
}

test("a secret of the owner's goes into a row of its own, never into a script, and a change of it reaches the container", async () => {
  const agent = await withoutFault();
  const b = bench("7.19.6");
  const withToken = (token: string) => ({ variables: new Map([["BOT_TOKEN", token]]) });
  await b.go(["192.168.88.1", "--gateway", agent.url], withToken("123:first"));
  const token = () => ours(b.r, "/container/envs").find((row) => row["key"] === "BOT_TOKEN")?.["value"];
  assert.equal(token(), "123:first");
  const [first] = rows(b.r, "/container");
  await b.go(["192.168.88.1", "--gateway", agent.url], withToken("123:second"));
  assert.equal(token(), "123:second");
  assert.notEqual(rows(b.r, "/container")[0]?.[".id"], first?.[".id"]);
  assert.ok(isRunning(rows(b.r, "/container")[0]));
  assert.doesNotMatch([...b.scripts, ...b.said].join("\n"), /123:/);
  agent.close();
  b.r.stop();
});

test("where fetch is not allowed the owner is told what to copy, and it waits for it", async () => {
  const agent = await withoutFault();
  const b = bench("7.24", { deviceMode: "home" });
  let copied = false;
  const sleep = async (ms: number): Promise<void> => {
    if (!copied && /scp -O .* admin@192\.168\.88\.1:flash\/mikroclaw-arm64\.tar/.test(b.said.join("\n"))) {
      copied = true;
      await upload(b.r, IMAGE, "flash/mikroclaw-arm64.tar");
    }
    await b.r.pass(ms);
  };
  await b.go(["192.168.88.1", "--gateway", agent.url], { sleep });
  assert.ok(copied);
  assert.match(b.said.join("\n"), /does not allow scheduler and fetch/);
  assert.ok(isRunning(rows(b.r, "/container")[0]));
  agent.close();
  b.r.stop();
});

test("what the script refuses is told in its words", async () => {
  const b = bench("7.24");
  await b.r.ask("PUT", "/rest/user", { name: "mikroclaw", group: "read", password: "x" });
  await assert.rejects(b.go(["192.168.88.1"]), /there is a user mikroclaw that this script did not make/);
  b.r.stop();
});

test("device-mode is never asked for, only named", async () => {
  const b = bench("7.24");
  await b.r.ask("POST", "/rest/execute", { script: "/system/device-mode/update container=no" });
  b.r.router.world.pressButton();
  await b.r.pass(10_000);
  const before = configuration(b.r);
  await assert.rejects(b.go(["192.168.88.1"]), /Nothing was changed/);
  assert.match(
    b.said.join("\n"),
    /device-mode\/update container=yes scheduler=yes fetch=yes then press|then press the router's reset or mode button/,
  );
  assert.deepEqual(configuration(b.r), before);
  assert.ok(!b.r.router.world.calls.some((call) => call.path.includes("device-mode/update") && call.method === "POST"));
  b.r.stop();
});

const GOOD = {
  resource: {
    version: "7.24 (stable)",
    "architecture-name": "arm64",
    "free-memory": "600000000",
    "free-hdd-space": "90000000",
  },
  packages: [{ name: "container" }],
  deviceMode: { container: "true", scheduler: "true", fetch: "true" },
};

const STOPS: ReadonlyArray<readonly [why: string, facts: typeof GOOD, said: RegExp]> = [
  ["too old", { ...GOOD, resource: { ...GOOD.resource, version: "7.9.2" } }, /7\.9\.2 is too old/],
  ["version 6", { ...GOOD, resource: { ...GOOD.resource, version: "6.49.10" } }, /too old/],
  ["mips", { ...GOOD, resource: { ...GOOD.resource, "architecture-name": "mipsbe" } }, /no containers on mipsbe/],
  ["no package", { ...GOOD, packages: [] }, /package container is not installed/],
  ["memory", { ...GOOD, resource: { ...GOOD.resource, "free-memory": "20000000" } }, /of memory are free/],
  ["flash", { ...GOOD, resource: { ...GOOD.resource, "free-hdd-space": "300000" } }, /of flash are free/],
  ["device-mode", { ...GOOD, deviceMode: { ...GOOD.deviceMode, container: "no" } }, /does not allow containers/],
];

for (const [why, facts, said] of STOPS) {
  test(`a router is refused: ${why}`, () => {
    const found = problemsOf(facts, 1_100_000, false);
    assert.equal(found.filter((p) => p.isMinor !== true).length, 1);
    assert.match(found[0]?.what ?? "", said);
    assert.notEqual(found[0]?.next ?? "", "");
  });
}

test("a good router has no problem; each processor has its image", () => {
  assert.deepEqual(problemsOf(GOOD, 1_100_000, false), []);
  const image = (name: string, cpu = "") => imageArch({ "architecture-name": name, cpu });
  assert.deepEqual(
    [image("arm64"), image("x86_64"), image("x86"), image("arm", "ARMv7"), image("arm", "EN7562CT"), image("mmips")],
    ["arm64", "amd64", "amd64", "armv7", "armv5", null],
  );
});

test("the newest code of the container counts, whatever others write into the log", () => {
  const line = (topics: string, message: string): Row => ({ topics, message });
  const log = [
    line("container,info,debug", "mikroclaw: Pairing code: AAAA1111 (good once, for 10 minutes)"),
    line("container,info,debug", "mikroclaw: Pairing code: BBBB2222 (good once, for 10 minutes)"),
    line("dhcp,info", "defconf assigned 192.168.88.9 for Pairing code: CCCC3333"),
  ];
  assert.equal(pairingCode(log), "BBBB2222");
  assert.equal(pairingCode(log.slice(2)), null);
  assert.equal(pairingCode([line("container,info", '{"event":"pairing","pairing_code":"DDDD4444"}')]), "DDDD4444");
});

test("health: what works, and what to do about the rest", () => {
  const lines = healthLines({
    status: "degraded",
    components: { llm: false, gateway: true, routeros: false, memu: false },
  });
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? "", /wait {2}llm: .*ANTHROPIC_API_KEY/);
  assert.deepEqual(healthLines(null), []);
});

test("--dry-run prints every request with the script, and reaches nobody", async () => {
  // Whoever listens there would be told.
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end("{}");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const dry = (...argv: string[]) =>
    execFileSync(process.execPath, ["--import", "tsx", "scripts/install.ts", ...argv, "--dry-run"], {
      encoding: "utf8",
    });
  const text = dry(
    `http://127.0.0.1:${port}`,
    "--ros",
    "7.12",
    "--env",
    "BOT_TOKEN",
    "--gateway",
    `http://127.0.0.1:${port}`,
  );
  for (const part of [
    /GET \/rest\/system\/device-mode/,
    /POST \/rest\/tool\/fetch/,
    /"name":"mikroclaw","key":"BOT_TOKEN"/,
    /POST \/rest\/execute/,
    /\/interface\/veth\/add name=veth-claw/,
  ])
    assert.match(text, part);
  assert.match(dry("uninstall", "192.168.88.1"), /\/interface\/veth\/remove/);
  server.close();
  assert.equal(asked, 0);
});

test("a command line that is not understood ends with 2 and words", () => {
  const folder = mkdtempSync(join(tmpdir(), "installer-"));
  const image = join(folder, "x.tar");
  writeFileSync(image, "x");
  for (const argv of [
    [],
    ["a", "b"],
    ["a", "--disk", 'x"; /system/reboot'],
    ["a", "--env", "BOT_TOKEN=1"],
    ["a", "--upload", "ftp"],
  ]) {
    assert.throws(() => readArgs(argv), /./, argv.join(" "));
  }
  assert.equal(readArgs(["install", "a", "--image", image])?.image, image);
  assert.equal(readArgs(["--help"]), null);
  rmSync(folder, { recursive: true });
});
