// The prompt of `mikroclaw agent` at a simulated terminal, in virtual time: waits that are
// told, /stop and Ctrl+C while a turn runs, lines typed ahead, a plan shown once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../src/app/config.ts";
import { isFault } from "../../src/base/fault.ts";
import { CLI_HISTORY_MAX, WAIT_TOLD_AGAIN_MS, WAIT_TOLD_MS } from "../../src/base/limits.ts";
import type { Scope } from "../../src/base/scope.ts";
import { agentCommand } from "../../src/cli/agent.ts";
import { parseArgs } from "../../src/cli/args.ts";
import type { Program } from "../../src/cli/boot.ts";
import { makeTerm } from "../../src/cli/term.ts";
import type { SimMachine } from "../../src/host/sim/machine.ts";
import type { World } from "../../src/host/sim/sim.ts";
import type { Handler } from "../../src/port/http.ts";
import { testParts } from "../support/commands.ts";
import { SEED } from "../support/seed.ts";
import { drive } from "./support/drive.ts";
import { type ModelAsk, modelServer } from "./support/model-server.ts";
import { startPeer } from "./support/peer.ts";
import { ROUTER_ENV, startRouter } from "./support/router.ts";
import { machineOn, withRoot, world } from "./support/worlds.ts";

const commands = testParts();

interface Prompt {
  machine: SimMachine;
  program: Program;
  pass(ms: number): Promise<void>;
  /** Waits until this was printed after what was seen last. */
  sees(text: string): Promise<void>;
  out(): string;
}

const hung: Handler = (s: Scope) => new Promise((resolve) => s.onStop((why) => resolve(why)));

/** A person at the prompt; the answer is its exit code and all that was printed. */
async function atPrompt(
  w: World,
  more: { env?: Record<string, string>; args?: readonly string[] },
  person: (p: Prompt) => Promise<void>,
): Promise<{ code: number; out: string; err: string }> {
  const env = { ...ROUTER_ENV, NO_COLOR: "1", ...more.env };
  const { machine, host } = machineOn(w, "agent", {
    address: "10.0.0.9",
    env,
    resources: commands,
    terminal: true,
  });
  const args = parseArgs(["agent", "--port", "0", ...(more.args ?? [])]);
  assert.ok(!isFault(args));
  const code = await drive(w, () =>
    withRoot(host, async (scope) => {
      const config = await loadConfig(scope, host, args.flags);
      assert.ok(!isFault(config));
      const program: Program = {
        host,
        scope,
        signalled: new Promise(() => undefined),
        onInterrupt: null,
        onHangup: null,
      };
      const done = agentCommand({ program, args, config, term: makeTerm(host), version: "0" });
      const out = (): string => machine.printed.join("");
      const pass = async (ms: number): Promise<void> => void (await host.clock.sleep(scope, ms));
      let seen = 0;
      const sees = async (text: string): Promise<void> => {
        for (let tries = 0; !out().includes(text, seen); tries += 1) {
          assert.ok(tries < 3_000, `never printed: ${text}\n${out()}`);
          await pass(100);
        }
        seen = out().indexOf(text, seen) + text.length;
      };
      await person({ machine, program, pass, sees, out });
      return done;
    }),
  );
  return { code, out: machine.printed.join(""), err: machine.printedErr.join("") };
}

test("who waits for a router that hangs is told so, and /stop ends it at once", async () => {
  const w = world(SEED);
  startPeer(w, { name: "router", address: "10.0.0.1", port: 80 }, () => hung);
  const { code, out, err } = await atPrompt(w, {}, async ({ machine, pass, sees }) => {
    machine.type("/status");
    await pass(WAIT_TOLD_MS - 500);
    assert.doesNotMatch(machine.printed.join(""), /waiting/);
    await sees("… waiting for the router (3 s");
    await pass(WAIT_TOLD_AGAIN_MS);
    await sees("… waiting for the router (13 s");
    const beforeMs = w.nowMs();
    machine.type("/stop");
    await sees("Stopped.");
    assert.ok(w.nowMs() - beforeMs < 1_000);
    machine.type("/stop");
    await sees("Nothing is running here.");
    machine.type("exit");
  });
  assert.equal(code, 0);
  assert.doesNotMatch(out, /Gateway on|Pairing|No model/);
  assert.match(err, /Gateway on http:\/\/127\.0\.0\.1:\d+\nPairing code: .*\nNo model is configured/);
});

test("Ctrl+C ends the turn and leaves out what was typed ahead; twice at the prompt it ends the program", async () => {
  const w = world(SEED);
  startPeer(w, { name: "router", address: "10.0.0.1", port: 80 }, () => hung);
  const { code, out } = await atPrompt(w, {}, async ({ machine, program, sees }) => {
    const interrupt = (): boolean => program.onInterrupt?.() ?? false;
    machine.type("/devices");
    machine.type("/wan");
    machine.type("/log");
    await sees("waiting");
    assert.equal(interrupt(), true);
    await sees("left out: 2");
    await sees("Stopped.");
    assert.equal(interrupt(), true);
    await sees("Ctrl+C again");
    machine.type("/new");
    await sees("forgotten");
    // A line in between: the next one is the first again.
    assert.equal(interrupt(), true);
    await sees("Ctrl+C again");
    assert.equal(interrupt(), false);
    machine.endInput();
  });
  assert.equal(code, 0);
  assert.equal(out.split("Stopped.").length, 2);
});

test("lines typed ahead, more than are kept, are all answered in order", async () => {
  const w = world(SEED);
  startRouter(w, commands);
  const lines = Array.from({ length: CLI_HISTORY_MAX + 50 }, (_, n) => `/run /nothing-${n}`);
  const { out } = await atPrompt(w, {}, async ({ machine, sees }) => {
    for (const line of lines) machine.type(line);
    await sees(`nothing-${lines.length - 1}:`);
    machine.endInput();
  });
  const answered = [...out.matchAll(/bad command name nothing-(\d+)/g)].map((m) => Number(m[1]));
  assert.deepEqual(
    answered,
    lines.map((_, n) => n),
  );
});

test("an answer that was streamed is not printed again; its plan is, once", async () => {
  const w = world(SEED);
  startRouter(w, commands);
  const model = modelServer(w, { name: "model", address: "10.0.0.2", port: 80 }, (ask: ModelAsk) => {
    if (ask.results.length > 0)
      return ask.lastUser.includes("silent") ? {} : { text: "This plan adds the name.", paceMs: 20 };
    const call = { name: "routeros_execute", args: { command: "/ip/dns/static/add name=a.lan address=10.9.9.9" } };
    return { text: "I will prepare that.", calls: [call], paceMs: 20 };
  });
  const env = { LLM_BASE_URL: model.baseUrl, LLM_API_KEY: "k", MODEL: "m" };
  const { out } = await atPrompt(w, { env }, async ({ machine, sees }) => {
    machine.type("please add a.lan");
    await sees("/approve");
    machine.type("again, but silent");
    await sees("/approve");
    machine.type("quit");
  });
  assert.equal(out.split("I will prepare that.").length - 1, 2, out);
  assert.equal(out.split("This plan adds the name.").length - 1, 1, out);
  assert.equal(out.split("not applied yet").length - 1, 2, out);
});
