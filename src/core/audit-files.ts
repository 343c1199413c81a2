// The audit log's files where something is mounted: a folder with the newest entry's number and
// hash beside files of lines, each named by its first entry. The oldest file goes first. A line
// that a power cut left half is taken away; any other surprise stops the log.

import { concat } from "../base/bytes.ts";
import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { FILE_LIST_MAX } from "../base/limits.ts";
import { AUDIT_FILE_BYTES_MAX, AUDIT_FILES_MAX } from "../base/limits-audit.ts";
import type { Scope } from "../base/scope.ts";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";
import type { Files } from "../port/host.ts";
import { entryOf, type Head, NO_HEAD } from "../ros/journal.ts";

const AUDIT_FOLDER = "audit";
const HEAD_FILE = `${AUDIT_FOLDER}/head`;

export interface Room {
  readonly kept: number;
  /** A file of its own. */
  readonly isNew: boolean;
}

/** Where lines are kept. */
export interface Keeper {
  readonly head: Head;
  /** Where a line of so many bytes goes, and the oldest entry that is kept then. */
  room(bytes: number): Room;
  put(s: Scope, line: string, head: Head, room: Room): Wait<void>;
  /** Takes in what another process has written there meanwhile. */
  again(s: Scope): Wait<void>;
  /** All lines, each with its line end. */
  all(s: Scope): Wait<string>;
}

const nameOf = (n: number): string => `${AUDIT_FOLDER}/${String(n).padStart(10, "0")}.jsonl`;
const firstOf = (name: string): number => Number(/^(\d{10})\.jsonl$/.exec(name)?.[1] ?? 0);

/** Somebody else wrote in it. */
export const damaged = (path: string): Fault =>
  fault("conflict", `The audit log (${path}) was changed by somebody else, so nothing is changed here.`, {
    code: "audit_broken",
    next: "Look at it with mikroclaw audit verify; a new one is begun when the folder audit is moved away.",
  });

// A line that is half there while this process runs is another one's, which writes it now.
const busy = (): Fault => fault("limit", "Another MikroClaw writes in it just now.", { retryAfterMs: 1_000 });

interface Found {
  /** First entries of the files, oldest first. */
  firsts: number[];
  bytes: number;
  head: Head;
}

/** The files as an earlier process left them; a line cut off by a power cut, whose effect was never begun, goes. */
async function findFiles(s: Scope, files: Files, isFirst: boolean): Wait<Found> {
  const made = await files.folder(s, AUDIT_FOLDER);
  const names = isFault(made) ? made : await files.list(s, AUDIT_FOLDER, FILE_LIST_MAX);
  if (isFault(names)) return names;
  const firsts = names.map(firstOf).filter((n) => n > 0);
  firsts.sort((a, b) => a - b);
  const newest = firsts.at(-1);
  if (newest === undefined) return { firsts, bytes: 0, head: NO_HEAD };
  const path = nameOf(newest);
  const bytes = await files.read(s, path, AUDIT_FILE_BYTES_MAX * 2);
  if (isFault(bytes)) return bytes;
  const end = bytes.lastIndexOf(10) + 1;
  const last = entryOf(decodeUtf8(bytes.subarray(bytes.lastIndexOf(10, end - 2) + 1, end - 1)));
  const told = await readHead(s, files);
  if (isFault(told)) return told;
  if (last === null || last.n < told.n || (last.n === told.n && last.hash !== told.hash)) return damaged(path);
  if (end < bytes.length && !isFirst) return busy();
  const cut = end === bytes.length ? undefined : await files.replace(s, path, bytes.subarray(0, end));
  return isFault(cut) ? cut : { firsts, bytes: end, head: { n: last.n, hash: last.hash } };
}

/** The head as it was written beside the files: shows when entries were cut off. */
export async function readHead(s: Scope, files: Files): Wait<Head> {
  const bytes = await files.read(s, HEAD_FILE, 128);
  if (isFault(bytes)) return bytes.fault === "missing" ? NO_HEAD : bytes;
  const [, n = "0", hash = ""] = /^(\d+) ([0-9a-f]{64})\n$/.exec(decodeUtf8(bytes)) ?? [];
  return { n: Number(n), hash };
}

/** All files one behind the other. */
async function readAll(s: Scope, files: Files, firsts: readonly number[]): Wait<string> {
  const parts: Uint8Array[] = [];
  for (const first of firsts) {
    const bytes = await files.read(s, nameOf(first), AUDIT_FILE_BYTES_MAX * 2);
    if (isFault(bytes)) return bytes;
    parts.push(bytes);
  }
  return decodeUtf8(concat(parts));
}

/** The log as it lies on a disk, without changing it. */
export async function readLog(s: Scope, files: Files): Wait<string> {
  const names = await files.list(s, AUDIT_FOLDER, FILE_LIST_MAX);
  if (isFault(names)) return names.fault === "missing" ? "" : names;
  const firsts = names.map(firstOf).filter((n) => n > 0);
  return readAll(
    s,
    files,
    firsts.sort((a, b) => a - b),
  );
}

/** The log on a disk, as an earlier process left it. */
export async function onDisk(s: Scope, files: Files): Wait<Keeper> {
  const first = await findFiles(s, files, true);
  if (isFault(first)) return first;
  let found: Found = first;
  return {
    async again(as) {
      const told = await readHead(as, files);
      const newest = found.firsts.at(-1);
      const stat = newest === undefined ? { bytes: 0 } : await files.stat(as, nameOf(newest));
      if (!isFault(told) && !isFault(stat) && told.hash === found.head.hash && stat.bytes === found.bytes)
        return undefined;
      const now = await findFiles(as, files, false);
      if (isFault(now)) return now;
      found = now;
      return undefined;
    },
    get head() {
      return found.head;
    },
    room(more) {
      const isNew = found.firsts.length === 0 || found.bytes + more > AUDIT_FILE_BYTES_MAX;
      const firsts = isNew ? [...found.firsts, found.head.n + 1] : found.firsts;
      return { kept: firsts.slice(-AUDIT_FILES_MAX)[0] ?? 1, isNew };
    },
    async put(ps, line, head, { isNew }) {
      const bytes = encodeUtf8(`${line}\n`);
      if (isNew) {
        found.firsts.push(head.n);
        found.bytes = 0;
      }
      const path = nameOf(found.firsts.at(-1) ?? head.n);
      const kept = isNew ? await files.replace(ps, path, bytes) : await files.append(ps, path, bytes, true);
      if (isFault(kept)) return kept;
      found.bytes += bytes.length;
      found.head = head;
      const told = await files.replace(ps, HEAD_FILE, encodeUtf8(`${head.n} ${head.hash}\n`));
      if (isFault(told)) return told;
      const old = found.firsts.length > AUDIT_FILES_MAX ? found.firsts.shift() : undefined;
      return old === undefined ? undefined : files.remove(ps, nameOf(old));
    },
    all: (as) => readAll(as, files, found.firsts),
  };
}

/** The same files without the log's folder: for tools. */
export function besideLog(files: Files): Files {
  const no = (path: string): Fault | null =>
    path === AUDIT_FOLDER || path.startsWith(`${AUDIT_FOLDER}/`)
      ? fault("denied", `"${AUDIT_FOLDER}" holds the audit log, which no tool touches.`)
      : null;
  return {
    read: async (s, path, max) => no(path) ?? files.read(s, path, max),
    replace: async (s, path, bytes) => no(path) ?? files.replace(s, path, bytes),
    append: async (s, path, bytes, sync) => no(path) ?? files.append(s, path, bytes, sync),
    remove: async (s, path) => no(path) ?? files.remove(s, path),
    stat: async (s, path) => no(path) ?? files.stat(s, path),
    folder: async (s, path) => no(path) ?? files.folder(s, path),
    async list(s, path, max) {
      const names = no(path) ?? (await files.list(s, path, max));
      return isFault(names) || path !== "" ? names : names.filter((name) => name !== AUDIT_FOLDER);
    },
  };
}
