// Files of the Node host where only a real disk will do: things that are no files, a full
// disk, a program that dies in the middle, and a folder that turns into a link meanwhile.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isFault } from "../../src/base/fault.ts";
import { rootScope } from "../../src/base/scope.ts";
import { type Abi, OP } from "../../src/port/abi.ts";
import { makeBridge } from "../../src/port/bridge.ts";
import type { Files } from "../../src/port/host.ts";
import { makeTestHost, type TestHost } from "../support/node-host.ts";
import { bad, good } from "./host-ground.ts";

const text = (t: string): Uint8Array => new Uint8Array(Buffer.from(t));

function filesOf(g: Pick<TestHost, "host">): Files {
  const files = g.host.files("workspace");
  assert.ok(files !== null);
  return files;
}

async function withHost(
  body: (g: TestHost, files: Files) => Promise<void>,
  more: Parameters<typeof makeTestHost>[0] = {},
): Promise<void> {
  const g = makeTestHost(more);
  await body(g, filesOf(g)).finally(() => g.end());
}

test("node files: a fifo, a socket and a device are left alone, and nothing hangs on them", () =>
  withHost(async (g, files) => {
    const at = (name: string): string => join(g.workspace, name);
    execFileSync("mkfifo", [at("fifo")]);
    const server = createServer().listen(at("socket"));
    await new Promise((listening) => server.once("listening", listening));
    const things = ["fifo", "socket"];
    // Making a device needs the right to; where it is missing, the others stand for it.
    if (process.getuid?.() === 0) {
      execFileSync("mknod", [at("null"), "c", "1", "3"]);
      things.push("null");
    }
    for (const name of things) {
      bad(await files.read(g.scope, name, 10), "denied");
      bad(await files.replace(g.scope, name, text("x")), "denied");
      bad(await files.append(g.scope, name, text("x"), true), "denied");
      bad(await files.list(g.scope, name, 10), "missing", "denied");
      assert.equal(good(await files.stat(g.scope, name)).kind, "other");
    }
    server.close();
  }));

test("node files: a missing workspace is missing to readers and made by the first write", () =>
  withHost(async (g, files) => {
    rmSync(g.workspace, { recursive: true });
    bad(await files.read(g.scope, "a", 10), "missing");
    bad(await files.list(g.scope, "", 10), "missing");
    good(await files.replace(g.scope, "a", text("x")));
    assert.equal(readFileSync(join(g.workspace, "a"), "utf8"), "x");
    // What an agent writes is its owner's business alone.
    assert.equal(statSync(join(g.workspace, "a")).mode & 0o077, 0);
  }));

test("node files: the root stays the folder it was when somebody renames it", () =>
  withHost(async (g, files) => {
    good(await files.replace(g.scope, "a", text("first")));
    renameSync(g.workspace, `${g.workspace}-moved`);
    symlinkSync("/etc", g.workspace);
    assert.equal(Buffer.from(good(await files.read(g.scope, "a", 10))).toString(), "first");
    bad(await files.read(g.scope, "hostname", 100), "missing");
    unlinkSync(g.workspace);
  }));

test("node files: the owner's own files are read through links", () =>
  withHost(async (g) => {
    const real = join(g.workspace, "real.json");
    writeFileSync(real, "{}");
    linkSync(real, join(g.workspace, "second.json"));
    symlinkSync(real, join(g.workspace, "link.json"));
    const config = g.host.files("config");
    for (const name of ["real.json", "second.json", "link.json"]) {
      const bytes = await config?.read(g.scope, join(g.workspace, name).slice(1), 100);
      assert.equal(Buffer.from(bytes instanceof Uint8Array ? bytes : []).toString(), "{}");
    }
    bad(await config?.read(g.scope, "dev/zero", 10), "denied");
    bad(await config?.read(g.scope, "etc", 10), "denied");
  }));

// The race that a check of the path beforehand loses: between the look and the use the
// folder becomes a link to a place outside.
test("node files: a folder that keeps turning into a link never leads out", () =>
  withHost(async (g, files) => {
    const outside = mkdtempSync(join(tmpdir(), "mikroclaw-outside-"));
    const at = (name: string): string => join(g.workspace, name);
    mkdirSync(at("real"));
    mkdirSync(at("d"));
    writeFileSync(join(outside, "secret"), "outside");
    const swapper = `
      const { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } = require("node:fs");
      const [root, outside] = process.argv.slice(1);
      const attempt = (run) => { try { run(); } catch {} };
      process.stdout.write("on");
      for (;;) {
        attempt(() => renameSync(root + "/d", root + "/aside"));
        attempt(() => symlinkSync(outside, root + "/d"));
        attempt(() => unlinkSync(root + "/d"));
        attempt(() => renameSync(root + "/aside", root + "/d"));
        // Meanwhile the host may have made a folder of that name, as it was asked to.
        attempt(() => rmSync(root + "/aside", { recursive: true, force: true }));
        attempt(() => mkdirSync(root + "/d"));
        attempt(() => symlinkSync(outside + "/secret", root + "/link"));
        attempt(() => renameSync(root + "/link", root + "/f"));
        attempt(() => writeFileSync(root + "/plain", "inside"));
        attempt(() => renameSync(root + "/plain", root + "/f"));
      }`;
    const { spawn } = await import("node:child_process");
    const child = spawn(process.execPath, ["-e", swapper, g.workspace, outside], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((started) => child.stdout.once("data", started));
    const seen = { done: 0, refused: 0 };
    for (let i = 0; i < 300; i += 1) {
      const outcomes = await Promise.all([
        files.append(g.scope, `d/made-${i}`, text("x"), false),
        files.replace(g.scope, `d/replaced-${i}`, text("x")),
        files.folder(g.scope, `d/folder-${i}`),
        files.read(g.scope, "d/secret", 100),
        files.remove(g.scope, "d/secret"),
        files.append(g.scope, "f", text("x"), false),
        files.read(g.scope, "f", 100).then((r) => {
          assert.ok(isFault(r) || !Buffer.from(r).toString().includes("outside"), "content from outside was read");
          return r;
        }),
      ]);
      for (const outcome of outcomes) {
        if (isFault(outcome)) bad(outcome, "denied", "missing");
        seen[isFault(outcome) ? "refused" : "done"] += 1;
      }
      bad(outcomes[3], "denied", "missing");
    }
    assert.equal(child.exitCode, null, "the swapping program ended early");
    child.kill("SIGKILL");
    await new Promise((exited) => child.once("exit", exited));
    assert.deepEqual(readdirSync(outside), ["secret"], "something was made outside");
    assert.equal(readFileSync(join(outside, "secret"), "utf8"), "outside");
    assert.ok(seen.done > 0 && seen.refused > 600, `the race was not run: ${JSON.stringify(seen)}`);
    rmSync(outside, { recursive: true });
  }));

/** The ABI of a program that dies right after its n-th file operation has begun. */
function dying(abi: Abi, n: number): Abi & { alive(): boolean } {
  let left = n;
  return {
    sync: (op, a, b) => abi.sync(op, a, b),
    cancel: (id) => abi.cancel(id),
    alive: () => left > 0,
    submit(id, op, a, b) {
      if (op < OP.FS_READ || op > OP.FS_MKDIR) return abi.submit(id, op, a, b);
      left -= 1;
      if (left >= 0) abi.submit(id, op, a, b);
    },
  };
}

test("node files: a replace that dies at any step leaves the old or the new content whole", () =>
  withHost(async (g, files) => {
    const outcomes: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      good(await files.replace(g.scope, "settings", text("old".repeat(1000))));
      const other = makeTestHost({ roots: { workspace: g.workspace } });
      const abi = dying(other.node.abi, n);
      const { host, complete } = makeBridge(abi);
      let dead = false;
      other.node.onComplete((id, code, value) => {
        if (abi.alive()) complete(id, code, value);
        else dead = true;
      });
      const root = rootScope(host.timers);
      const wrote = filesOf({ host }).replace(root.scope, "settings", text("new".repeat(2000)));
      await Promise.race([wrote, g.host.clock.sleep(g.scope, 150)]);
      await other.end();
      const left = Buffer.from(good(await files.read(g.scope, "settings", 100_000))).toString();
      assert.ok(left === "old".repeat(1000) || left === "new".repeat(2000), `torn after ${n} operations`);
      outcomes.push(`${left.slice(0, 3)}${dead || n === 0 ? "" : ", finished"}`);
    }
    assert.equal(outcomes[0]?.slice(0, 3), "old");
    assert.equal(outcomes.at(-1)?.slice(0, 3), "new");
  }));

/** Mounts a tiny disk, or says why that is not possible here. */
function tinyDisk(): { path: string; unmount(): void } | string {
  if (process.getuid?.() !== 0) return "only root may mount a tiny disk";
  const path = mkdtempSync(join(tmpdir(), "mikroclaw-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    rmSync(path, { recursive: true });
    return `mount does not work here: ${String(error).slice(0, 100)}`;
  }
  return {
    path,
    unmount() {
      execFileSync("umount", ["-l", path]);
      rmSync(path, { recursive: true });
    },
  };
}

test("node files: a full disk is a limit, keeps the old content whole and leaves no rubbish", async (t) => {
  const disk = tinyDisk();
  if (typeof disk === "string") return t.skip(disk);
  const g = makeTestHost({ roots: { workspace: disk.path } });
  try {
    const files = filesOf(g);
    good(await files.replace(g.scope, "notes", text("old".repeat(100))));
    const f = bad(await files.replace(g.scope, "notes", new Uint8Array(100_000)), "limit");
    assert.equal(f.code, "nospace");
    assert.equal(Buffer.from(good(await files.read(g.scope, "notes", 1000))).toString(), "old".repeat(100));
    assert.deepEqual(good(await files.list(g.scope, "", 10)), ["notes"]);
    good(await files.replace(g.scope, "notes", text("new")));
    assert.equal(Buffer.from(good(await files.read(g.scope, "notes", 1000))).toString(), "new");
    bad(await files.append(g.scope, "notes", new Uint8Array(100_000), true), "limit");
  } finally {
    await g.end();
    disk.unmount();
  }
});
