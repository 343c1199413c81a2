// The file operations of the ABI over a tree in memory: beneath one root, no link is
// followed, a file with a second name is not written, a full disk leaves half a write.

import { FILE_READ_BYTES_MAX } from "../../base/limits.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import { type AbiValue, CODE, OP } from "../../port/abi.ts";
import { type Entry, type FileNode, type FolderNode, makeTree, newFile, newFolder, type Tree } from "./disk-tree.ts";
import type { Prng } from "./prng.ts";

/** The first argument of a file operation, parsed. */
export interface FileArgs {
  root: string;
  path: string;
  to?: string;
  offset?: number;
  max?: number;
  exclusive?: boolean;
  create?: boolean;
}

export interface Ended {
  code: number;
  value: AbiValue;
}

/** Paths of files → content; a path that ends in "/" is a folder. */
export type FileTree = Readonly<Record<string, string | Uint8Array>>;

/** One root's files; the calls besides `run` are for the person at the machine: at once, and synced. */
export interface Disk {
  run(op: number, args: FileArgs, bytes: Uint8Array): Ended;
  /** Null: not a file, or not there. */
  read(path: string): Uint8Array | null;
  /** Makes folders on the way. */
  write(path: string, content: string | Uint8Array): void;
  symlink(path: string, target: string): void;
  /** A second name for the file at `path`. */
  hardLink(path: string, to: string): void;
  remove(path: string): void;
  /** All files, sorted. */
  paths(): string[];
  /** Writes beyond it are NOSPACE. */
  capacityBytes: number;
  powerCut(): void;
}

const ended = (code: number, value?: AbiValue): Ended => ({ code, value });
const missing = ended(CODE.NOTFOUND, "There is nothing of that name.");
const other = ended(CODE.DENIED, "There is something else than a plain file at this path.");
const full = ended(CODE.NOSPACE, "The disk is full.");

interface Place {
  folder: FolderNode;
  name: string;
  entry: Entry | undefined;
}

function isEnded(x: object): x is Ended {
  return "code" in x;
}

/** Walks to the folder that holds the last name. Links on the way are not followed. */
function walk(tree: Tree, path: string): Place | Ended {
  const names = path.split("/");
  const name = names.pop() ?? "";
  let folder = tree.root;
  for (const step of [...names, name]) {
    // The bridge refuses these as bad input; a host does not rely on it.
    if (step === "" || step === "." || step === ".." || step.includes("\0")) {
      return ended(CODE.INVALID, "This path is not allowed.");
    }
  }
  for (const step of names) {
    const next = folder.entries.get(step);
    if (next === undefined || next.kind === "file") return missing;
    if (next.kind === "other") return ended(CODE.DENIED, "A link on this path leads elsewhere; links are not followed.");
    folder = next;
  }
  return { folder, name, entry: folder.entries.get(name) };
}

interface Ctx {
  tree: Tree;
  prng: Prng;
  nowMs(): number;
  capacity(): number;
}

/** Fills the file as far as the disk reaches. */
function fill(ctx: Ctx, file: FileNode, content: Uint8Array): Ended {
  const room = ctx.capacity() - ctx.tree.usedBytes() + file.content.length;
  file.changedMs = ctx.nowMs();
  if (content.length <= room) {
    file.content = content;
    return ended(CODE.OK);
  }
  file.content = content.slice(0, ctx.prng.below(Math.max(0, room) + 1));
  return full;
}

function put(ctx: Ctx, at: Place, args: FileArgs, content: (old: Uint8Array) => Uint8Array): Ended {
  const { folder, name, entry } = at;
  if (entry !== undefined && args.exclusive === true) return ended(CODE.EXISTS, "There is something of that name already.");
  if (entry === undefined) {
    if (args.create === false) return missing;
    const made = newFile(ctx.nowMs());
    ctx.tree.change([{ folder, name, to: made }]);
    return fill(ctx, made, content(made.content));
  }
  if (entry.kind !== "file") return other;
  if (entry.links > 1) return ended(CODE.DENIED, "This file has more than one name (a hard link), so it is left alone.");
  return fill(ctx, entry, content(entry.content));
}

function append(old: Uint8Array, more: Uint8Array): Uint8Array {
  const out = new Uint8Array(old.length + more.length);
  out.set(old);
  out.set(more, old.length);
  return out;
}

function rename(ctx: Ctx, from: Place, to: Place): Ended {
  if (from.entry === undefined) return missing;
  if (from.entry === to.entry) return ended(CODE.OK);
  if (to.entry?.kind === "folder") {
    if (from.entry.kind !== "folder" || to.entry.entries.size > 0) return ended(CODE.DENIED, "There is a folder at that path.");
  } else if (from.entry.kind === "folder" && to.entry !== undefined) return other;
  ctx.tree.change([
    { folder: from.folder, name: from.name, to: null },
    { folder: to.folder, name: to.name, to: from.entry },
  ]);
  return ended(CODE.OK);
}

function remove(ctx: Ctx, at: Place): Ended {
  if (at.entry === undefined) return missing;
  if (at.entry.kind === "folder" && at.entry.entries.size > 0) return ended(CODE.DENIED, "The folder is not empty.");
  ctx.tree.change([{ folder: at.folder, name: at.name, to: null }]);
  return ended(CODE.OK);
}

function stat(entry: Entry): Ended {
  const file = entry.kind === "file" ? entry : null;
  const changedMs = entry.kind === "other" ? 0 : entry.changedMs;
  return ended(CODE.OK, JSON.stringify({ bytes: file?.content.length ?? 0, kind: entry.kind, links: file?.links ?? 1, changedMs }));
}

function list(ctx: Ctx, folder: FolderNode, max: number): Ended {
  const names = [...folder.entries.keys()];
  // A real folder has no order either.
  for (let i = names.length - 1; i > 0; i -= 1) {
    const k = ctx.prng.below(i + 1);
    [names[i], names[k]] = [names[k] as string, names[i] as string];
  }
  return ended(CODE.OK, JSON.stringify(names.slice(0, max)));
}

function onFolder(ctx: Ctx, op: number, folder: FolderNode, args: FileArgs): Ended {
  if (op === OP.FS_LIST) return list(ctx, folder, args.max ?? 0);
  if (op === OP.FS_STAT) return stat(folder);
  if (op === OP.FS_MKDIR) return ended(CODE.EXISTS, "There is something of that name already.");
  if (op !== OP.FS_SYNC) return other;
  ctx.tree.syncNames(folder);
  return ended(CODE.OK);
}

function onEntry(ctx: Ctx, op: number, at: Place, args: FileArgs, bytes: Uint8Array): Ended {
  const { entry } = at;
  if (op === OP.FS_WRITE) return put(ctx, at, args, () => bytes.slice());
  if (op === OP.FS_APPEND) return put(ctx, at, args, (old) => append(old, bytes));
  if (op === OP.FS_REMOVE) return remove(ctx, at);
  if (op === OP.FS_RENAME) {
    const to = walk(ctx.tree, args.to ?? "");
    return isEnded(to) ? to : rename(ctx, at, to);
  }
  if (op === OP.FS_MKDIR && entry === undefined) {
    ctx.tree.change([{ folder: at.folder, name: at.name, to: newFolder(ctx.nowMs()) }]);
    return ended(CODE.OK);
  }
  if (op === OP.FS_MKDIR) return ended(CODE.EXISTS, "There is something of that name already.");
  if (entry === undefined) return missing;
  if (entry.kind === "folder") return onFolder(ctx, op, entry, args);
  if (op === OP.FS_STAT) return stat(entry);
  if (entry.kind === "other") return other;
  if (op === OP.FS_SYNC) entry.durable = entry.content;
  if (op === OP.FS_SYNC) return ended(CODE.OK);
  if (op === OP.FS_LIST) return missing;
  const from = args.offset ?? 0;
  return ended(CODE.OK, entry.content.slice(from, from + (args.max ?? FILE_READ_BYTES_MAX)));
}

/** The files of one root. A read-only one refuses every change. */
export function makeDisk(prng: Prng, nowMs: () => number, files: FileTree, readOnly: boolean): Disk {
  const tree = makeTree(prng, nowMs);
  const ctx: Ctx = { tree, prng, nowMs, capacity: () => disk.capacityBytes };
  const reads: ReadonlySet<number> = new Set([OP.FS_READ, OP.FS_LIST, OP.FS_STAT]);
  const at = (path: string): Place => {
    const place = walk(tree, path);
    return isEnded(place) ? { folder: newFolder(0), name: "", entry: undefined } : place;
  };
  const place = (path: string, to: Entry | null): void => {
    path.split("/").slice(0, -1).forEach((_, i, names) => {
      const above = at(names.slice(0, i + 1).join("/"));
      if (above.entry === undefined) tree.change([{ folder: above.folder, name: above.name, to: newFolder(nowMs()) }]);
    });
    const { folder, name } = at(path);
    if (name !== "") tree.change([{ folder, name, to }]);
    tree.syncAll();
  };
  const names = (folder: FolderNode, prefix: string): string[] =>
    [...folder.entries].flatMap(([name, e]) => (e.kind === "folder" ? names(e, `${prefix}${name}/`) : [prefix + name]));

  const disk: Disk = {
    capacityBytes: 64 * 1_048_576,
    run(op, args, bytes) {
      if (readOnly && !reads.has(op)) return ended(CODE.DENIED, "These files are read only.");
      if (args.path === "") return onFolder(ctx, op, tree.root, args);
      const found = walk(tree, args.path);
      return isEnded(found) ? found : onEntry(ctx, op, found, args, bytes);
    },
    read(path) {
      const { entry } = at(path);
      return entry?.kind === "file" ? entry.content.slice() : null;
    },
    write(path, content) {
      if (path.endsWith("/")) return place(`${path}x`, null);
      const file = newFile(nowMs());
      file.content = typeof content === "string" ? encodeUtf8(content) : content.slice();
      place(path, file);
    },
    symlink: (path, target) => place(path, { kind: "other", target }),
    hardLink: (path, to) => place(to, at(path).entry ?? null),
    remove: (path) => place(path, null),
    paths: () => names(tree.root, "").sort(),
    powerCut: tree.powerCut,
  };
  for (const [path, content] of Object.entries(files)) disk.write(path, content);
  return disk;
}

/** For a name outside the known roots or one that is not mounted. */
export const NOT_MOUNTED: Ended = ended(CODE.NOTFOUND, "Nothing is mounted there.");
