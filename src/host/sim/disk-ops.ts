// The file operations of the ABI over a tree in memory: beneath one root, no link is
// followed, a file with a second name is not written, a full disk leaves half a write.

import { concat } from "../../base/bytes.ts";
import { FILE_READ_BYTES_MAX } from "../../base/limits.ts";
import { type AbiValue, CODE, OP } from "../../port/abi.ts";
import { type Entry, type FileNode, type FolderNode, newFile, newFolder, type Tree } from "./disk-tree.ts";
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

const ended = (code: number, value?: AbiValue): Ended => ({ code, value });
const missing = ended(CODE.NOTFOUND, "There is nothing of that name.");
const other = ended(CODE.DENIED, "There is something else than a plain file at this path.");
const there = ended(CODE.EXISTS, "There is something of that name already.");
const twin = ended(CODE.DENIED, "This file has more than one name (a hard link), so it is left alone.");
const full = ended(CODE.NOSPACE, "The disk is full.");

/** A name in its folder, and what it stands for. */
export interface Place {
  folder: FolderNode;
  name: string;
  entry: Entry | undefined;
}

/** Tells a refusal from a place. */
export function isEnded(x: object): x is Ended {
  return "code" in x;
}

/** Walks to the folder that holds the last name. Links on the way are not followed. */
export function walk(tree: Tree, path: string): Place | Ended {
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
    if (next.kind === "other")
      return ended(CODE.DENIED, "A link on this path leads elsewhere; links are not followed.");
    folder = next;
  }
  return { folder, name, entry: folder.entries.get(name) };
}

/** The tree and what decides how it behaves. */
export interface FileCtx {
  tree: Tree;
  prng: Prng;
  nowMs(): number;
  capacity(): number;
  readOnly: boolean;
}

/** Fills the file as far as the disk reaches. */
function fill(ctx: FileCtx, file: FileNode, content: Uint8Array): Ended {
  const room = ctx.capacity() - ctx.tree.usedBytes() + file.content.length;
  file.changedMs = ctx.nowMs();
  if (content.length <= room) {
    file.content = content;
    return ended(CODE.OK);
  }
  file.content = content.slice(0, ctx.prng.below(Math.max(0, room) + 1));
  return full;
}

function put(ctx: FileCtx, at: Place, args: FileArgs, content: (old: Uint8Array) => Uint8Array): Ended {
  const { folder, name, entry } = at;
  if (entry !== undefined && args.exclusive === true) return there;
  if (entry === undefined) {
    if (args.create === false) return missing;
    const made = newFile(ctx.nowMs());
    ctx.tree.change([{ folder, name, to: made }]);
    return fill(ctx, made, content(made.content));
  }
  if (entry.kind !== "file") return other;
  if (entry.links > 1) return twin;
  return fill(ctx, entry, content(entry.content));
}

function rename(ctx: FileCtx, from: Place, to: Place): Ended {
  if (from.entry === undefined) return missing;
  if (from.entry === to.entry) return ended(CODE.OK);
  if (to.entry?.kind === "folder") {
    if (from.entry.kind !== "folder" || to.entry.entries.size > 0)
      return ended(CODE.DENIED, "There is a folder at that path.");
  } else if (from.entry.kind === "folder" && to.entry !== undefined) return other;
  ctx.tree.change([
    { folder: from.folder, name: from.name, to: null },
    { folder: to.folder, name: to.name, to: from.entry },
  ]);
  return ended(CODE.OK);
}

function remove(ctx: FileCtx, at: Place): Ended {
  if (at.entry === undefined) return missing;
  if (at.entry.kind === "folder" && at.entry.entries.size > 0) return ended(CODE.DENIED, "The folder is not empty.");
  ctx.tree.change([{ folder: at.folder, name: at.name, to: null }]);
  return ended(CODE.OK);
}

function stat(entry: Entry): Ended {
  const file = entry.kind === "file" ? entry : null;
  const changedMs = entry.kind === "other" ? 0 : entry.changedMs;
  return ended(
    CODE.OK,
    JSON.stringify({ bytes: file?.content.length ?? 0, kind: entry.kind, links: file?.links ?? 1, changedMs }),
  );
}

function list(ctx: FileCtx, folder: FolderNode, max: number): Ended {
  const names = [...folder.entries.keys()];
  // A real folder has no order either.
  for (let i = names.length - 1; i > 0; i -= 1) {
    const k = ctx.prng.below(i + 1);
    [names[i], names[k]] = [names[k] as string, names[i] as string];
  }
  return ended(CODE.OK, JSON.stringify(names.slice(0, max)));
}

function onFolder(ctx: FileCtx, op: number, folder: FolderNode, args: FileArgs): Ended {
  if (op === OP.FS_LIST) return list(ctx, folder, args.max ?? 0);
  if (op === OP.FS_STAT) return stat(folder);
  if (op === OP.FS_MKDIR) return there;
  if (op !== OP.FS_SYNC) return other;
  ctx.tree.syncNames(folder);
  return ended(CODE.OK);
}

function onFile(op: number, file: FileNode, args: FileArgs): Ended {
  if (op === OP.FS_LIST) return missing;
  if (op === OP.FS_SYNC) {
    file.durable = file.content;
    return ended(CODE.OK);
  }
  if (file.links > 1) return twin;
  const from = args.offset ?? 0;
  return ended(CODE.OK, file.content.slice(from, from + (args.max ?? FILE_READ_BYTES_MAX)));
}

function onExisting(ctx: FileCtx, op: number, entry: Entry | undefined, args: FileArgs): Ended {
  if (entry === undefined) return missing;
  if (entry.kind === "folder") return onFolder(ctx, op, entry, args);
  if (op === OP.FS_STAT) return stat(entry);
  return entry.kind === "other" ? other : onFile(op, entry, args);
}

function onEntry(ctx: FileCtx, op: number, at: Place, args: FileArgs, bytes: Uint8Array): Ended {
  switch (op) {
    case OP.FS_WRITE:
      return put(ctx, at, args, () => bytes.slice());
    case OP.FS_APPEND:
      return put(ctx, at, args, (old) => concat([old, bytes]).slice());
    case OP.FS_REMOVE:
      return remove(ctx, at);
    case OP.FS_RENAME: {
      const to = walk(ctx.tree, args.to ?? "");
      return isEnded(to) ? to : rename(ctx, at, to);
    }
    case OP.FS_MKDIR:
      if (at.entry !== undefined) return there;
      ctx.tree.change([{ folder: at.folder, name: at.name, to: newFolder(ctx.nowMs()) }]);
      return ended(CODE.OK);
    default:
      return onExisting(ctx, op, at.entry, args);
  }
}

const READS: ReadonlySet<number> = new Set([OP.FS_READ, OP.FS_LIST, OP.FS_STAT]);

/** One file operation. */
export function runFileOp(ctx: FileCtx, op: number, args: FileArgs, bytes: Uint8Array): Ended {
  if (ctx.readOnly && !READS.has(op)) return ended(CODE.DENIED, "These files are read only.");
  if (args.path === "") return onFolder(ctx, op, ctx.tree.root, args);
  const found = walk(ctx.tree, args.path);
  return isEnded(found) ? found : onEntry(ctx, op, found, args, bytes);
}
