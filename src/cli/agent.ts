// `mikroclaw agent`: the prompt, with gateway and channels beside it; with -m one message
// and its answer, serving nothing.

import { serve, serveNothing } from "../app/serve.ts";
import { hex } from "../base/bytes.ts";
import { fault, isFault, type Outcome, sayFault } from "../base/fault.ts";
import { CLI_LINE_BYTES_MAX, TURN_CAP_MS } from "../base/limits.ts";
import { launch, type Scope } from "../base/scope.ts";
import { printable } from "../base/text.ts";
import type { Agent, Progress, Said } from "../port/agent.ts";
import type { Inbound } from "../port/channel.ts";
import { announcer } from "./announce.ts";
import { EXIT } from "./boot.ts";
import type { Run } from "./run.ts";
import type { Term } from "./term.ts";

/** A turn may take its cap, and a little for what comes before and after it. */
const SAY_MS = TURN_CAP_MS + 10_000;

/** The prompt, or one message with -m; exit 3 when that message needs an approval. */
export async function agentCommand(run: Run): Promise<number> {
  const message = run.args.flags.get("message");
  return message === undefined ? prompt(run) : once(run, message);
}

function inbound(run: Run, text: string): Inbound {
  const { clock, random } = run.program.host;
  return {
    channel: "cli",
    account: "local",
    chat: "terminal",
    sender: "terminal",
    messageId: hex(random.bytes(8)),
    text,
    sentMs: clock.wallMs(),
  };
}

async function once(run: Run, message: string): Promise<number> {
  const { program, config, term, version } = run;
  const served = await serveNothing(program.scope, program.host, config, { version, atPrompt: true });
  if (isFault(served)) {
    term.error(sayFault(served));
    return EXIT.usage;
  }
  const said = await ask(run, served.agent, message, () => undefined);
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

/** Says it; a signal ends the turn. */
async function ask(run: Run, agent: Agent, text: string, onProgress: (p: Progress) => void): Promise<Outcome<Said>> {
  const work = launch(run.program.scope, SAY_MS, (s) => agent.say(s, inbound(run, text), onProgress));
  void run.program.signalled.then(() => agent.stop("cli", "terminal"));
  return work.done;
}

async function prompt(run: Run): Promise<number> {
  const { program, config, term, version } = run;
  const start = { version, atPrompt: true };
  const served = await serve(program.scope, program.host, config, start, announcer(run, false));
  if (isFault(served)) {
    term.error(sayFault(served));
    return EXIT.usage;
  }
  if (program.host.info.inTty)
    term.line(`${term.bold("MikroClaw")} ${version}. /help lists the commands, Ctrl+D ends.`);
  const talk = launch(program.scope, Number.POSITIVE_INFINITY, async (s) => {
    await readLines(run, s, served.agent);
  });
  void program.signalled.then(() => talk.stop(fault("stopped", "Stopped by a signal.")));
  const ended = await talk.done;
  await served.close();
  if (isFault(ended) && ended.fault !== "stopped") term.error(sayFault(ended));
  return EXIT.ok;
}

async function readLines(run: Run, s: Scope, agent: Agent): Promise<void> {
  const { host } = run.program;
  const tty = host.info.inTty;
  for (;;) {
    const line = await host.prompt(s, tty ? run.term.bold("> ") : "");
    if (isFault(line)) {
      if (line.fault !== "limit") return;
      run.term.error(sayFault(line));
      continue;
    }
    const text = line.trim();
    if (text === "exit" || text === "quit") return;
    if (text !== "") await answer(run, agent, text.slice(0, CLI_LINE_BYTES_MAX));
  }
}

async function answer(run: Run, agent: Agent, text: string): Promise<void> {
  const { term } = run;
  const stream = streamer(term, run.program.host.info.outTty);
  const said = await ask(run, agent, text, stream.progress);
  if (isFault(said)) term.error(sayFault(said));
  else if (!stream.shown(said.reply)) term.line(printable(said.reply));
  term.line("");
}

/** Streams text to a terminal; a pipe gets the whole reply at once. */
function streamer(term: Term, live: boolean): { progress(p: Progress): void; shown(reply: string): boolean } {
  let text = "";
  return {
    progress(p) {
      if (!live) return;
      if (p.kind === "tool") {
        if (p.state === "started") term.line(term.dim(`… ${p.name}`));
        text = "";
        return;
      }
      text += p.text;
      term.piece(p.text);
    },
    shown(reply) {
      if (text === "") return false;
      term.line("");
      return text.trim() === reply.trim();
    },
  };
}
