// Effects outlive a crash, what was known of their message may not: whoever asked is asked for
// again by the channel. Before the first effect of a message its key is put on the disk where the
// effects are, and a new process does not begin it a second time.

import { isFault, type Wait } from "../base/fault.ts";
import { sha256Hex } from "../base/hash.ts";
import { BEGUN_BYTES_MAX, BEGUN_MAX } from "../base/limits-models.ts";
import type { Scope } from "../base/scope.ts";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";
import type { Files } from "../port/host.ts";
import type { CoreDeps } from "./deps.ts";
import type { Job } from "./job.ts";

const FILE = ".mikroclaw/begun";

/** What a person reads whose message an earlier process had begun. */
export const BEGUN =
  "MikroClaw was restarted while it worked on this message, after it had begun to write something. It is not done a second time: look at what is there, and ask again for what is missing.";

export interface Begun {
  /** True when an earlier process had begun effects for it. */
  was(s: Scope, job: Job): Wait<boolean>;
  /** To be called before each effect; a fault: it cannot be noted, so it may not be done. */
  begin(s: Scope, job: Job): Wait<void>;
}

const markOf = ({ key }: Job): string => sha256Hex(key).slice(0, 24);

/** The notes of one process, where something is mounted. */
export function makeBegun({ files, log }: CoreDeps): Begun {
  let marks: readonly string[] | null = null;
  /** Those of this process. */
  const own = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  const load = async (s: Scope): Wait<readonly string[]> => {
    if (marks !== null || files === null) return marks ?? [];
    const bytes = await files.read(s, FILE, BEGUN_BYTES_MAX);
    if (isFault(bytes) && bytes.fault !== "missing") return bytes;
    marks ??= isFault(bytes)
      ? []
      : decodeUtf8(bytes)
          .split("\n")
          .filter((line) => /^[0-9a-f]{24}$/.test(line));
    return marks;
  };
  /** One after the other: the file always holds them all. */
  const note = async (s: Scope, on: Files, mark: string): Wait<void> => {
    if (own.has(mark)) return undefined;
    const found = await load(s);
    if (isFault(found)) return found;
    const folder = await on.folder(s, FILE.slice(0, FILE.indexOf("/")));
    if (isFault(folder)) return folder;
    const next = [...found, mark].slice(-BEGUN_MAX);
    const written = await on.replace(s, FILE, encodeUtf8(`${next.join("\n")}\n`));
    if (isFault(written)) return written;
    marks = next;
    own.add(mark);
    for (const old of own) if (!next.includes(old)) own.delete(old);
    return undefined;
  };
  return {
    async was(s, job) {
      const found = await load(s);
      if (!isFault(found)) return found.includes(markOf(job)) && !own.has(markOf(job));
      log.event("warn", "begun.unread", { what: found.what });
      return false;
    },
    begin(s, job) {
      // A message without a channel behind it does not come again.
      if (files === null || job.local) return Promise.resolve(undefined);
      const noted = last.then(() => note(s, files, markOf(job)));
      last = noted;
      return noted;
    },
  };
}
