// The audit log: who asked for what, what was planned, who decided, what was sent and what
// came of it. In memory, or where something is mounted in files: there an entry is on the disk
// before what it tells of is done, and what cannot be recorded is not done.

import { isFault, refault, type Wait } from "../base/fault.ts";
import { AUDIT_RAM_BYTES_MAX, AUDIT_TEXT_BYTES_MAX } from "../base/limits-audit.ts";
import type { Scope } from "../base/scope.ts";
import { redact, type Secret } from "../base/secret.ts";
import { cutBytes, printable } from "../base/text.ts";
import { isoTime } from "../base/time.ts";
import { utf8Length } from "../base/utf8.ts";
import type { Inbound } from "../port/channel.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/host.ts";
import { chained, type Entry, entryOf, exportHead, type Head, NO_HEAD, type Note } from "../ros/journal.ts";
import { damaged, type Keeper, onDisk } from "./audit-files.ts";

// Of an entry: number, time, two hashes.
const PLACE_BYTES = 256;

export interface Audit {
  /** Recorded when it resolves; after a fault nothing of it may be done. */
  add(s: Scope, what: string, note: Note): Wait<void>;
  /** All that is kept, as JSON lines behind a line that says what it should be. */
  text(s: Scope): Wait<string>;
  /** The newest entries, oldest first. */
  last(s: Scope, max: number): Wait<readonly Entry[]>;
}

/** Who asked or decided. */
export function byWhom({ channel, sender, senderName, chat }: Inbound): Note {
  return { by: `${channel}/${sender}`, chat, ...(senderName === undefined ? {} : { name: senderName }) };
}

export interface AuditDeps {
  readonly files: Files | null;
  readonly clock: Clock;
  readonly secrets: readonly Secret[];
  readonly version: string;
}

function inMemory(): Keeper {
  const lines: { line: string; bytes: number }[] = [];
  let bytes = 0;
  let head = NO_HEAD;
  return {
    get head() {
      return head;
    },
    room(more) {
      while (lines.length > 0 && bytes + more > AUDIT_RAM_BYTES_MAX) bytes -= lines.shift()?.bytes ?? 0;
      return { kept: head.n - lines.length + 1, isNew: false };
    },
    async put(_s, line, next) {
      lines.push({ line, bytes: utf8Length(line) + 1 });
      bytes += utf8Length(line) + 1;
      head = next;
    },
    again: async () => undefined,
    all: async () => lines.map(({ line }) => `${line}\n`).join(""),
  };
}

/** The log of this process; nothing is read or written before the first entry. */
export function makeAudit(deps: AuditDeps): Audit {
  const { clock, files, secrets } = deps;
  let keeper: Keeper | null = files === null ? inMemory() : null;
  let isBegun = false;
  let queue: Promise<unknown> = Promise.resolve();

  const open = async (s: Scope): Wait<Keeper> => {
    if (keeper !== null) {
      const again = await keeper.again(s);
      return isFault(again) ? again : keeper;
    }
    if (files === null) return inMemory();
    const root = await files.stat(s, "");
    // Nothing is mounted there after all.
    const made = isFault(root) && root.fault === "missing" ? inMemory() : await onDisk(s, files);
    if (!isFault(made)) keeper = made;
    return made;
  };
  const clean = (text: string): string => cutBytes(printable(redact(text, secrets)), AUDIT_TEXT_BYTES_MAX, "… (cut)");
  const write = async (s: Scope, what: string, note: Note): Wait<void> => {
    const to = await open(s);
    if (isFault(to)) return to;
    const fields = Object.entries(note).map(([k, v]) => [k, typeof v === "string" ? clean(v) : v.map(clean)] as const);
    const full = { ...Object.fromEntries(fields), what };
    const at = isoTime(clock.wallMs());
    const room = to.room(utf8Length(JSON.stringify(full)) + PLACE_BYTES);
    const next = chained(to.head, room.kept, at, full);
    const kept = await to.put(s, next.line, next.head, room);
    // What became of it is read anew.
    if (isFault(kept)) keeper = null;
    return kept;
  };
  const add = async (s: Scope, what: string, note: Note): Wait<void> => {
    const begun = isBegun ? undefined : await write(s, "started", { version: deps.version });
    isBegun = !isFault(begun);
    const kept = isFault(begun) ? begun : await write(s, what, note);
    if (!isFault(kept) || kept.code === "audit_broken") return kept;
    return refault(kept, {
      what: `The audit log could not be written: ${kept.what}`,
      next: "Make room where it lies, or set AUDIT_LOG=memory.",
    });
  };
  const text = async (s: Scope): Wait<{ lines: string; head: Head }> => {
    const from = await open(s);
    if (isFault(from)) return from;
    const lines = await from.all(s);
    return isFault(lines) ? lines : { lines, head: from.head };
  };
  // One after another: each needs the hash of the one before.
  const inOrder = <T>(run: () => Promise<T>): Promise<T> => {
    const mine = queue.then(run);
    queue = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  };
  return {
    add: (s, what, note) => inOrder(() => add(s, what, note)),
    text: (s) =>
      inOrder(async () => {
        const all = await text(s);
        if (isFault(all)) return all;
        const first = entryOf(all.lines.slice(0, all.lines.indexOf("\n")))?.n ?? 1;
        return `${exportHead(first, all.head)}\n${all.lines}`;
      }),
    last: (s, max) =>
      inOrder(async () => {
        const all = await text(s);
        if (isFault(all)) return all;
        const lines = all.lines.split("\n").slice(-max - 1, -1);
        const entries = lines.map(entryOf).filter((entry) => entry !== null);
        return entries.length === lines.length ? entries : damaged("the files of folder audit");
      }),
  };
}
