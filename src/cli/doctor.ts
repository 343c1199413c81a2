// `mikroclaw doctor`: each part checked by really asking it, in plain words.

import { configSecrets } from "../app/config.ts";
import { type Check, examine } from "../app/doctor.ts";
import { doctorParts } from "../app/parts.ts";
import { isFault, sayFault } from "../base/fault.ts";
import { DOCTOR_MS } from "../base/limits.ts";
import { EXIT, untilSignal } from "./boot.ts";
import type { Run } from "./run.ts";
import type { Term } from "./term.ts";

/** Prints the report; exit 1 when a part does not work. */
export async function doctorCommand({ program, args, config, term, version }: Run): Promise<number> {
  return untilSignal(program, DOCTOR_MS, async (s) => {
    const parts = await doctorParts(s, program.host, config, { version, atPrompt: true });
    if (isFault(parts)) {
      term.error(sayFault(parts));
      return EXIT.usage;
    }
    const checks = await examine(s, parts, configSecrets(config));
    const ok = checks.every((c) => c.ok);
    if (args.flags.has("json")) term.json({ ok, checks });
    else for (const c of checks) show(term, c);
    return ok ? EXIT.ok : EXIT.fault;
  });
}

function show(term: Term, c: Check): void {
  term.line(`${c.ok ? term.good("ok  ") : term.bad("FAIL")} ${c.id.padEnd(10)} ${c.what}`);
  if (!c.ok && c.next !== undefined) term.line(`     ${"".padEnd(10)} ${term.bold(c.next)}`);
}
