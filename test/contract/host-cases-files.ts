// Cases of the host suite about files: what works, what stays within the root, and what a
// kill in the middle of a replace leaves behind.

import assert from "node:assert/strict";
import { isFault } from "../../src/base/fault.ts";
import type { Files } from "../../src/port/host.ts";
import { bad, type Case, type Ground, good } from "./host-ground.ts";

const text = (t: string): Uint8Array => new Uint8Array(Buffer.from(t));
const said = (b: Uint8Array): string => Buffer.from(b).toString();

function workspace(g: Ground): Files {
  const files = g.host.files("workspace");
  assert.ok(files !== null);
  return files;
}

/** Paths that must never be taken, on any host. */
const ESCAPES: readonly string[] = [
  "..",
  "../outside",
  "../../etc/passwd",
  "a/../../outside",
  "a/..",
  "./../outside",
  ".",
  "./a",
  "a/.",
  "a/./b",
  "/",
  "/etc/passwd",
  "//etc/passwd",
  "///",
  "/proc/self/root/etc/passwd",
  "/proc/self/cwd",
  "/dev/null",
  "a//b",
  "a/",
  "folder/",
  "../",
  "..//..//outside",
  "a\0",
  "a\0/../../outside",
  "\0",
  "a\nb",
  "\u001b[2J",
  "folder/../..",
  "folder/../../outside",
  "..\0",
  "x".repeat(2000),
  `${"d/".repeat(600)}x`,
  `folder/${"n".repeat(256)}`,
  "a\u007f",
  "../workspace/../outside",
  "/workspace/a",
  "....//../outside",
  "folder//..",
];

/** Names that look like an escape and are plain names: they stay within the root. */
const LOOKALIKES: readonly string[] = [
  "..\u2215outside",
  "\uff0e\uff0e",
  "%2e%2e%2foutside",
  "..%00",
  "~",
  "~root",
  "-rf",
  "$(id)",
  "...",
  "C:\\x",
  "a\\..\\..\\b",
  "\u202egnp.txt",
];

async function refusesEscapes(g: Ground): Promise<void> {
  const files = workspace(g);
  good(await files.folder(g.scope, "folder"));
  good(await files.replace(g.scope, "folder/inside", text("inside")));
  const before = good(await files.list(g.scope, "", 100));
  for (const path of ESCAPES) {
    const outcomes = [
      await files.read(g.scope, path, 100),
      await files.replace(g.scope, path, text("escaped")),
      await files.append(g.scope, path, text("escaped"), false),
      await files.append(g.scope, path, new Uint8Array(0), true),
      await files.remove(g.scope, path),
      await files.list(g.scope, path, 100),
      await files.stat(g.scope, path),
      await files.folder(g.scope, path),
    ];
    for (const outcome of outcomes) bad(outcome, "input");
  }
  assert.deepEqual(good(await files.list(g.scope, "", 100)), before);
  assert.equal(said(good(await files.read(g.scope, "folder/inside", 100))), "inside");
}

async function lookalikesStayIn(g: Ground): Promise<void> {
  const files = workspace(g);
  for (const name of LOOKALIKES) {
    good(await files.replace(g.scope, name, text(name)));
    assert.equal(said(good(await files.read(g.scope, name, 1000))), name);
  }
  assert.deepEqual([...good(await files.list(g.scope, "", 100))].sort(), [...LOOKALIKES].sort());
  for (const name of LOOKALIKES) good(await files.remove(g.scope, name));
}

async function linksAreNotFollowed(g: Ground): Promise<void> {
  const files = workspace(g);
  const plant = g.tools.plant;
  assert.ok(plant !== undefined);
  good(await files.folder(g.scope, "real"));
  plant.file("real/target", "target");
  plant.symlink("to-file", "real/target");
  plant.symlink("to-folder", "real");
  plant.symlink("to-nothing", "nowhere");
  plant.symlink("to-outside", "/etc/hostname");
  plant.symlink("to-parent", "..");
  plant.symlink("loop", "loop");
  plant.symlink("real/up", "..");
  const files2 = [
    "to-file",
    "to-outside",
    "to-nothing",
    "loop",
    "to-folder/target",
    "to-folder/new",
    "to-parent/x",
    "real/up/real/target",
  ];
  for (const path of files2) {
    bad(await files.read(g.scope, path, 100), "denied", "missing");
    bad(await files.replace(g.scope, path, text("escaped")), "denied", "missing");
    bad(await files.append(g.scope, path, text("escaped"), false), "denied", "missing");
  }
  for (const path of ["to-folder", "to-parent", "loop"]) bad(await files.list(g.scope, path, 10), "denied", "missing");
  for (const path of ["to-folder/sub", "to-parent/sub"]) bad(await files.folder(g.scope, path), "denied", "missing");
  assert.equal(good(await files.stat(g.scope, "to-file")).kind, "other");
  assert.equal(plant.read("real/target"), "target");
  // Removing a link removes the link.
  good(await files.remove(g.scope, "to-file"));
  assert.equal(plant.read("real/target"), "target");
}

async function hardLinks(g: Ground): Promise<void> {
  const files = workspace(g);
  const plant = g.tools.plant;
  assert.ok(plant !== undefined);
  plant.file("one", "shared");
  plant.hardLink("two", "one");
  for (const path of ["one", "two"]) {
    bad(await files.replace(g.scope, path, text("changed")), "denied");
    bad(await files.append(g.scope, path, text("changed"), false), "denied");
    bad(await files.read(g.scope, path, 100), "denied");
  }
  assert.equal(plant.read("one"), "shared");
  good(await files.remove(g.scope, "two"));
  assert.equal(said(good(await files.read(g.scope, "one", 100))), "shared");
}

const daily: readonly Case[] = [
  {
    id: "files-round",
    title: "files are made, read, replaced, appended to, listed and removed",
    async on(g) {
      const files = workspace(g);
      good(await files.replace(g.scope, "a.txt", text("one")));
      good(await files.replace(g.scope, "a.txt", text("two, longer")));
      good(await files.append(g.scope, "a.txt", text("+"), true));
      good(await files.append(g.scope, "new", text("made"), false));
      assert.equal(said(good(await files.read(g.scope, "a.txt", 100))), "two, longer+");
      assert.equal(said(good(await files.read(g.scope, "a.txt", 3))), "two");
      const stat = good(await files.stat(g.scope, "a.txt"));
      assert.deepEqual([stat.bytes, stat.kind], [12, "file"]);
      assert.deepEqual([...good(await files.list(g.scope, "", 100))].sort(), ["a.txt", "new"]);
      assert.equal(good(await files.list(g.scope, "", 1)).length, 1);
      good(await files.remove(g.scope, "a.txt"));
      assert.deepEqual(good(await files.list(g.scope, "", 100)), ["new"]);
    },
  },
  {
    id: "files-bytes",
    title: "content is bytes: empty, every value, a quarter of a megabyte",
    async on(g) {
      const files = workspace(g);
      for (const size of [0, 1, 256, 262_144]) {
        const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7) & 255);
        good(await files.replace(g.scope, "bytes", bytes));
        assert.ok(Buffer.from(good(await files.read(g.scope, "bytes", 262_144))).equals(bytes));
      }
    },
  },
  {
    id: "files-folders",
    title: "folders are made with those above them, and are not files",
    async on(g) {
      const files = workspace(g);
      good(await files.folder(g.scope, "a/b/c"));
      good(await files.folder(g.scope, "a/b/c"));
      good(await files.replace(g.scope, "a/b/c/ü 文.txt", text("x")));
      assert.deepEqual(good(await files.list(g.scope, "a/b/c", 10)), ["ü 文.txt"]);
      assert.equal(good(await files.stat(g.scope, "a/b")).kind, "folder");
      assert.equal(good(await files.stat(g.scope, "")).kind, "folder");
      bad(await files.read(g.scope, "a/b", 10), "denied");
      bad(await files.replace(g.scope, "a/b", text("x")), "denied");
      bad(await files.append(g.scope, "a/b", text("x"), false), "denied");
      bad(await files.remove(g.scope, "a/b"), "denied");
      bad(await files.read(g.scope, "a/b/c/ü 文.txt/below", 10), "missing", "denied");
      assert.deepEqual(good(await files.list(g.scope, "a", 10)), ["b"]);
    },
  },
  {
    id: "files-missing",
    title: "what is not there is missing",
    async on(g) {
      const files = workspace(g);
      for (const path of ["nothing", "no/folder/here"]) {
        bad(await files.read(g.scope, path, 10), "missing");
        bad(await files.stat(g.scope, path), "missing");
        bad(await files.list(g.scope, path, 10), "missing");
        bad(await files.remove(g.scope, path), "missing");
      }
      bad(await files.replace(g.scope, "no/folder", text("x")), "missing");
    },
  },
  {
    id: "files-many",
    title: "many at once do not disturb each other",
    async on(g) {
      const files = workspace(g);
      const names = Array.from({ length: 40 }, (_, i) => `file-${i}`);
      await Promise.all(names.map(async (name) => good(await files.replace(g.scope, name, text(name)))));
      for (const name of names) assert.equal(said(good(await files.read(g.scope, name, 100))), name);
      const same = names.map(async (name) => files.replace(g.scope, "same", text(name.repeat(500))));
      for (const outcome of await Promise.all(same)) good(outcome);
      const last = said(good(await files.read(g.scope, "same", 100_000)));
      assert.ok(
        names.some((name) => last === name.repeat(500)),
        "the last content is one of them, whole",
      );
      const left = good(await files.list(g.scope, "", 100)).filter((name) => !names.includes(name));
      assert.deepEqual(left, ["same"]);
    },
  },
];

const config: Case = {
  id: "files-config",
  title: "the owner's own files are only read",
  async on(g) {
    const files = g.host.files("config");
    assert.ok(files !== null);
    bad(await files.replace(g.scope, "tmp/mikroclaw-must-not-be", text("x")), "denied");
    bad(await files.append(g.scope, "tmp/mikroclaw-must-not-be", text("x"), false), "denied");
    bad(await files.folder(g.scope, "tmp/mikroclaw-must-not-be"), "denied");
    bad(await files.remove(g.scope, "tmp/mikroclaw-must-not-be"), "denied");
    const missing = await files.read(g.scope, "tmp/mikroclaw-must-not-be", 10);
    assert.ok(isFault(missing) && missing.fault === "missing");
  },
};

export const fileCases: readonly Case[] = [
  ...daily,
  config,
  { id: "files-escapes", title: `${ESCAPES.length} paths that lead out of the root are refused`, on: refusesEscapes },
  { id: "files-lookalikes", title: "names that only look like a way out stay within", on: lookalikesStayIn },
  { id: "files-links", title: "no link is followed, at the end or in the middle", on: linksAreNotFollowed },
  { id: "files-hard-links", title: "a file with a second name is left alone", on: hardLinks },
];
