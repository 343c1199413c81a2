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

/** What a person types, and the turn that answers it. */
interface Desk {
  /** The next line; a `stopped` fault when the prompt is shown anew. */
  read(): Promise<Outcome<string>>;
  /** Answers a line now or in its turn. */
  take(text: string): void;
  /** Ctrl+C; false: it ends the program. */
  interrupt(): boolean;
  /** Waits until there is room for a further line; with `all`, until everything is answered. */
  settled(all: boolean): Promise<void>;
  /** A line was typed: the next Ctrl+C is the first one again. */
  calm(): void;
}

function makeDesk(run: Run, s: Scope, agent: Agent): Desk {
  const { program, term } = run;
  const ahead: string[] = [];
  let work: Promise<void> | null = null;
  let showAnew = (): void => undefined;
  let wasWarned = false;
  s.onStop(() => {
    ahead.length = 0;
  });
  const drain = async (): Promise<void> => {
    for (let text = ahead.shift(); text !== undefined; text = ahead.shift()) await answer(run, agent, text);
    work = null;
    showAnew();
  };
  const stop = (): void => {
    // The agent says why it goes on.
    if (!stopTurn(agent)) void answer(run, agent, "/stop");
  };
  const warn = (): void => {
    wasWarned = true;
    term.line(term.dim("\nCtrl+C again, or Ctrl+D, ends."));
    showAnew();
  };
  return {
    read() {
      const shown = work === null ? term.bold("> ") : "";
      const asking = launch(s, Number.POSITIVE_INFINITY, (ps) => program.host.prompt(ps, shown));
      showAnew = () => asking.stop(ANEW);
      return asking.done;
    },
    take(text) {
      if (work !== null && text.toLowerCase() === "/stop") return stop();
      if (text !== "") ahead.push(text);
      if (ahead.length > 0) work ??= drain();
    },
    interrupt() {
      if (work === null && wasWarned) return false;
      if (work === null) warn();
      else {
        if (ahead.length > 0) term.line(term.dim(`Lines typed ahead and now left out: ${ahead.length}`));
        ahead.length = 0;
        stop();
      }
      return true;
    },
    async settled(all) {
      if (all || ahead.length >= CLI_HISTORY_MAX) await work;
    },
    calm() {
      wasWarned = false;
    },
  };
}

/** Talks with a person until the end of input, `exit`, or Ctrl+C twice. */
export async function talkAtTerminal(run: Run, s: Scope, agent: Agent): Promise<void> {
  const desk = makeDesk(run, s, agent);
  run.program.onInterrupt = () => desk.interrupt();
  for (;;) {
    await desk.settled(false);
    const line = await desk.read();
    if (s.stopped !== null) break;
    if (isFault(line)) {
      if (line.fault === "missing") {
        run.term.line("");
        break;
      }
      if (line.fault === "limit") run.term.error(sayFault(line));
      continue;
    }
    desk.calm();
    const text = line.trim();
    if (ENDS.has(text)) break;
    desk.take(text);
  }
  await desk.settled(true);
}
