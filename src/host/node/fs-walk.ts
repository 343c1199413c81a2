// Paths beneath a root, without leaving it: Node has no openat, so every name is opened
// through /proc/self/fd/N of the folder before it, and no link is ever followed (open(2)
// O_NOFOLLOW, proc(5)). What is not a plain file with one name is not opened for content.

import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open } from "node:fs/promises";
import { resolve } from "node:path";
import { CODE } from "../../port/abi.ts";
import { codeOf, errno } from "./op.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** A refusal: what an operation ends with instead of a value. */
export interface Refusal {
  code: number;
  what: string;
}

/** What the promise gave, or what its Node error means for the person. */
export function outcome<T>(wait: Promise<T>): Promise<T | Refusal> {
  return wait.catch((error: unknown) => ({ code: codeOf(error), what: sentence(error) }));
}

/** True for what an operation ends with instead of a value. */
export function isRefusal(x: unknown): x is Refusal {
  return typeof x === "object" && x !== null && "what" in x && "code" in x;
}

/** A refusal with one sentence for the person. */
export function refusal(code: number, what: string): Refusal {
  return { code, what };
}

const SAID: Readonly<Record<string, string>> = {
  ENOENT: "There is nothing of that name.",
  EEXIST: "There is something of that name already.",
  ELOOP: "A link on this path leads elsewhere; links are not followed.",
  EACCES: "The system does not allow this program to do that.",
  EPERM: "The system does not allow this program to do that.",
  EROFS: "This disk is read-only.",
  ENXIO: "There is something else than a plain file at this path.",
  EISDIR: "There is a folder at that path.",
  ENOTDIR: "There is something else than a folder at this path.",
  ENOTEMPTY: "The folder is not empty.",
  ENOSPC: "The disk is full.",
  EDQUOT: "The disk quota is used up.",
  EFBIG: "The file is too large.",
  ENAMETOOLONG: "A name in this path is too long for the disk.",
  EMFILE: "Too many files are open.",
};

function sentence(error: unknown): string {
  const code = errno(error);
  return SAID[code] ?? `The disk answered ${code || "an error"}.`;
}

/** The names of a path; null when one of them could leave the root. "" is the root itself. */
export function namesOf(path: string): string[] | null {
  if (path === "") return [];
  const names = path.split("/");
  const bad = names.some((name) => name === "" || name === "." || name === ".." || name.includes("\0"));
  // A lone surrogate would be written as another name than the one that was asked for.
  return bad || Buffer.from(path).toString() !== path ? null : names;
}

/** A folder's handle, where its entries can be named. */
export interface Folder {
  readonly handle: FileHandle;
  at(name: string): string;
}

function folderOf(handle: FileHandle): Folder {
  return { handle, at: (name) => `/proc/self/fd/${handle.fd}/${name}` };
}

/** One root: its folder is opened at the first use and stays open. */
export interface Rooted {
  /** `make`: it is made when it is missing. */
  open(make: boolean): Promise<Folder | Refusal>;
  close(): void;
}

/** Every folder on the way: Node's own recursive mkdir never ends where a parent takes none, such as /proc. */
async function makeFolders(path: string): Promise<Refusal | null> {
  const parts = resolve(path).split("/");
  for (let n = 2; n <= parts.length; n += 1) {
    const made = await outcome(mkdir(parts.slice(0, n).join("/")));
    if (isRefusal(made) && made.code !== CODE.EXISTS) return made;
  }
  return null;
}

/** The root at `path`, which is the owner's own word and may be a link. */
export function makeRooted(path: string): Rooted {
  let opened: Promise<Folder | Refusal> | null = null;
  const take = async (): Promise<Folder | Refusal> => {
    const handle = await outcome(open(path, O_RDONLY | O_DIRECTORY));
    return isRefusal(handle) ? handle : folderOf(handle);
  };
  const attemptOpen = async (make: boolean): Promise<Folder | Refusal> => {
    const first = await take();
    if (!isRefusal(first) || first.code !== CODE.NOTFOUND || !make) return first;
    const refused = await makeFolders(path);
    return refused ?? take();
  };
  return {
    async open(make) {
      const mine = opened ?? attemptOpen(make);
      opened = mine;
      const folder = await mine;
      if (!isRefusal(folder)) return folder;
      if (opened === mine) opened = null;
      // Somebody who only reads may have asked first.
      return make && folder.code === CODE.NOTFOUND ? attemptOpen(true).then(keep) : folder;
    },
    close() {
      const mine = opened;
      opened = null;
      void mine?.then((folder) => (isRefusal(folder) ? undefined : folder.handle.close()));
    },
  };
  function keep(folder: Folder | Refusal): Folder | Refusal {
    if (!isRefusal(folder)) opened = Promise.resolve(folder);
    return folder;
  }
}

async function step(from: Folder, name: string): Promise<Folder | Refusal> {
  const handle = await outcome(open(from.at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK));
  if (!isRefusal(handle)) return folderOf(handle);
  // Linux says ENOTDIR for a link as well; only the sentence depends on this second look.
  const found = await outcome(lstat(from.at(name)));
  if (isRefusal(found) || found.isDirectory()) return handle;
  if (found.isSymbolicLink()) return refusal(CODE.DENIED, SAID["ELOOP"] ?? "");
  return refusal(CODE.NOTFOUND, "A part of this path is a file, not a folder.");
}

/** Walks to the folder that `names` lead to, gives it to `use`, and closes what it opened. */
export async function within<T>(
  root: Folder,
  names: readonly string[],
  use: (folder: Folder) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  const [name, ...rest] = names;
  if (name === undefined) return use(root);
  const next = await step(root, name);
  if (isRefusal(next)) return next;
  // The folder above is not needed any more once this one is open, but closing in order is simpler.
  return within(next, rest, use).finally(() => next.handle.close());
}

/** Opens a plain file with one name, gives it to `use`, and closes it. */
export async function withFile<T>(
  folder: Folder,
  name: string,
  flags: number,
  use: (file: FileHandle) => Promise<T>,
): Promise<T | Refusal> {
  // Opening a device can have an effect by itself, so it is looked at first. A thing that is
  // swapped in between is found by the look at what was really opened.
  const before = await outcome(lstat(folder.at(name)));
  if (isRefusal(before) && before.code !== CODE.NOTFOUND) return before;
  if (!isRefusal(before)) {
    const bad = plainTrouble(before);
    if (bad !== null) return bad;
  }
  const file = await outcome(open(folder.at(name), flags | O_NOFOLLOW | O_NONBLOCK, 0o600));
  if (isRefusal(file)) return file;
  const job = async (): Promise<T | Refusal> => plainTrouble(await file.stat()) ?? (await use(file));
  return outcome(job()).finally(() => file.close());
}

function plainTrouble(found: { isFile(): boolean; isSymbolicLink(): boolean; nlink: number }): Refusal | null {
  if (found.isSymbolicLink()) return refusal(CODE.DENIED, SAID["ELOOP"] ?? "");
  if (!found.isFile()) return refusal(CODE.DENIED, SAID["ENXIO"] ?? "");
  if (found.nlink > 1) {
    return refusal(CODE.DENIED, "This file has more than one name (a hard link), so it is left alone.");
  }
  return null;
}
