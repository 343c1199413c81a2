// A build with the edges that somebody chose: the others are not in the bundle, nor offered, and what is
// asked of them is answered by a sentence. In Node's program, and in the router's binary where it is built.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import * as z from "zod/mini";
import { builtBinary, output } from "../support/image.ts";

const Integrations = z.array(z.object({ id: z.string(), kind: z.string(), dialect: z.optional(z.string()) }));
const CHOSEN = { CHANNELS: "telegram", PROVIDERS: "openai", TOOLS: "routeros-print", TASKS: "find lease" };
/** What catalog/tools.ts and catalog/tasks.ts make of it. */
const CHOSEN_TOOLS = ["find", "lease", "routeros_print"];
const VARIANT = "test-options";

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function runWith(env: Record<string, string>, command: string, ...args: string[]): Ended {
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const done = spawnSync(command, args, { encoding: "utf8", env: { ...own, ...env } });
  return { status: done.status, out: done.stdout, err: done.stderr };
}

interface Offered {
  readonly channels: string[];
  readonly dialects: string[];
  readonly tools: string[];
}

/** Names of what a program offers, by kind. */
function offered(...words: [string, ...string[]]): Offered {
  const listed = runWith({}, ...words, "integrations", "list", "--json");
  assert.equal(listed.status, 0, listed.err);
  const lines = listed.out.trim().split("\n");
  const all = Integrations.parse(
    lines.length === 1 ? [JSON.parse(lines[0] ?? "")].flat() : lines.map((l) => JSON.parse(l)),
  );
  return {
    channels: all.filter((x) => x.kind === "channel").map((x) => x.id),
    tools: all.filter((x) => x.kind === "tool").map((x) => x.id),
    dialects: [...new Set(all.flatMap((x) => x.dialect ?? []))],
  };
}

describe("a build of chosen edges", () => {
  let folder = "";
  const bundle = (env: Record<string, string>, to: string): Ended =>
    runWith(env, process.execPath, "--import", "tsx", "scripts/bundle.ts", to);
  /** Node's program with a bundle of these edges. */
  const program = (env: Record<string, string>, name: string): [string, string] => {
    const to = join(folder, name);
    mkdirSync(to);
    const made = bundle(env, relative(process.cwd(), to));
    assert.equal(made.status, 0, made.err);
    const parts = readdirSync("dist").filter((file) => file.endsWith(".bin"));
    for (const file of ["mikroclaw.mjs", "sim.bundle.js", ...parts]) copyFileSync(`dist/${file}`, join(to, file));
    return [process.execPath, join(to, "mikroclaw.mjs")];
  };
  before(() => {
    // Beside node_modules, which Node's program loads packages from.
    folder = mkdtempSync(join(process.cwd(), "dist/test-options-"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    for (const made of [`dist/amd64-${VARIANT}`, `dist/native/amd64-${VARIANT}`])
      rmSync(made, { recursive: true, force: true });
  });

  it("offers what was chosen, and is smaller", () => {
    const [node, file] = program(CHOSEN, "chosen");
    assert.deepEqual(offered(node, file), {
      channels: ["cli", "http", "telegram"],
      dialects: ["openai"],
      tools: CHOSEN_TOOLS,
    });
    const text = readFileSync(join(folder, "chosen/mikroclaw.bundle.js"), "utf8");
    for (const leftOut of ["anthropic-version", "parse_url"])
      assert.ok(!text.includes(leftOut), `${leftOut}: what was left out is not in the bundle`);
    const help = runWith({}, node, file, "agent", "--port", "0", "-m", "/help").out;
    assert.match(help, /Tasks: \/find \/lease\n/);
    assert.ok(text.length < statSync("dist/mikroclaw.bundle.js").size);
    const other = runWith(
      { LLM_PROVIDER: "anthropic", ANTHROPIC_API_KEY: "k" },
      node,
      file,
      "agent",
      "--port",
      "0",
      "-m",
      "hello",
    );
    assert.notEqual(other.status, 0);
    assert.match(other.err, /This build leaves out Anthropic/);
  });

  it("says so when an address needs a dialect that was left out", () => {
    const [node, file] = program({ CHANNELS: "", PROVIDERS: "anthropic", TOOLS: "", TASKS: "" }, "anthropic");
    assert.deepEqual(offered(node, file), { channels: ["cli", "http"], dialects: ["anthropic"], tools: [] });
    const env = { LLM_BASE_URL: "http://127.0.0.1:9/v1", MODEL: "m" };
    const asked = runWith(env, node, file, "agent", "--port", "0", "-m", "hello");
    assert.match(asked.out + asked.err, /does not speak the dialect "openai"/);
    assert.doesNotMatch(asked.err, /crash|bug/i);
  });

  it("names the nearest edge to one that is none", () => {
    const wrong = bundle({ CHANNELS: "telegrm" }, relative(process.cwd(), folder));
    assert.equal(wrong.status, 1);
    assert.match(wrong.err, /CHANNELS: there is no "telegrm"\. Did you mean "telegram"\?/);
    const far = bundle({ PROVIDERS: "openai,zzzzzzzzzz" }, relative(process.cwd(), folder));
    assert.equal(far.status, 1);
    assert.match(far.err, /PROVIDERS: there is no "zzzzzzzzzz"\. There are: anthropic, gemini, ollama, openai/);
  });

  it("gives a binary of its own beside the full one", (t) => {
    const full = builtBinary("amd64");
    if (full === undefined) return t.skip("dist/amd64/mikroclaw was not built: the toolchain could not be had");
    if (process.arch !== "x64") return t.skip("this machine does not run amd64 programs");
    const made = runWith({ ...CHOSEN, SKILLS: "no", VARIANT }, "scripts/native/build.sh", "amd64");
    assert.equal(made.status, 0, made.err);
    const own = `dist/amd64-${VARIANT}/mikroclaw`;
    assert.ok(statSync(own).size < statSync(full).size);
    assert.match(output(own, ["--version"]), /^mikroclaw \d/);
    assert.deepEqual(offered(own), {
      channels: ["cli", "http", "telegram"],
      dialects: ["openai"],
      tools: CHOSEN_TOOLS,
    });
    // One `**` in what everybody has, and pow is in it again (src/base/power.ts).
    const operations = readFileSync(`dist/native/amd64-${VARIANT}/operations`, "utf8").split("\n");
    assert.ok(operations.includes("await") && !operations.includes("pow"), operations.join(" "));
    return undefined;
  });
});
