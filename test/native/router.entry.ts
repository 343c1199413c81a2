// A router's surroundings, run as root in a network namespace of its own (`unshare --net`): the image's root
// file system in a container with a veth pair, read-only and as nobody, and on this side of the pair the
// simulated router, a name server and a model service, which come up late, as after a power cut.
// Arguments: the root file system, a file for the trace or "". Exit code 3: this machine has no such namespaces.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { startSim } from "../support/program.ts";
import { dnsUp, modelUp, routerUp } from "../support/router-side.ts";

const [root = "", trace = ""] = process.argv.slice(2);
const GATEWAY = "172.31.18.1";
const OURS = "172.31.18.2";
const PORT = 18_789;
const BASE = `http://${OURS}:${PORT}`;
const MODEL_NAME = "model.lan";
const MODEL_PORT = 8_080;
const CHATS = 100;
const WAIT_MS = 60_000;
/** As RouterOS before 7.21 stops a container: SIGTERM, and SIGKILL after 10 s. */
const KILL_MS = 10_000;

interface Container {
  readonly pid: number;
  readonly lines: readonly string[];
  /** SIGTERM; its exit code. */
  stop(): Promise<number>;
}

// Several phones: one may send 30 messages a minute (SENDER_PER_MINUTE_MAX).
const tokens = Array.from({ length: 8 }, () => randomBytes(24).toString("hex"));
let chats = 0;

const say = (what: string): void => void process.stdout.write(`${what}\n`);

/** Runs a program that must succeed. */
function ran(command: string, ...args: string[]): string {
  const done = spawnSync(command, args, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

/** Runs a program where the container's network is. */
function inside(pid: number, ...words: string[]): string {
  return ran("nsenter", `--net=/proc/${pid}/ns/net`, ...words);
}

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await sleep(250)) if (await look()) return;
  throw new Error(`not seen in ${WAIT_MS / 1000} s: ${what}`);
}

function collect(from: Readable, into: string[]): void {
  createInterface({ input: from }).on("line", (line) => into.push(line));
}

/** The pid of the program in the container, which bwrap tells on descriptor 3; it writes on, so all is read. */
async function pidOf(child: ChildProcess): Promise<number> {
  const told: string[] = [];
  collect(child.stdio[3] as Readable, told);
  const pid = (): string | undefined => /"child-pid": (\d+)/.exec(told.join("\n"))?.[1];
  await until("the container's process", () => pid() !== undefined || child.exitCode !== null);
  if (pid() !== undefined) return Number(pid());
  process.stderr.write("bwrap could not make the container's namespaces\n");
  process.exit(3);
}

/** Starts the image's program as the image says, with no network yet. */
async function start(env: Readonly<Record<string, string>>): Promise<Container> {
  const jail = [
    "--unshare-all",
    "--uid",
    "65534",
    "--gid",
    "65534",
    "--cap-drop",
    "ALL",
    "--as-pid-1",
    "--die-with-parent",
  ];
  const files = ["--ro-bind", root, "/", "--dev", "/dev", "--ro-bind", `${root}.resolv.conf`, "/etc/resolv.conf"];
  const variables = Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]);
  const bwrap = [
    "bwrap",
    "--info-fd",
    "3",
    ...jail,
    ...files,
    "--clearenv",
    ...variables,
    "/mikroclaw",
    "gateway",
    "--json",
  ];
  // Everything that opens a file or changes a folder.
  const calls =
    "trace=execve,open,openat,openat2,creat,?rename,renameat,?renameat2,unlink,unlinkat,mkdir,mkdirat,truncate,ftruncate,link,linkat,symlink,symlinkat,mknod,mknodat";
  const words = trace === "" ? bwrap : ["strace", "-f", "-A", "-o", trace, "-e", calls, ...bwrap];
  const [command = "", ...args] = words;
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const lines: string[] = [];
  collect(child.stdout as Readable, lines);
  collect(child.stderr as Readable, lines);
  const ended = once(child, "close").then(([code]) => Number(code ?? -1));
  const pid = await pidOf(child);
  return {
    pid,
    lines,
    async stop() {
      process.kill(pid, "SIGTERM");
      const hard = setTimeout(() => process.kill(pid, "SIGKILL"), KILL_MS);
      const code = await ended;
      clearTimeout(hard);
      return code;
    },
  };
}

/** The pair as RouterOS makes it: one end on the router, the other in the container with its address. */
function plugIn({ pid }: Container): void {
  ran("ip", "link", "add", "veth-claw", "type", "veth", "peer", "name", "veth-in", "netns", String(pid));
  ran("ip", "address", "add", `${GATEWAY}/24`, "dev", "veth-claw");
  ran("ip", "link", "set", "veth-claw", "up");
  for (const words of [
    ["link", "set", "lo", "up"],
    ["address", "add", `${OURS}/24`, "dev", "veth-in"],
    ["link", "set", "veth-in", "up"],
    ["route", "add", "default", "via", GATEWAY],
  ]) {
    inside(pid, "ip", ...words);
  }
}

/** The body of a good answer of the gateway. */
async function body(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Record<string, unknown>;
}

async function routerSeen(): Promise<unknown> {
  const { components } = await body(await fetch(`${BASE}/health`));
  return (components as Record<string, unknown>)["routeros"];
}

async function chat(message: string, token = tokens[chats++ % tokens.length]): Promise<string> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const answer = await fetch(`${BASE}/chat`, { method: "POST", headers, body: JSON.stringify({ message }) });
  return String((await body(answer))["reply"]);
}

async function pair({ lines }: Container): Promise<string> {
  const code = (): string | undefined => /"code":"([0-9A-Z]{8})"/.exec(lines.join("\n"))?.[1];
  await until("a pairing code", () => code() !== undefined);
  const paired = await body(
    await fetch(`${BASE}/pair`, { method: "POST", headers: { "X-Pairing-Code": code() ?? "" } }),
  );
  return String(paired["token"]);
}

/** Boot with nothing there, everything coming up one by one, and recovery without a restart. */
async function boot(env: Record<string, string>, simPort: number): Promise<Container> {
  const ours = await start(env);
  await until("the gateway listens without any network", () => ours.lines.some((line) => line.includes('"listening"')));
  plugIn(ours);
  assert.equal(await routerSeen(), false);
  assert.match(ran("cat", `/proc/${ours.pid}/status`), /^CapEff:\s+0+$/m, "the program has no capability");
  say("ok: started without network, DNS, model and router; /health answers across the pair");

  assert.match(await chat("/help", await pair(ours)), /\/devices/);
  assert.doesNotMatch(await chat("/devices"), /kids-tablet/);
  assert.doesNotMatch(await chat("how is the network?"), /All is well/);
  say("ok: slash commands work, and what is down is said");

  await routerUp(GATEWAY, simPort);
  await until("the router's devices", async () => (await chat("/devices")).includes("kids-tablet"));
  await until("/health with the router", async () => (await routerSeen()) === true);
  await Promise.all([dnsUp(GATEWAY), modelUp(GATEWAY, MODEL_PORT)]);
  await until("the model by its name", async () => (await chat("how is the network?")).includes("All is well"));
  say("ok: recovered by itself when router, DNS and model came up");
  return ours;
}

async function talk(times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    if (i % 2 === 0) assert.match(await chat("/devices"), /kids-tablet/);
    else assert.match(await chat("how is the network?"), /All is well/);
  }
}

async function main(): Promise<void> {
  ran("ip", "link", "set", "lo", "up");
  writeFileSync(`${root}.resolv.conf`, `nameserver ${GATEWAY}\n`);
  const sim = await startSim();
  const env = {
    GATEWAY_BIND: "0.0.0.0",
    MIKROCLAW_WORKSPACE: "/data",
    ...sim.env,
    ROUTER_HOST: `http://${GATEWAY}`,
    LLM_BASE_URL: `http://${MODEL_NAME}:${MODEL_PORT}/v1`,
    LLM_STREAMING: "0",
    MODEL: "m",
    GATEWAY_TOKEN_SHA256: tokens.map((t) => createHash("sha256").update(t).digest("hex")).join(","),
  };
  const first = await boot(env, sim.port);
  await talk(CHATS);
  assert.equal(await first.stop(), 0, first.lines.join("\n"));
  say(`ok: ${CHATS} chats, and an end in time`);

  const second = await start(env);
  plugIn(second);
  await until("the gateway after the restart", () => second.lines.some((line) => line.includes('"listening"')));
  await talk(CHATS / 10);
  assert.equal(await second.stop(), 0, second.lines.join("\n"));
  say("ok: chats after a restart");
  await sim.stop();
}

await main();
process.exit(0);
