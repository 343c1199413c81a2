// `mikroclaw status`: asks the running agent's open health route.

import { askHealth, gatewayPlace, type Health } from "../app/gateway-place.ts";
import { isFault, sayFault, type Wait } from "../base/fault.ts";
import { PROBE_MS } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { sayWaiting } from "../core/waiting.ts";
import { makeHttp } from "../net/http-client.ts";
import { EXIT, untilSignal } from "./boot.ts";
import type { Run } from "./run.ts";
import type { Term } from "./term.ts";

/** Prints what `/health` of the running agent says; exit 1 when none runs or it is degraded. */
export async function statusCommand(run: Run): Promise<number> {
  const { args, term } = run;
  return untilSignal(run.program, PROBE_MS, async (s) => {
    const found = await ask(s, run);
    if (isFault(found)) {
      term.error(sayFault(found));
      return EXIT.fault;
    }
    if (args.flags.has("json")) term.json(found);
    else show(term, found);
    return found.status === "ok" ? EXIT.ok : EXIT.fault;
  });
}

function show(term: Term, found: Health): void {
  term.line(found.status === "ok" ? term.good("ok") : term.bad("degraded"));
  for (const [name, works] of Object.entries(found.components)) {
    term.line(`  ${name.padEnd(10)}${works ? term.good("works") : term.dim("does not work, or is not configured")}`);
  }
  if (found.waiting !== undefined) term.line(sayWaiting(found.waiting));
}

async function ask(s: Scope, { program, config }: Run): Wait<Health> {
  const place = await gatewayPlace(s, program.host, config);
  if (isFault(place)) return place;
  const http = makeHttp(program.host);
  const found = await askHealth(s, http, place);
  await http.close();
  return found;
}
