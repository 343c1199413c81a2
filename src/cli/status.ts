// `mikroclaw status`: asks the running agent's open health route.

import * as z from "zod/mini";
import { askGateway, gatewayPlace } from "../app/gateway-place.ts";
import { fault, isFault, sayFault, type Wait } from "../base/fault.ts";
import { PROBE_MS } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { decodeUtf8 } from "../base/utf8.ts";
import { makeHttp } from "../net/http-client.ts";
import { parseJsonAs } from "../port/parse.ts";
import { EXIT, untilSignal } from "./boot.ts";
import type { Run } from "./run.ts";
import type { Term } from "./term.ts";

const health = () => z.object({ status: z.enum(["ok", "degraded"]), components: z.record(z.string(), z.boolean()) });
type Health = z.infer<ReturnType<typeof health>>;

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
}

async function ask(s: Scope, { program, config }: Run): Wait<Health> {
  const place = await gatewayPlace(s, program.host, config);
  if (isFault(place)) return place;
  const http = makeHttp(program.host);
  const r = await askGateway(s, http, place, "/health");
  await http.close();
  const url = `${place.url}/health`;
  if (isFault(r)) {
    return fault("unreachable", `No agent answers at ${url}.`, { next: "Start it with: mikroclaw gateway" });
  }
  const parsed = parseJsonAs(health, decodeUtf8(r.body), "reply of /health");
  return isFault(parsed) ? fault("failed", `What answers at ${url} is not MikroClaw.`) : parsed;
}
