// A workspace in memory behind the port Files, with the port's own path rules.

import { fault, isFault, type Wait } from "../../src/base/fault.ts";
import { checkPath } from "../../src/port/bridge-files.ts";
import type { Files } from "../../src/port/host.ts";

export interface FakeFiles extends Files {
  readonly kept: Map<string, Uint8Array>;
  readonly folders: Set<string>;
  /** Every write fails with a full disk while true. */
  full: boolean;
}

export function makeFakeFiles(): FakeFiles {
  const kept = new Map<string, Uint8Array>();
  const folders = new Set<string>([""]);
  const missing = (path: string): ReturnType<typeof fault> => fault("missing", `There is nothing at ${path}.`);
  const put = async (path: string, bytes: Uint8Array): Wait<void> => {
    const bad = checkPath(path);
    if (bad !== null) return bad;
    if (self.full) return fault("limit", "The disk is full.");
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    if (!folders.has(folder)) return missing(folder);
    kept.set(path, bytes);
  };
  const self: FakeFiles = {
    kept,
    folders,
    full: false,
    read: async (_, path, max) => checkPath(path) ?? kept.get(path)?.slice(0, max) ?? missing(path),
    replace: (_, path, bytes) => put(path, bytes),
    append: async (s, path, bytes) => {
      const before = await self.read(s, path, Number.MAX_SAFE_INTEGER);
      return put(path, isFault(before) ? bytes : new Uint8Array([...before, ...bytes]));
    },
    remove: async (_, path) => void kept.delete(path),
    list: async (_, path, max) => {
      const bad = checkPath(path);
      if (bad !== null) return bad;
      if (!folders.has(path)) return missing(path);
      const prefix = path === "" ? "" : `${path}/`;
      const below = [...kept.keys(), ...folders].filter((k) => k !== "" && k !== path && k.startsWith(prefix));
      return [...new Set(below.map((k) => k.slice(prefix.length).split("/")[0] ?? ""))].sort().slice(0, max);
    },
    stat: async (_, path) => {
      const bad = checkPath(path);
      if (bad !== null) return bad;
      if (folders.has(path)) return { bytes: 0, kind: "folder", changedMs: 0 };
      const bytes = kept.get(path);
      return bytes === undefined ? missing(path) : { bytes: bytes.length, kind: "file", changedMs: 0 };
    },
    folder: async (_, path) => {
      const bad = checkPath(path);
      if (bad !== null) return bad;
      path.split("/").forEach((_name, i, all) => void folders.add(all.slice(0, i + 1).join("/")));
    },
  };
  return self;
}
