// `mikroclaw gateway`: gateway and channels without a terminal, until a signal; SIGHUP reads the
// models and their keys again.

import { serve } from "../app/serve.ts";
import { isFault, sayFault } from "../base/fault.ts";
import { announcer } from "./announce.ts";
import { EXIT } from "./boot.ts";
import type { Run } from "./run.ts";

/** Serves until a signal; a taken port or a bad configuration is exit 2. */
export async function gatewayCommand(run: Run): Promise<number> {
  const { program, config, term, version } = run;
  const served = await serve(program.scope, program.host, config, { version, atPrompt: false }, announcer(run, true));
  if (isFault(served)) {
    term.error(sayFault(served));
    return EXIT.usage;
  }
  program.onHangup = () => served.reload();
  await program.signalled;
  await served.close();
  return EXIT.ok;
}
