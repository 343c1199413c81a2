// The command line as README shows it: prompt by pipe, help, version, config, doctor,
// exit codes, and faults of the outside world in one sentence each.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { nodeOnly, runOnce, startSim } from "../support/program.ts";

type Sim = Awaited<ReturnType<typeof startSim>>;

describe("the command line", () => {
  let sim: Sim;
  before(async () => {
    sim = await startSim();
  });
  after(async () => {
    await sim.stop();
  });

  it("answers three lines from a pipe on the built-in simulated router", { skip: nodeOnly }, async () => {
    const r = await runOnce(
      ["agent", "--port", "0"],
      { MIKROCLAW_BUILTIN_SIM: "1" },
      "/status\n/devices\n/ip/address/print\n",
    );
    assert.equal(r.code, 0, r.err);
    assert.match(r.out, /simulated router/);
    assert.match(r.out, /kids-tablet/);
    assert.match(r.out, /192\.168\.88\.1\/24/);
  });

  it("works in V8 as well", async () => {
    const r = await runOnce(["agent", "--port", "0", "--engine=v8"], sim.env, "/devices\n");
    assert.equal(r.code, 0, r.err);
    assert.match(r.out, /kids-tablet/);
  });

  it("prints help and version", async () => {
    for (const args of [["help"], ["--help"], ["agent", "--help"], ["sim", "--help"], ["doctor", "-h"]]) {
      const r = await runOnce(args);
      assert.equal(r.code, 0, args.join(" "));
      assert.match(r.out, /Usage: mikroclaw/);
    }
    const v = await runOnce(["--version"]);
    assert.match(v.out, /^(mikroclaw )?\d+\.\d+\.\d+/);
  });

  it("names the nearest command, flag and configuration key, and exits 2", async () => {
    const command = await runOnce(["gatway"]);
    assert.equal(command.code, 2);
    assert.match(command.err, /gateway/);
    const flag = await runOnce(["gateway", "--prot", "1"]);
    assert.equal(flag.code, 2);
    assert.match(flag.err, /--port/);
    const number = await runOnce(["gateway", "--port", "99999"]);
    assert.equal(number.code, 2);
  });

  it("dumps the configuration with sources and without secrets", async () => {
    const r = await runOnce(["config", "--dump"], {
      ROUTER_HOST: "192.168.88.1",
      ROUTER_PASS: "hush-hush-42",
      BOT_TOKEN: "1:hush",
    });
    assert.equal(r.code, 0, r.err);
    assert.match(r.out, /ROUTER_HOST\s.*192\.168\.88\.1.*environment/);
    assert.ok(!r.out.includes("hush"));
  });

  it("doctor says what is wrong and ends although everything is down", async () => {
    const r = await runOnce(["doctor", "--json"], {
      ROUTER_HOST: "127.0.0.1:9",
      ROUTER_PASS: "x",
      LLM_BASE_URL: "http://127.0.0.1:9/v1",
      MODEL: "m",
    });
    assert.equal(r.code, 1);
    const report = JSON.parse(r.out) as {
      ok: boolean;
      checks: Array<{ id: string; ok: boolean; what: string; next?: string }>;
    };
    assert.equal(report.ok, false);
    assert.equal(report.checks.find((c) => c.id === "router")?.ok, false);
    assert.ok(report.checks.every((c) => c.what.length > 0));
  });

  it("doctor is content with the simulated router", async () => {
    const r = await runOnce(["doctor", "--json", "--port", "0"], sim.env);
    const report = JSON.parse(r.out) as { ok: boolean; checks: Array<{ id: string; ok: boolean; what: string }> };
    assert.equal(report.checks.find((c) => c.id === "router")?.ok, true, r.out);
  });

  it("says a wrong password in one sentence with the next step", async () => {
    const r = await runOnce(["agent", "-m", "/devices"], { ...sim.env, ROUTER_PASS: "wrong-password" });
    assert.equal(r.code, 1);
    assert.match(r.out + r.err, /ROUTER_PASS|password/);
    assert.ok(!(r.out + r.err).includes("wrong-password"));
  });

  it("offers a write as a plan and exits 3", async () => {
    const r = await runOnce(["agent", "-m", "/ip/dns/static/add name=a.lan address=192.168.88.9"], sim.env);
    assert.equal(r.code, 3, r.err);
    assert.match(r.out, /PUT|POST/);
  });

  it("answers every line of a long pipe in order, and nothing else goes to stdout", async () => {
    const lines = Array.from({ length: 500 }, (_, n) => `/run /nothing-${n}\n`);
    const r = await runOnce(["agent", "--port", "0"], sim.env, lines.join(""));
    const answered = [...r.out.matchAll(/^bad command name nothing-(\d+)/gm)].map((m) => Number(m[1]));
    assert.deepEqual(
      answered,
      lines.map((_, n) => n),
    );
    assert.doesNotMatch(r.out, /Gateway|Pairing|No model/);
    assert.match(r.err, /Gateway on [\s\S]*Pairing code: [\s\S]*No model is configured/);
    assert.equal(r.code, 1, "answers that tell of a fault");
  });

  it("exits 1 when the answer tells of a fault: no router, no model, an unknown word, a pipe with such a line", async () => {
    const gone = { ROUTER_HOST: "127.0.0.1:9", ROUTER_PASS: "x" };
    for (const [message, env, said] of [
      ["/status", gone, /Router: cannot be read/],
      ["hello", sim.env, /No language model is configured/],
      ["/foo", sim.env, /bad command name foo/],
      ["/approve", sim.env, /No plan of yours/],
    ] as const) {
      const r = await runOnce(["agent", "-m", message], env);
      assert.equal(r.code, 1, message);
      assert.match(r.err, said);
      assert.doesNotMatch(r.err, /\/for\b/);
      assert.equal(r.out, "");
      const piped = await runOnce(["agent", "--port", "0"], env, `/help\n${message}\n/help\n`);
      assert.equal(piped.code, 1, message);
    }
    const well = await runOnce(["agent", "--port", "0"], sim.env, "/status\nip address print\n");
    assert.equal(well.code, 0, well.err);
    assert.match(well.out, /192\.168\.88\.1\/24/);
  });

  it("offers nothing that another process would have to approve", async () => {
    const r = await runOnce(["agent", "-m", "/ip/dns/static/add name=b.lan address=192.168.88.9"], sim.env);
    assert.equal(r.code, 3);
    assert.doesNotMatch(r.out, /\/approve/);
    assert.match(r.out, /mikroclaw agent/);
  });

  it("help of one command, by either way", async () => {
    for (const args of [
      ["help", "agent"],
      ["agent", "--help"],
    ]) {
      const r = await runOnce(args);
      assert.equal(r.code, 0);
      assert.match(r.out, /Usage: mikroclaw agent \[flags\][\s\S]*--message TEXT[\s\S]*Exit codes: /);
    }
    const all = await runOnce(["--help"]);
    assert.match(all.out, /Usage: mikroclaw \[command\][\s\S]*Commands:\n {2}agent/);
    const sims = await runOnce(["help", "sim"]);
    assert.match(sims.out, /mikroclaw sim --help/);
    const wrong = await runOnce(["help", "agnet"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /"agnet" is not a command\. Did you mean "agent"\?/);
  });

  it("masks secret fields", async () => {
    const r = await runOnce(["agent", "-m", "/interface/wireguard/print"], sim.env);
    assert.equal(r.code, 0, r.err);
    assert.match(r.out, /private-key/);
    assert.match(r.out, /\*\*\*/);
  });
});
