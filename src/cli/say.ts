// One message to the agent and its answer. Who waits at a terminal is told so; into a pipe
// goes nothing but the answer.

import { hex } from "../base/bytes.ts";
import { fault, isFault, sayFault, type Wait } from "../base/fault.ts";
import { TURN_CAP_MS, WAIT_TOLD_AGAIN_MS, WAIT_TOLD_MS } from "../base/limits.ts";
import { launch, type Scope } from "../base/scope.ts";
import type { Agent, Progress, Said } from "../port/agent.ts";
import type { Run } from "./run.ts";

/** A turn may take its cap, and a little for what comes before and after it. */
const SAY_MS = TURN_CAP_MS + 10_000;
/** The one chat of this terminal. */
const CHAT = "terminal";

interface Waiting {
  whom: string;
  sinceMs: number;
}

async function tellWaiting(s: Scope, { program, term }: Run, waiting: Waiting): Wait<void> {
  const { clock } = program.host;
  for (let nextMs = WAIT_TOLD_MS; ; ) {
    const slept = await clock.sleep(s, nextMs);
    if (isFault(slept)) return slept;
    const waitedMs = clock.monoMs() - waiting.sinceMs;
    if (waitedMs >= WAIT_TOLD_MS) {
      term.line(term.dim(`… waiting for ${waiting.whom} (${Math.round(waitedMs / 1000)} s; Ctrl+C stops it)`));
    }
    nextMs = waitedMs >= WAIT_TOLD_MS ? WAIT_TOLD_AGAIN_MS : WAIT_TOLD_MS - waitedMs;
  }
}

/** Says it and waits for the answer. */
export async function say(
  scope: Scope,
  run: Run,
  agent: Agent,
  text: string,
  onProgress: (p: Progress) => void,
): Wait<Said> {
  const { host } = run.program;
  const { clock, random } = host;
  const waiting: Waiting = { whom: text.startsWith("/") ? "the router" : "an answer", sinceMs: clock.monoMs() };
  const watch = (p: Progress): void => {
    const atRouter = p.kind === "tool" && p.state === "started" && p.name.startsWith("routeros");
    Object.assign(waiting, { whom: atRouter ? "the router" : "an answer", sinceMs: clock.monoMs() });
    onProgress(p);
  };
  const teller = host.info.outTty ? launch(scope, SAY_MS, (s) => tellWaiting(s, run, waiting)) : null;
  const m = {
    channel: "cli",
    account: "local",
    chat: CHAT,
    sender: CHAT,
    messageId: hex(random.bytes(8)),
    text,
    sentMs: clock.wallMs(),
  };
  const said = await launch(scope, SAY_MS, (s) => agent.say(s, m, watch)).done;
  teller?.stop(fault("stopped", "It is answered."));
  return said;
}

/** Ends the turn of this terminal; false if none could be ended. */
export function stopTurn(agent: Agent): boolean {
  return agent.stop("cli", CHAT);
}

/** Prints an answer; false when it tells of a failure. */
export async function answer(run: Run, agent: Agent, text: string): Promise<boolean> {
  const { term, program, args } = run;
  const asJson = args.flags.has("json");
  const stream = streamer(run, program.host.info.outTty && !asJson);
  const said = await say(program.scope, run, agent, text, stream.progress);
  if (isFault(said)) {
    term.error(sayFault(said));
    return false;
  }
  if (asJson) term.json(said);
  else {
    const rest = stream.rest(said.reply);
    if (rest !== "") term.line(rest);
    term.line("");
  }
  return said.failed !== true;
}

/** Streams text to a terminal; a pipe gets the whole reply at once. */
function streamer({ term }: Run, live: boolean): { progress(p: Progress): void; rest(reply: string): string } {
  // The piece of text that was streamed last, and whether a tool came after it.
  let text = "";
  let ended = false;
  const endLine = (): void => {
    if (!ended && text !== "") term.line("");
    ended = true;
  };
  return {
    progress(p) {
      if (!live) return;
      if (p.kind === "text") {
        if (ended) text = "";
        ended = false;
        text += p.text;
        term.piece(p.text);
      } else if (p.state === "started") {
        endLine();
        term.line(term.dim(`… ${p.name}`));
      }
    },
    rest(reply) {
      endLine();
      const shown = text.trim();
      return shown !== "" && reply.startsWith(shown) ? reply.slice(shown.length).replace(/^\n/, "") : reply;
    },
  };
}
