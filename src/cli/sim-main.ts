// The simulated router's own program: `mikroclaw sim`. Serves RouterOS REST on loopback
// until a signal, so that everything can be tried without a router.

import { isFault, sayFault, type Wait } from "../base/fault.ts";
import { DRAIN_MS } from "../base/limits.ts";
import { type Scope, withScope } from "../base/scope.ts";
import { type SimServer, serveSimRouter } from "../edges/simrouter/server.ts";
import { EXIT, type Program, startProgram } from "./boot.ts";
import { readSimArgs, SIM_HELP } from "./sim-args.ts";
import { rehearsal, twinOf } from "./sim-twin.ts";
import { makeTerm } from "./term.ts";

/** Serves until a signal; exit 2 for wrong flags and a taken port. */
async function main(program: Program): Promise<number> {
  const { host, scope } = program;
  const term = makeTerm(host);
  const asked = readSimArgs(host.args());
  if (isFault(asked)) {
    term.error(sayFault(asked));
    return EXIT.usage;
  }
  if (asked.help) {
    host.print(SIM_HELP);
    return EXIT.ok;
  }
  const twin = await twinOf(scope, host, asked);
  if (isFault(twin)) {
    term.error(sayFault(twin));
    return EXIT.usage;
  }
  if (asked.rehearse !== undefined) return rehearsal(host, term, asked, twin, asked.rehearse);
  const server = await serveSimRouter(scope, host, { ...asked, ...twin });
  if (isFault(server)) {
    term.error(sayFault(server));
    return server.fault === "failed" ? EXIT.fault : EXIT.usage;
  }
  if (asked.json) term.json({ event: "listening", address: asked.bind, port: server.port });
  else term.line(`Simulated router on http://${asked.bind}:${server.port} (user ${asked.user}). Stop it with Ctrl+C.`);
  await program.signalled;
  const drained = await drain(scope, server);
  if (isFault(drained)) host.log.event("warn", "sim.drain", { what: drained.what });
  return EXIT.ok;
}

function drain(scope: Scope, server: SimServer): Wait<void> {
  return withScope(scope, DRAIN_MS, async (s) => {
    await server.drain(s);
    return undefined;
  });
}

startProgram(main);
