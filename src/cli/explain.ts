// `mikroclaw explain 'COMMAND'`: what a RouterOS command or script would do, without a
// router. With `-` each line of standard input is explained, one JSON line or text each.

import { fault, isFault, sayFault } from "../base/fault.ts";
import { printable } from "../base/text.ts";
import { type CommandTree, loadCommands } from "../ros/commands.ts";
import { type Explained, explain, notUnderstood } from "../ros/explain.ts";
import { type Release, releaseOf } from "../ros/releases.ts";
import { EXIT } from "./boot.ts";
import type { Run } from "./run.ts";
import type { Term } from "./term.ts";

const WRITES = { true: "writes", false: "does not write", unknown: "may write" } as const;

function show(term: Term, x: Explained, isJson: boolean): void {
  if (isJson) return term.json(x);
  if (x.command !== "") term.line(term.bold(`${x.menu === "/" ? "" : x.menu}/${x.command}`));
  term.line(`${x.risk}, ${WRITES[`${x.writes}`]}`);
  for (const r of x.requests) {
    const query = Object.entries(r.query ?? {}).map(([name, value]) => `${name}=${value}`);
    const target = `${r.path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
    term.line(printable(`${r.method} ${target}${r.body === undefined ? "" : ` ${JSON.stringify(r.body)}`}`));
  }
  for (const note of x.notes) term.line(note);
  if (x.error !== undefined) term.line(x.error);
}

/** Explains each line of standard input up to its end; a line too long to be read is answered as well. */
async function explainLines({ program, term, args }: Run, tree: CommandTree, release: Release | null): Promise<number> {
  let code: number = EXIT.ok;
  for (;;) {
    const line = await program.host.prompt(program.scope, "");
    if (isFault(line) && line.fault === "missing") return code;
    const x = isFault(line) ? notUnderstood(line) : explain(tree, line, release);
    if (!x.ok) code = EXIT.fault;
    show(term, x, args.flags.has("json"));
    if (isFault(line) && line.fault !== "limit" && line.fault !== "input") return EXIT.fault;
  }
}

/** Exit code 1 when something was not understood or is not translated. */
export async function explainCommand(run: Run): Promise<number> {
  const { program, args, term } = run;
  const text = args.words.join(" ");
  if (text.trim() === "") {
    const next = "For example: mikroclaw explain '/ip/address/print'";
    term.error(sayFault(fault("input", "explain wants a RouterOS command.", { next })));
    return EXIT.usage;
  }
  const tree = loadCommands(program.host.resource);
  const version = args.flags.get("ros");
  const release = version === undefined ? null : releaseOf(tree, version);
  if (isFault(release)) {
    term.error(sayFault(release));
    return EXIT.usage;
  }
  if (text === "-") return explainLines(run, tree, release);
  const x = explain(tree, text, release);
  show(term, x, args.flags.has("json"));
  return x.ok ? EXIT.ok : EXIT.fault;
}
