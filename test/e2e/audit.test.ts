// The audit log as README shows it: written by one process, verified and exported by others.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AUDIT_EXPORT_BYTES_MAX } from "../../src/base/limits-audit.ts";
import { runOnce, startSim } from "../support/program.ts";

type Sim = Awaited<ReturnType<typeof startSim>>;

describe("the audit log on a disk", () => {
  let sim: Sim;
  const home = mkdtempSync(join(tmpdir(), "mikroclaw-audit-"));
  const workspace = join(home, "ws");
  mkdirSync(workspace);
  const here = { MIKROCLAW_WORKSPACE: workspace };
  before(async () => {
    sim = await startSim();
  });
  after(async () => {
    await sim.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it("has what two processes did, and holds", async () => {
    for (const name of ["a", "b"]) {
      const add = `/run /ip/dns/static/add name=${name}.lan address=192.168.88.9`;
      const r = await runOnce(["agent", "--port", "0"], { ...sim.env, ...here }, `${add}\n/approve\n/audit\n`);
      assert.equal(r.code, 0, r.err);
      assert.match(r.out, /approved +[0-9A-Z]{6} +cli\/terminal +\/ip\/dns\/static\/add/);
      assert.match(r.out, /Entry \d+ has the hash [0-9a-f]{64}/);
    }
    const verified = await runOnce(["audit", "verify"], here);
    assert.equal(verified.code, 0, verified.err);
    assert.match(verified.out, /^Entries 1 to 8 follow from each other/);
    const json = await runOnce(["audit", "verify", "--json"], here);
    assert.match(json.out, /"ok":true.*"n":8/);
  });

  it("an export is verified anywhere; edited, shortened or reordered it is not", async () => {
    const { out, code } = await runOnce(["audit", "export"], here);
    assert.equal(code, 0);
    const lines = out.trimEnd().split("\n");
    assert.equal(lines.length, 9);
    const file = join(home, "log.jsonl");
    for (const [text, exit, says] of [
      [out, 0, /^Entries 1 to 8/],
      [out.replace("a.lan", "c.lan"), 1, /line 3 was changed/],
      [`${lines.toSpliced(4, 1).join("\n")}\n`, 1, /line 5 holds entry 5 behind entry 3/],
      [`${lines.slice(0, -1).join("\n")}\n`, 1, /entries 8 to 8 are missing at its end/],
    ] as const) {
      writeFileSync(file, text);
      const r = await runOnce(["audit", "verify", file]);
      assert.equal(r.code, exit, r.err);
      assert.match(`${r.out}${r.err}`, says);
    }
  });

  it("what is larger than a full log is not read", async () => {
    const file = join(home, "large.jsonl");
    for (const [bytes, says] of [
      [AUDIT_EXPORT_BYTES_MAX, /line 1 was changed/],
      [AUDIT_EXPORT_BYTES_MAX + 1, /larger than/],
    ] as const) {
      writeFileSync(file, `x\n${"y".repeat(bytes - 2)}`);
      const r = await runOnce(["audit", "verify", file]);
      assert.match(r.err, says);
    }
  });

  it("somebody who wrote in it stops every change, and verifying says where", async () => {
    const folder = join(workspace, "audit");
    const path = join(folder, readdirSync(folder).find((n) => n.endsWith(".jsonl")) ?? "");
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, `${whole.trimEnd().split("\n").slice(0, -1).join("\n")}\n`);
    const verified = await runOnce(["audit", "verify"], here);
    assert.equal(verified.code, 1);
    assert.match(verified.err, /entries 8 to 8 are missing at its end/);
    const add = "/run /ip/dns/static/add name=d.lan address=192.168.88.9";
    const r = await runOnce(["agent", "--port", "0"], { ...sim.env, ...here }, `${add}\n`);
    assert.match(r.out, /not offered.*was changed by somebody else/s);
    assert.doesNotMatch(r.out, /Approve: /);
    const inMemory = await runOnce(["agent", "--port", "0"], { ...sim.env, ...here, AUDIT_LOG: "memory" }, `${add}\n`);
    assert.match(inMemory.out, /Approve: /);
    writeFileSync(path, whole);
  });

  it("none here, and words that are none, are said", async () => {
    const none = await runOnce(["audit", "verify"], { MIKROCLAW_WORKSPACE: join(home, "nowhere") });
    assert.equal(none.code, 1);
    assert.match(none.err, /No audit log lies on a disk here/);
    for (const words of [[], ["check"], ["export", "x"]]) assert.equal((await runOnce(["audit", ...words])).code, 2);
  });
});
