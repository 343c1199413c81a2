// `mikroclaw audit export | verify [FILE]`: the audit log that lies on a disk here, or an export
// of it, looked at without a running agent.

import { auditFiles } from "../app/audit-place.ts";
import { readOwnersFile } from "../app/config-file.ts";
import { fault, isFault, sayFault, type Wait } from "../base/fault.ts";
import { AUDIT_EXPORT_BYTES_MAX } from "../base/limits-audit.ts";
import type { Scope } from "../base/scope.ts";
import { decodeUtf8 } from "../base/utf8.ts";
import { readHead, readLog } from "../core/audit-files.ts";
import { exportHead, type Head, type Verified, verifyChain } from "../ros/journal.ts";
import { EXIT } from "./boot.ts";
import type { Run } from "./run.ts";

interface Log {
  readonly text: string;
  /** Where the newest entry is known from elsewhere. */
  readonly head: Head | null;
}

async function logHere(s: Scope, { program, config }: Run): Wait<Log> {
  const files = auditFiles(program.host, config);
  const text = files === null ? "" : await readLog(s, files);
  if (isFault(text)) return text;
  if (files === null || text === "")
    return fault("missing", "No audit log lies on a disk here.", {
      next: "A running agent that keeps it in memory gives it away: GET /audit with a token.",
    });
  const head = await readHead(s, files);
  return isFault(head) ? head : { text, head };
}

async function logIn(s: Scope, run: Run, path: string): Wait<Log> {
  const bytes = await readOwnersFile(s, run.program.host, path, AUDIT_EXPORT_BYTES_MAX);
  return isFault(bytes) ? bytes : { text: decodeUtf8(bytes), head: null };
}

function shown({ from, head, isWhole, isTorn }: Verified): string {
  const torn = isTorn ? " The last line is cut off, as by a power cut; nothing of it was done." : "";
  const end = isWhole
    ? " Nothing is missing at its end, as far as it says itself."
    : " Whether entries were cut off at its end cannot be known from it.";
  return `Entries ${from} to ${head.n} follow from each other; the newest has the hash ${head.hash}.${torn}${end} Compare that with a hash noted elsewhere: who could write the whole log anew could also make it fit.`;
}

/** Exit code 1 when there is none, or when it was changed. */
export async function auditCommand(run: Run): Promise<number> {
  const { program, args, term } = run;
  const [word = "", path] = args.words;
  const isVerify = word === "verify";
  if (!isVerify && (word !== "export" || path !== undefined)) {
    term.error("Write: mikroclaw audit export, or mikroclaw audit verify [FILE]");
    return EXIT.usage;
  }
  const s = program.scope;
  const log = path === undefined ? await logHere(s, run) : await logIn(s, run, path);
  const found = isFault(log) ? log : verifyChain(log.text, log.head);
  if (!isFault(log) && !isVerify) {
    const known = isFault(found) ? null : exportHead(found.from, found.head);
    program.host.print(`${known === null ? "" : `${known}\n`}${log.text}`);
  }
  if (isFault(found)) {
    term.error(sayFault(found));
    return EXIT.fault;
  }
  if (isVerify && args.flags.has("json")) term.json({ ok: true, ...found });
  else if (isVerify) term.line(shown(found));
  return EXIT.ok;
}
