// `mikroclaw integrations [list | info NAME]`: what the program can work with.

import { type Integration, integrationNamed, integrations } from "../app/integrations.ts";
import { fault, isFault, sayFault } from "../base/fault.ts";
import { nearest, oneLine, table } from "../base/text.ts";
import { EXIT } from "./boot.ts";
import type { Run } from "./run.ts";
import type { Term } from "./term.ts";

const VERBS = ["list", "info"];
/** A list is looked through; `info` tells all. */
const TITLE_UNITS = 110;

/** Lists all, or tells about one; an unknown name is answered with the nearest. */
export async function integrationsCommand({ args, term }: Run): Promise<number> {
  const [verb = "list", name, ...extra] = args.words;
  const isJson = args.flags.has("json");
  if (extra.length === 0 && verb === "list" && name === undefined) {
    if (isJson) term.json(integrations().map(({ more: _, docs: __, ...row }) => row));
    else list(term, integrations());
    return EXIT.ok;
  }
  const found = extra.length === 0 && verb === "info" && name !== undefined ? integrationNamed(name) : misused(verb);
  if (isFault(found)) {
    term.error(sayFault(found));
    return EXIT.usage;
  }
  if (isJson) term.json(found);
  else tell(term, found);
  return EXIT.ok;
}

function misused(verb: string): ReturnType<typeof fault> {
  const near = VERBS.includes(verb) ? undefined : nearest(verb, VERBS)[0];
  const next = near === undefined ? "Use: mikroclaw integrations list, or: info NAME" : `Did you mean "${near}"?`;
  return fault("input", `"integrations ${verb}" is not complete or not known.`, { code: "usage", next });
}

function list(term: Term, all: readonly Integration[]): void {
  const rows = all.map((x) => [x.kind, x.id, x.dialect ?? "", x.keyEnv ?? "", oneLine(x.title, TITLE_UNITS)]);
  term.line(table([["kind", "name", "dialect", "key", "what it is"], ...rows]));
  term.line("");
  term.line("More about one, and against what it was tested: mikroclaw integrations info NAME");
}

function tell(term: Term, x: Integration): void {
  const rows: Array<readonly [string, string | undefined]> = [
    ["kind", x.kind],
    ["dialect", x.dialect],
    ["base URL", x.baseUrl],
    ["key", x.keyEnv],
    ...Object.entries(x.more ?? {}),
    ["documents", x.docs],
    ["tested", x.tested],
  ];
  term.line(`${term.bold(x.id)}: ${x.title}`);
  term.line(table(rows.flatMap(([name, value]) => (value === undefined ? [] : [[`  ${name}`, value]]))));
}
