// The prompt at a terminal: it reads on while a turn runs, so that /stop and Ctrl+C end it at
// once; other lines wait for their turn. From a pipe lines are taken one after another.

import { fault, isFault, type Outcome, sayFault } from "../base/fault.ts";
import { CLI_HISTORY_MAX } from "../base/limits.ts";
import { launch, type Scope } from "../base/scope.ts";
import type { Agent } from "../port/agent.ts";
import type { Run } from "./run.ts";
import { answer, stopTurn } from "./say.ts";

const ENDS: ReadonlySet<string> = new Set(["exit", "quit"]);
const ANEW = fault("stopped", "The prompt is shown anew.");

/** Answers lines of a pipe until its end; false when an answer told of a failure. */
export async function talkOverPipe(run: Run, s: Scope, agent: Agent): Promise<boolean> {
  let allWell = true;
  for (;;) {
    const line = await run.program.host.prompt(s, "");
    if (isFault(line) && line.fault !== "limit") return allWell;
    if (isFault(line)) {
      run.term.error(sayFault(line));
      allWell = false;
      continue;
    }
    const text = line.trim();
    if (ENDS.has(text)) return allWell;
    if (text !== "" && !(await answer(run, agent, text))) allWell = false;
  }
}

/** Talks with a person until the end of input, `exit`, or Ctrl+C twice. */
export async function talkAtTerminal(run: Run, s: Scope, agent: Agent): Promise<void> {
  const { program, term } = run;
  const ahead: string[] = [];
  let work: Promise<void> | null = null;
  let showAnew = (): void => undefined;
  let wasWarned = false;

  const read = (): Promise<Outcome<string>> => {
    const shown = work === null ? term.bold("> ") : "";
    const asking = launch(s, Number.POSITIVE_INFINITY, (ps) => program.host.prompt(ps, shown));
    showAnew = () => asking.stop(ANEW);
    return asking.done;
  };
  const drain = async (): Promise<void> => {
    for (let text = ahead.shift(); text !== undefined; text = ahead.shift()) await answer(run, agent, text);
    work = null;
    showAnew();
  };
  const stop = (): void => {
    // The agent says why it goes on.
    if (!stopTurn(agent)) void answer(run, agent, "/stop");
  };
  s.onStop(() => {
    ahead.length = 0;
  });
  program.onInterrupt = () => {
    if (work === null && wasWarned) return false;
    if (work === null) {
      wasWarned = true;
      term.line(term.dim("\nCtrl+C again, or Ctrl+D, ends."));
      showAnew();
      return true;
    }
    if (ahead.length > 0) term.line(term.dim(`Lines typed ahead and now left out: ${ahead.length}`));
    ahead.length = 0;
    stop();
    return true;
  };

  for (;;) {
    if (ahead.length >= CLI_HISTORY_MAX) await work;
    const line = await read();
    if (s.stopped !== null) break;
    if (isFault(line) && line.fault === "missing") {
      term.line("");
      break;
    }
    wasWarned = wasWarned && isFault(line);
    if (isFault(line)) {
      if (line.fault === "limit") term.error(sayFault(line));
      continue;
    }
    const text = line.trim();
    if (ENDS.has(text)) break;
    if (work !== null && text.toLowerCase() === "/stop") stop();
    else if (text !== "") ahead.push(text);
    if (ahead.length > 0) work ??= drain();
  }
  await work;
}
