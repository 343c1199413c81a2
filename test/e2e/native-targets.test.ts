// Every processor's binary that was built, natively or under qemu-user, against the simulated router of
// Node's program beside it. `make test` builds amd64; the others are tried once `make binary ARCH=…` or
// `make image` made them.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import * as z from "zod/mini";
import { ALL_ARCHS, builtBinary, output } from "../support/image.ts";
import { runner } from "../support/native.ts";
import { startSim } from "../support/program.ts";

/** An emulated board takes its time; this only ends what hangs. */
const RUN_MS = 300_000;
const Report = z.object({ checks: z.array(z.object({ id: z.string(), ok: z.boolean(), what: z.string() })) });

async function runTo(
  words: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number; out: string; err: string }> {
  const [command = "", ...args] = words;
  const child = spawn(command, args, { env: { PATH: process.env["PATH"] ?? "", ...env }, timeout: RUN_MS });
  let out = "";
  let err = "";
  child.stdout.on("data", (part) => (out += part));
  child.stderr.on("data", (part) => (err += part));
  child.stdin.end();
  const [code] = await once(child, "close");
  return { code: Number(code ?? -1), out, err };
}

describe("the binary of each processor", () => {
  let sim: Awaited<ReturnType<typeof startSim>>;
  before(async () => {
    sim = await startSim();
  });
  after(async () => {
    await sim.stop();
  });

  for (const arch of ALL_ARCHS) {
    it(`${arch} needs no library, and works with the simulated router`, async (t) => {
      const binary = builtBinary(arch);
      if (binary === undefined) return t.skip(`dist/${arch}/mikroclaw was not built (make binary ARCH=${arch})`);
      const words = [...runner(arch), binary];
      const [command = ""] = words;
      if (words.length > 1 && spawnSync(command, ["--version"]).status !== 0)
        return t.skip(`${command} is not installed`);
      if (spawnSync("file", ["--version"]).status === 0)
        assert.match(output("file", [binary]), /static(ally|-pie) linked/);
      else t.diagnostic("`file` is not installed, so its opinion is missing");

      const version = await runTo([...words, "--version"], {});
      assert.equal(version.code, 0, version.err);
      assert.match(version.out, /^mikroclaw \d+\.\d+\.\d+/);

      const doctor = await runTo([...words, "doctor", "--json", "--port", "0"], sim.env);
      const { checks } = Report.parse(JSON.parse(doctor.out));
      const router = checks.find((c) => c.id === "router");
      assert.ok(router?.ok, doctor.out);

      const said = await runTo([...words, "agent", "-m", "/devices", "--port", "0"], sim.env);
      assert.equal(said.code, 0, said.err);
      assert.match(said.out, /kids-tablet/);
      assert.match(said.out, /192\.168\.88\./);
      return undefined;
    });
  }
});
