// The files of one root of a simulated machine, for the program (through the ABI's
// operations) and for the person at the machine.

import { encodeUtf8 } from "../../base/utf8.ts";
import { type Ended, type FileArgs, type FileCtx, isEnded, type Place, runFileOp, walk } from "./disk-ops.ts";
import { type Entry, type FolderNode, makeTree, newFile, newFolder } from "./disk-tree.ts";
import type { Prng } from "./prng.ts";

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

/** The files of one root. A read-only one refuses every change. */
export function makeDisk(prng: Prng, nowMs: () => number, files: FileTree, readOnly: boolean): Disk {
  const tree = makeTree(prng, nowMs);
  const ctx: FileCtx = { tree, prng, nowMs, capacity: () => disk.capacityBytes, readOnly };
  const at = (path: string): Place => {
    const place = walk(tree, path);
    return isEnded(place) ? { folder: newFolder(0), name: "", entry: undefined } : place;
  };
  const place = (path: string, to: Entry | null): void => {
    path
      .split("/")
      .slice(0, -1)
      .forEach((_, i, names) => {
        const above = at(names.slice(0, i + 1).join("/"));
        if (above.entry === undefined)
          tree.change([{ folder: above.folder, name: above.name, to: newFolder(nowMs()) }]);
      });
    const { folder, name } = at(path);
    if (name !== "") tree.change([{ folder, name, to }]);
    tree.syncAll();
  };
  const names = (folder: FolderNode, prefix: string): string[] =>
    [...folder.entries].flatMap(([name, e]) => (e.kind === "folder" ? names(e, `${prefix}${name}/`) : [prefix + name]));

  const disk: Disk = {
    capacityBytes: 64 * 1_048_576,
    run: (op, args, bytes) => runFileOp(ctx, op, args, bytes),
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
