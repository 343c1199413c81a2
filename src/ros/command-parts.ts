// The packed command tree as its parts: text that is unpacked part by part, few held at once.
// A damaged or missing part is a build fault, so a Bug. Written by scripts/pack-commands.ts.

import { assert } from "../base/bug.ts";
import { TREE_PARTS_MAX } from "../base/limits.ts";
import { remembering } from "../base/table.ts";
import { decodeUtf8 } from "../base/utf8.ts";

/** Gives a part's bytes by its name; null: it is not in the build. */
export type LoadPart = (name: string) => Uint8Array | null;

/** One part: tables of what its lines have in common, then a line a menu (or a command's history), by path. */
export interface Part {
  readonly lines: readonly string[];
  readonly types: readonly string[];
  readonly enums: readonly string[];
  readonly ranges: readonly string[];
  readonly common: readonly string[];
}

const TABLES = 4;

function readPart(bytes: Uint8Array): Part {
  const lines = decodeUtf8(bytes).split("\n");
  lines.pop();
  const [types = [], enums = [], ranges = [], common = []] = lines.slice(0, TABLES).map((line) => line.split("\t"));
  return { lines, types, enums, ranges, common };
}

/** The first line of a part that is not before `key`. */
export function lower({ lines }: Part, key: string): number {
  let low = TABLES;
  let high = lines.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((lines[mid] ?? "") < key) low = mid + 1;
    else high = mid;
  }
  return low;
}

interface Head {
  readonly version: string;
  readonly releases: readonly string[];
  /** The key of each part's first line. */
  readonly firsts: readonly string[];
  /** What is below the menus that do not lie in one part. */
  readonly scattered: ReadonlyMap<string, string>;
}

function readHead(bytes: Uint8Array): Head {
  const [head = "", releases = "", firsts = "", ...rest] = decodeUtf8(bytes).split("\n");
  const version = /^mikroclaw-commands 2 (\S+)$/.exec(head)?.[1];
  assert(version !== undefined, "the packed command tree is damaged");
  return {
    version,
    releases: releases.split(" "),
    firsts: firsts.split("\t"),
    scattered: new Map(rest.map((line) => [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)])),
  };
}

interface Parts {
  head(): Head;
  /** The part in which a key is, if it is anywhere. */
  partOf(key: string): Part;
  /** The line of a path; null: there is none. */
  lineOf(path: string): string | null;
}

/** The parts that are called `name` and `name` with a number behind it. */
export function openParts(load: LoadPart, name: string): Parts {
  const bytesOf = (part: string): Uint8Array => {
    const bytes = load(part);
    assert(bytes !== null, "the packed command tree is missing");
    return bytes;
  };
  let opened: Head | null = null;
  const head = (): Head => {
    opened ??= readHead(bytesOf(name));
    return opened;
  };
  const numbered = remembering(TREE_PARTS_MAX, (at: string) => readPart(bytesOf(name + at)));
  const partOf = (key: string): Part => numbered(`${head().firsts.findLastIndex((first) => first <= key) + 1}`);
  return {
    head,
    partOf,
    lineOf(path) {
      const part = partOf(path);
      const line = part.lines[lower(part, `${path}\t`)] ?? "";
      return line.startsWith(`${path}\t`) ? line : null;
    },
  };
}
