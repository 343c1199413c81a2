// The files of one root as a tree in memory, twice: as programs see it now, and as it
// would be found after a power cut. Changes of names reach the disk in their order
// (a journalling file system), contents only when synced; what was not may be torn.

import { NO_BYTES } from "../../base/bytes.ts";
import type { Prng } from "./prng.ts";

export interface FileNode {
  kind: "file";
  content: Uint8Array;
  /** What is on the disk for certain. */
  durable: Uint8Array;
  links: number;
  changedMs: number;
}

export interface FolderNode {
  kind: "folder";
  entries: Map<string, Entry>;
  durable: Map<string, Entry>;
  changedMs: number;
}

/** A symbolic link or a device: nothing the program may use. */
export interface OtherNode {
  kind: "other";
  target: string;
}

export type Entry = FileNode | FolderNode | OtherNode;

/** An empty file without a name. */
export const newFile = (changedMs: number): FileNode => ({
  kind: "file",
  content: NO_BYTES,
  durable: NO_BYTES,
  links: 0,
  changedMs,
});

/** An empty folder without a name. */
export const newFolder = (changedMs: number): FolderNode => ({
  kind: "folder",
  entries: new Map(),
  durable: new Map(),
  changedMs,
});

interface NameChange {
  folder: FolderNode;
  name: string;
  to: Entry | null;
}

export interface Tree {
  readonly root: FolderNode;
  /** Changes names, all at once: a rename is two of them. */
  change(changes: readonly NameChange[]): void;
  /** The folder's names, and all that changed before them, are on the disk. */
  syncNames(folder: FolderNode): void;
  syncAll(): void;
  usedBytes(): number;
  /** The power goes and comes back: only what was durable, or happened to get there, is left. */
  powerCut(): void;
}

function set(names: Map<string, Entry>, name: string, to: Entry | null): void {
  if (to === null) names.delete(name);
  else names.set(name, to);
}

function each(folder: FolderNode, see: (e: Entry) => void): void {
  for (const entry of folder.entries.values()) {
    see(entry);
    if (entry.kind === "folder") each(entry, see);
  }
}

/** What a file holds after a power cut: old, new, or a mixture. What was synced and only appended to stays. */
export function torn(prng: Prng, old: Uint8Array, now: Uint8Array): Uint8Array {
  const kept = old.length <= now.length && old.every((b, i) => b === now[i]) ? old.length : 0;
  const cut = kept + prng.below(now.length - kept + 1);
  const out = now.slice();
  switch (prng.below(5)) {
    case 0:
      return old.slice();
    case 1:
      return out;
    case 2:
      return now.slice(0, cut);
    case 3:
      return out.fill(0, cut);
    default:
      // Blocks reach the disk in any order.
      for (let at = kept; at < out.length; at += 512 - (at % 512)) {
        const end = Math.min(out.length, at + 512 - (at % 512));
        if (prng.chance(50)) for (let i = at; i < end; i += 1) out[i] = old[i] ?? 0;
      }
      return out;
  }
}

/** An empty tree. */
export function makeTree(prng: Prng, nowMs: () => number): Tree {
  const root = newFolder(nowMs());
  let pending: Array<readonly NameChange[]> = [];

  const commit = (count: number): void => {
    for (const { folder, name, to } of pending.slice(0, count).flat()) set(folder.durable, name, to);
    pending = pending.slice(count);
  };
  const survive = (file: FileNode, first: boolean): void => {
    if (first) {
      if (file.content !== file.durable) file.content = torn(prng, file.durable, file.content);
      file.durable = file.content;
      file.links = 0;
    }
    file.links += 1;
  };
  const back = (folder: FolderNode, seen: Set<Entry>): void => {
    folder.entries = new Map(folder.durable);
    for (const entry of folder.entries.values()) {
      const first = !seen.has(entry);
      seen.add(entry);
      if (entry.kind === "file") survive(entry, first);
      else if (entry.kind === "folder" && first) back(entry, seen);
    }
  };

  return {
    root,
    change(changes) {
      for (const { folder, name, to } of changes) {
        const was = folder.entries.get(name);
        if (was?.kind === "file") was.links -= 1;
        if (to?.kind === "file") to.links += 1;
        set(folder.entries, name, to);
        folder.changedMs = nowMs();
      }
      pending.push(changes);
    },
    syncNames: (folder) => commit(1 + pending.findLastIndex((changes) => changes.some((c) => c.folder === folder))),
    syncAll() {
      commit(pending.length);
      each(root, (e) => {
        if (e.kind === "file") e.durable = e.content;
      });
    },
    usedBytes() {
      const files = new Set<FileNode>();
      each(root, (e) => void (e.kind === "file" && files.add(e)));
      let sum = 0;
      for (const f of files) sum += f.content.length;
      return sum;
    },
    powerCut() {
      commit(prng.below(pending.length + 1));
      pending = [];
      back(root, new Set([root]));
    },
  };
}
