// The file operations. Each runs to its end once started: a cancel cannot leave half of
// it behind, and its completion says what really happened.

import { constants, existsSync, type Stats } from "node:fs";
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  opendir,
  rename,
  rmdir,
  stat as statFollowing,
  unlink,
} from "node:fs/promises";
import { FILE_LIST_MAX, FILE_PIECE_BYTES_MAX, FILE_READ_BYTES_MAX } from "../../base/limits.ts";
import { type AbiValue, CODE, OP } from "../../port/abi.ts";
import {
  type Folder,
  isRefusal,
  makeRooted,
  namesOf,
  outcome,
  type Refusal,
  type Rooted,
  refusal,
  withFile,
  within,
} from "./fs-walk.ts";
import { fields, type Start } from "./op.ts";

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

type Fields = Readonly<Record<string, unknown>>;
type Result = Promise<AbiValue | Refusal>;

/** An operation on the entry `name` ("" is the root itself) of a folder beneath the root. */
interface FileOp {
  makesRoot: boolean;
  run(folder: Folder, name: string, args: Fields, bytes: Uint8Array, root: Folder): Result;
}

const notAFolderName = refusal(CODE.DENIED, "There is a folder at that path.");

function numberOr(value: unknown, otherwise: number, max: number): number {
  return typeof value === "number" && value >= 0 ? Math.min(Math.floor(value), max) : otherwise;
}

async function readAll(file: FileHandle, from: number, max: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.max(0, Math.min(max, size - from)));
  let got = 0;
  while (got < bytes.length) {
    const { bytesRead } = await file.read(bytes, got, bytes.length - got, from + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return got === bytes.length ? bytes : bytes.slice(0, got);
}

const read: FileOp["run"] = (folder, name, args) => {
  const max = numberOr(args["max"], FILE_READ_BYTES_MAX, FILE_PIECE_BYTES_MAX);
  const from = numberOr(args["offset"], 0, Number.MAX_SAFE_INTEGER);
  return withFile(folder, name, O_RDONLY, (file) => readAll(file, from, max));
};

function put(mode: "write" | "append"): FileOp["run"] {
  return (folder, name, args, bytes) => {
    const made = args["create"] === false ? 0 : O_CREAT | (args["exclusive"] === true ? O_EXCL : 0);
    if (args["exclusive"] === true) return exclusive(folder, name, bytes);
    const flags = O_WRONLY | made | (mode === "append" ? O_APPEND : 0);
    return withFile(folder, name, flags, async (file) => {
      // Only after the file was found to be plain: O_TRUNC would have emptied a linked one.
      if (mode === "write") await file.truncate(0);
      await file.writeFile(bytes);
      return undefined;
    });
  };
}

async function exclusive(folder: Folder, name: string, bytes: Uint8Array): Result {
  const file = await outcome(open(folder.at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
  if (isRefusal(file)) return file;
  return outcome(file.writeFile(bytes).then(() => undefined)).finally(() => file.close());
}

const sync: FileOp["run"] = async (folder, name) => {
  const found = name === "" ? null : await outcome(lstat(folder.at(name)));
  if (isRefusal(found)) return found;
  if (found !== null && !found.isDirectory()) return withFile(folder, name, O_RDONLY, syncFile);
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
  const handle = await outcome(open(folder.at(name === "" ? "." : name), flags));
  return isRefusal(handle) ? handle : outcome(syncFile(handle)).finally(() => handle.close());
};

async function syncFile(file: FileHandle): Promise<undefined> {
  await file.sync();
  return undefined;
}

const move: FileOp["run"] = (folder, name, args, _bytes, root) => {
  const to = typeof args["to"] === "string" ? namesOf(args["to"]) : null;
  const last = to?.pop();
  if (to === null || last === undefined) return Promise.resolve(refusal(CODE.INVALID, "This path is not allowed."));
  return within(root, to, (target) => outcome(rename(folder.at(name), target.at(last))).then(nothing));
};

const remove: FileOp["run"] = async (folder, name) => {
  const found = await outcome(lstat(folder.at(name)));
  if (isRefusal(found)) return found;
  return outcome(found.isDirectory() ? rmdir(folder.at(name)) : unlink(folder.at(name))).then(nothing);
};

const list: FileOp["run"] = (folder, name, args) => {
  const max = numberOr(args["max"], FILE_LIST_MAX, FILE_LIST_MAX);
  return within(folder, name === "" ? [] : [name], (found) => outcome(namesIn(found, max)));
};

async function namesIn(folder: Folder, max: number): Promise<string> {
  const names: string[] = [];
  if (max === 0) return "[]";
  for await (const entry of await opendir(folder.at("."))) {
    names.push(entry.name);
    if (names.length >= max) break;
  }
  return JSON.stringify(names.sort());
}

const stat: FileOp["run"] = async (folder, name) => {
  const found = await outcome(name === "" ? folder.handle.stat() : lstat(folder.at(name)));
  return isRefusal(found) ? found : describe(found);
};

function describe(found: Stats): string {
  const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
  const changedMs = Math.floor(found.mtimeMs);
  return JSON.stringify({ bytes: kind === "file" ? found.size : 0, kind, links: found.nlink, changedMs });
}

function nothing(x: unknown): undefined | Refusal {
  return isRefusal(x) ? x : undefined;
}

const OPS: Readonly<Record<number, FileOp>> = {
  [OP.FS_READ]: { makesRoot: false, run: read },
  [OP.FS_WRITE]: { makesRoot: true, run: put("write") },
  [OP.FS_APPEND]: { makesRoot: true, run: put("append") },
  [OP.FS_SYNC]: { makesRoot: false, run: sync },
  [OP.FS_RENAME]: { makesRoot: false, run: move },
  [OP.FS_REMOVE]: { makesRoot: false, run: remove },
  [OP.FS_LIST]: { makesRoot: false, run: list },
  [OP.FS_STAT]: { makesRoot: false, run: stat },
  [OP.FS_MKDIR]: {
    makesRoot: true,
    run: (folder, name) => outcome(mkdir(folder.at(name), 0o700)).then(nothing),
  },
};

// What makes sense for the root itself, whose path is "".
const ON_ROOT = new Set<number>([OP.FS_SYNC, OP.FS_LIST, OP.FS_STAT]);

async function run(op: number, root: Rooted, args: Fields, bytes: Uint8Array): Result {
  const names = typeof args["path"] === "string" ? namesOf(args["path"]) : null;
  const made = OPS[op];
  if (names === null || made === undefined) return refusal(CODE.INVALID, "This path is not allowed.");
  const top = await root.open(made.makesRoot);
  if (isRefusal(top)) return top;
  const name = names.pop();
  if (name !== undefined) return within(top, names, (folder) => made.run(folder, name, args, bytes, top));
  if (op === OP.FS_MKDIR) return refusal(CODE.EXISTS, "There is something of that name already.");
  return ON_ROOT.has(op) ? made.run(top, "", args, bytes, top) : notAFolderName;
}

// The whole machine, for files that the owner named: links are followed, nothing is written.
async function runConfig(op: number, args: Fields): Result {
  const path = args["path"];
  if (typeof path !== "string" || path.includes("\0")) return refusal(CODE.INVALID, "This path is not allowed.");
  if (op === OP.FS_READ) {
    const file = await outcome(open(`/${path}`, O_RDONLY | O_NONBLOCK));
    if (isRefusal(file)) return file;
    const max = numberOr(args["max"], FILE_READ_BYTES_MAX, FILE_PIECE_BYTES_MAX);
    const job = async (): Promise<Uint8Array | Refusal> =>
      (await file.stat()).isFile()
        ? readAll(file, numberOr(args["offset"], 0, Number.MAX_SAFE_INTEGER), max)
        : refusal(CODE.DENIED, "There is something else than a plain file at this path.");
    return outcome(job()).finally(() => file.close());
  }
  if (op !== OP.FS_STAT) return refusal(CODE.DENIED, "Files outside the workspace are only read.");
  const found = await outcome(statFollowing(`/${path}`));
  return isRefusal(found) ? found : describe(found);
}

/** The file operations over the given folders. */
export function makeFileOps(roots: Readonly<Record<string, string | undefined>>): {
  ops: Readonly<Record<number, Start>>;
  close(): void;
} {
  const opened = new Map<string, Rooted>();
  for (const [name, path] of Object.entries(roots)) if (path !== undefined) opened.set(name, makeRooted(path));
  const proc = existsSync("/proc/self/fd");
  const choose = (op: number, args: Fields, bytes: Uint8Array): Result => {
    const name = String(args["root"]);
    if (name === "config") return runConfig(op, args);
    const root = opened.get(name);
    if (root === undefined)
      return Promise.resolve(refusal(CODE.UNSUPPORTED, `There is no folder for ${name} on this machine.`));
    if (!proc) return Promise.resolve(refusal(CODE.UNSUPPORTED, "Files need Linux with /proc on this host."));
    return run(op, root, args, bytes);
  };
  const start =
    (op: number): Start =>
    (done, a, b) => {
      // Copied: the bundle may go on with its bytes while the disk works.
      const bytes = b instanceof Uint8Array ? new Uint8Array(b) : new Uint8Array(0);
      void choose(op, fields(a), bytes).then((r) => (isRefusal(r) ? done(r.code, r.what) : done(CODE.OK, r)));
      return undefined;
    };
  return {
    ops: Object.fromEntries(Object.keys(OPS).map((op) => [op, start(Number(op))])),
    close() {
      for (const root of opened.values()) root.close();
    },
  };
}
