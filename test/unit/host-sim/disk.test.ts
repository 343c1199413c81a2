// Files of the simulator: what the operations answer, what a full disk does, and what is
// left after a power cut: old or new content whole where the program synced and renamed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/base/fault.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/base/utf8.ts";
import { type Disk, makeDisk } from "../../../src/host/sim/disk.ts";
import type { FileArgs } from "../../../src/host/sim/disk-ops.ts";
import { makePrng } from "../../../src/host/sim/prng.ts";
import { CODE, OP } from "../../../src/port/abi.ts";
import { drive, settle } from "../../sim/support/drive.ts";
import { machineOn, ok, withRoot, world } from "../../sim/support/worlds.ts";
import { RUNS, SEED } from "../../support/seed.ts";

const NONE = new Uint8Array(0);

function disk(seed = SEED, readOnly = false): Disk {
  return makeDisk(makePrng(seed), () => 1_000, { "a/one.txt": "one", "empty/": "" }, readOnly);
}

function run(
  d: Disk,
  op: number,
  path: string,
  more: Partial<FileArgs> = {},
  text?: string,
): { code: number; value: unknown } {
  return d.run(op, { root: "workspace", path, ...more }, text === undefined ? NONE : encodeUtf8(text));
}

const read = (d: Disk, path: string): string | null => {
  const bytes = d.read(path);
  return bytes === null ? null : decodeUtf8(bytes);
};

test("reads from an offset, at most so many bytes", () => {
  const d = disk();
  assert.deepEqual(run(d, OP.FS_READ, "a/one.txt", { offset: 1, max: 1 }), { code: CODE.OK, value: encodeUtf8("n") });
  assert.deepEqual(run(d, OP.FS_READ, "a/one.txt", { offset: 9, max: 9 }).value, NONE);
});

const REFUSALS: ReadonlyArray<readonly [string, number, string, Partial<FileArgs>, number]> = [
  ["a file that is not there", OP.FS_READ, "x", {}, CODE.NOTFOUND],
  ["a file as a folder", OP.FS_READ, "a/one.txt/x", {}, CODE.NOTFOUND],
  ["reading a folder", OP.FS_READ, "a", {}, CODE.DENIED],
  ["writing a folder", OP.FS_WRITE, "a", {}, CODE.DENIED],
  ["writing below a folder that is not there", OP.FS_WRITE, "b/x", {}, CODE.NOTFOUND],
  ["writing exclusively what is there", OP.FS_WRITE, "a/one.txt", { exclusive: true }, CODE.EXISTS],
  ["appending to nothing without create", OP.FS_APPEND, "x", { create: false }, CODE.NOTFOUND],
  ["following a link", OP.FS_READ, "link", {}, CODE.DENIED],
  ["writing through a link", OP.FS_WRITE, "link", {}, CODE.DENIED],
  ["walking through a link", OP.FS_READ, "linked/one.txt", {}, CODE.DENIED],
  ["writing a file with two names", OP.FS_WRITE, "twin", {}, CODE.DENIED],
  ["appending to a file with two names", OP.FS_APPEND, "twin", {}, CODE.DENIED],
  ["making a folder that is there", OP.FS_MKDIR, "a", {}, CODE.EXISTS],
  ["removing a folder with something in it", OP.FS_REMOVE, "a", {}, CODE.DENIED],
  ["removing nothing", OP.FS_REMOVE, "x", {}, CODE.NOTFOUND],
  ["renaming nothing", OP.FS_RENAME, "x", { to: "y" }, CODE.NOTFOUND],
  ["renaming onto a full folder", OP.FS_RENAME, "empty", { to: "a" }, CODE.DENIED],
  ["two dots", OP.FS_READ, "a/../a/one.txt", {}, CODE.INVALID],
  ["an absolute path", OP.FS_READ, "/a/one.txt", {}, CODE.INVALID],
  ["a NUL", OP.FS_READ, "a/one.txt\0", {}, CODE.INVALID],
  ["two dots as the new name", OP.FS_RENAME, "a/one.txt", { to: "../x" }, CODE.INVALID],
];

for (const [what, op, path, more, code] of REFUSALS) {
  test(`${what} is refused and changes nothing`, () => {
    const d = disk();
    d.symlink("link", "a/one.txt");
    d.symlink("linked", "a");
    d.write("origin", "same");
    d.hardLink("origin", "twin");
    const before = d.paths().map((p) => [p, read(d, p)]);
    assert.equal(run(d, op, path, more, "new").code, code);
    assert.deepEqual(
      d.paths().map((p) => [p, read(d, p)]),
      before,
    );
  });
}

test("a read-only root refuses every change and lets reads through", () => {
  const d = disk(SEED, true);
  for (const op of [OP.FS_WRITE, OP.FS_APPEND, OP.FS_SYNC, OP.FS_RENAME, OP.FS_REMOVE, OP.FS_MKDIR]) {
    assert.equal(run(d, op, "a/one.txt", { to: "b" }, "x").code, CODE.DENIED);
  }
  assert.equal(run(d, OP.FS_READ, "a/one.txt", { max: 9 }).code, CODE.OK);
});

test("a full disk refuses, keeps within its size and leaves other files alone", () => {
  for (let i = 0; i < RUNS(50); i += 1) {
    const d = disk(SEED + i);
    d.capacityBytes = 10;
    assert.equal(run(d, OP.FS_WRITE, "big", {}, "0123456789").code, CODE.NOSPACE);
    assert.ok((read(d, "big") ?? "").length <= 7);
    assert.ok("0123456789".startsWith(read(d, "big") ?? ""));
    assert.equal(read(d, "a/one.txt"), "one");
    assert.equal(run(d, OP.FS_REMOVE, "big").code, CODE.OK);
    assert.equal(run(d, OP.FS_WRITE, "fits", {}, "1234567").code, CODE.OK);
  }
});

test("what was synced, name and content, survives every power cut", () => {
  for (let i = 0; i < RUNS(200); i += 1) {
    const d = disk(SEED + i);
    run(d, OP.FS_WRITE, "a/log", {}, "kept ");
    run(d, OP.FS_SYNC, "a/log");
    run(d, OP.FS_SYNC, "a");
    run(d, OP.FS_APPEND, "a/log", {}, "perhaps");
    d.powerCut();
    assert.ok((read(d, "a/log") ?? "").startsWith("kept "));
  }
});

test("without a sync a power cut may lose names and contents, and does", () => {
  const seen = new Set<string | null>();
  for (let i = 0; i < RUNS(200); i += 1) {
    const d = disk(SEED + i);
    run(d, OP.FS_WRITE, "fresh", {}, "content");
    d.powerCut();
    seen.add(read(d, "fresh"));
  }
  assert.ok(seen.has(null) && seen.has("") && seen.has("content"));
  assert.ok(
    [...seen].some((t) => t !== null && t !== "" && t !== "content"),
    "never torn",
  );
});

test("a rename without a sync before it can leave an empty file: the simulator catches that mistake", () => {
  const seen = new Set<string | null>();
  for (let i = 0; i < RUNS(200); i += 1) {
    const d = disk(SEED + i);
    run(d, OP.FS_WRITE, "a/temp", {}, "new");
    run(d, OP.FS_RENAME, "a/temp", { to: "a/one.txt" });
    run(d, OP.FS_SYNC, "a");
    d.powerCut();
    seen.add(read(d, "a/one.txt"));
  }
  assert.ok(seen.has(""));
});

test("Files.replace leaves the old or the new content whole, whenever the power goes", async () => {
  const seen = new Set<string>();
  for (let i = 0; i < RUNS(150); i += 1) {
    const w = world(SEED + i);
    const { machine, host } = machineOn(w, "agent", {
      address: "10.0.0.9",
      roots: { workspace: { "note.txt": "old" } },
    });
    let crashed = false;
    w.at(w.chance("cut").below(25_000) / 1000, () => {
      crashed = true;
      machine.crash();
    });
    let replaced = false;
    const files = host.files("workspace");
    assert.ok(files !== null);
    await drive(w, () =>
      Promise.race([
        withRoot(host, async (s) => {
          const r = await files.replace(s, "note.txt", encodeUtf8("the new one"));
          replaced = !isFault(r);
        }),
        new Promise<void>((resolve) => w.at(60_000, resolve)),
      ]),
    );
    // It was done before the power went.
    await settle(w, w.nowMs() + 30);
    assert.equal(crashed, true);
    const left = read(machine.disk("workspace"), "note.txt") ?? "nothing";
    assert.ok(left === "old" || left === "the new one", left);
    if (replaced) assert.equal(left, "the new one");
    seen.add(left);
  }
  assert.equal(seen.size, 2);
});

test("a machine keeps its disk over kill and restart, and may lose what was not synced over a power cut", async () => {
  const w = world(SEED);
  const { machine, host } = machineOn(w, "agent", { address: "10.0.0.9", roots: { workspace: {} } });
  await drive(w, () =>
    withRoot(host, (s) => ok(host.files("workspace")?.append(s, "log", encodeUtf8("line\n"), false) ?? undefined)),
  );
  machine.kill();
  machine.restart();
  assert.equal(read(machine.disk("workspace"), "log"), "line\n");
});
