// `mikroclaw agent`: the prompt, with gateway and channels beside it; with -m one message
// and its answer, serving nothing.

import { serve, serveNothing } from "../app/serve.ts";
import { fault, isFault, sayFault } from "../base/fault.ts";
import { launch } from "../base/scope.ts";
import { announcer } from "./announce.ts";
import { EXIT } from "./boot.ts";
import type { Run } from "./run.ts";
import { say, stopTurn } from "./say.ts";
import { talkAtTerminal, talkOverPipe } from "./terminal.ts";

/** The prompt, or one message with -m; exit 3 when that message needs an approval. */
export async function agentCommand(run: Run): Promise<number> {
  const message = run.args.flags.get("message");
  return message === undefined ? prompt(run) : once(run, message);
}

async function once(run: Run, message: string): Promise<number> {
  const { program, config, term, version } = run;
  const served = await serveNothing(program.scope, program.host, config, { version, atPrompt: true });
  if (isFault(served)) {
    term.error(sayFault(served));
    return EXIT.usage;
  }
  void program.signalled.then(() => stopTurn(served.agent));
  const said = await say(program.scope, run, served.agent, message, () => undefined);
  await served.close();
  if (isFault(said)) {
    term.error(sayFault(said));
    return EXIT.fault;
  }
  if (run.args.flags.has("json")) term.json(said);
  else if (said.failed === true) term.error(said.reply);
  else term.line(said.reply);
  if (said.plan !== undefined) return EXIT.approval;
  return said.failed === true ? EXIT.fault : EXIT.ok;
}

async function prompt(run: Run): Promise<number> {
  const { program, config, term, version } = run;
  const start = { version, atPrompt: true };
  const served = await serve(program.scope, program.host, config, start, announcer(run, false));
  if (isFault(served)) {
    term.error(sayFault(served));
    return EXIT.usage;
  }
  const { agent } = served;
  const isTerminal = program.host.info.inTty;
  if (isTerminal) term.line(`${term.bold("MikroClaw")} ${version}. /help lists the commands, Ctrl+D ends.`);
  let allWell = true;
  const talk = launch(program.scope, Number.POSITIVE_INFINITY, async (s) => {
    if (isTerminal) await talkAtTerminal(run, s, agent);
    else allWell = await talkOverPipe(run, s, agent);
  });
  void program.signalled.then(() => {
    talk.stop(fault("stopped", "Stopped by a signal."));
    stopTurn(agent);
  });
  const ended = await talk.done;
  await served.close();
  if (isFault(ended) && ended.fault !== "stopped") term.error(sayFault(ended));
  return allWell ? EXIT.ok : EXIT.fault;
}
