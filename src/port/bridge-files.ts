// Files over the host's operations. A path that could leave its root is refused here as
// bad input; the host refuses it again beneath its directory handle.

import { hex, NO_BYTES } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import { OP, type Root } from "./abi.ts";
import { asBytes, asNothing, asText, type Ops } from "./bridge-ops.ts";
import type { Random } from "./clock.ts";
import type { Files } from "./host.ts";

/** `input` fault unless the path is relative and has only plain names (not "", ".", ".."). */
export function checkPath(path: string): Fault | null {
  const bad = (why: string): Fault => fault("input", `This path is not allowed: ${why}.`, { code: "bad_path" });
  if (path === "") return null;
  if (path.length > 1024) return bad("it is longer than 1,024 characters");
  if (path.startsWith("/")) return bad("it must be relative to the workspace");
  if (/[\u0000-\u001f\u007f]/.test(path)) return bad("it holds control characters");
  if (/[\ud800-\udfff]/u.test(path)) return bad("it holds half a character");
  for (const name of path.split("/")) {
    if (name === "" || name === "." || name === "..") return bad('"..", "." and empty names are not allowed in it');
    if (name.length > 255) return bad("a name in it is longer than 255 characters");
  }
  return null;
}

function args(root: Root, path: string, more: Record<string, string | number | boolean> = {}): string {
  return JSON.stringify({ root, path, ...more });
}

/** The Files of one root. */
export function makeFiles(ops: Ops, root: Root, random: Random): Files {
  const act = (s: Scope, op: number, path: string, more?: Record<string, string | number | boolean>): Wait<void> =>
    ops.run(s, op, asNothing, args(root, path, more));

  const replace: Files["replace"] = async (s, path, bytes) => {
    const bad = checkPath(path);
    if (bad !== null) return bad;
    // The old content stays whole until the new one is whole beside it and on the disk.
    const temp = `${path}.${hex(random.bytes(6))}.tmp`;
    const swap = async (): Wait<void> => {
      const written = await ops.run(s, OP.FS_WRITE, asNothing, args(root, temp, { exclusive: true }), bytes);
      if (isFault(written)) return written;
      const synced = await act(s, OP.FS_SYNC, temp);
      if (isFault(synced)) return synced;
      const plain = await notLinked(s, path);
      if (isFault(plain)) return plain;
      return act(s, OP.FS_RENAME, temp, { to: path });
    };
    const swapped = await swap();
    if (isFault(swapped)) {
      // Without a scope: this one may be over, and the temp file must still go.
      await new Promise<void>((resolve) => void ops.start(OP.FS_REMOVE, args(root, temp), () => resolve()));
      return swapped;
    }
    return act(s, OP.FS_SYNC, path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
  };

  // rename() would replace a link or a folder silently; only a plain file may be replaced.
  const notLinked = async (s: Scope, path: string): Wait<void> => {
    const text = await ops.run(s, OP.FS_STAT, asText, args(root, path));
    if (isFault(text)) return text.fault === "missing" ? undefined : text;
    const found = JSON.parse(text) as { kind: string; links: number };
    if (found.kind !== "file") return fault("denied", "There is something else than a plain file at this path.");
    if (found.links > 1) return fault("denied", "This file has more than one name (a hard link), so it is left alone.");
  };

  const folder: Files["folder"] = async (s, path) => {
    const bad = checkPath(path);
    if (bad !== null) return bad;
    const names = path === "" ? [] : path.split("/");
    for (let i = 1; i <= names.length; i += 1) {
      const made = await act(s, OP.FS_MKDIR, names.slice(0, i).join("/"));
      if (isFault(made) && made.fault !== "conflict") return made;
    }
  };

  return {
    async read(s, path, max) {
      return checkPath(path) ?? (await ops.run(s, OP.FS_READ, asBytes, args(root, path, { max, offset: 0 })));
    },
    replace,
    async append(s, path, bytes, sync) {
      const bad = checkPath(path);
      if (bad !== null) return bad;
      if (bytes.length === 0) return act(s, OP.FS_APPEND, path);
      const added = await ops.run(s, OP.FS_APPEND, asNothing, args(root, path), bytes);
      if (isFault(added) || !sync) return added;
      return act(s, OP.FS_SYNC, path);
    },
    async remove(s, path) {
      return checkPath(path) ?? act(s, OP.FS_REMOVE, path);
    },
    async list(s, path, max) {
      const bad = checkPath(path);
      if (bad !== null) return bad;
      const text = await ops.run(s, OP.FS_LIST, asText, args(root, path, { max }), NO_BYTES);
      return isFault(text) ? text : (JSON.parse(text) as string[]);
    },
    async stat(s, path) {
      const bad = checkPath(path);
      if (bad !== null) return bad;
      const text = await ops.run(s, OP.FS_STAT, asText, args(root, path));
      if (isFault(text)) return text;
      const { bytes, kind, changedMs } = JSON.parse(text) as {
        bytes: number;
        kind: "file" | "folder" | "other";
        changedMs: number;
      };
      return { bytes, kind, changedMs };
    },
    folder,
  };
}
