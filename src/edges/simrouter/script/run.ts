// Runs a script that was read: its statements one after the other. A generator: it gives
// up control where the script waits, so that the simulator's clock decides when it goes
// on. Facts: MikroTik manual, Scripting.

import { isFault } from "../../../base/fault.ts";
import type { Block, Expr, Statement, WordArgs } from "./code.ts";
import { command } from "./command.ts";
import { evaluate } from "./evaluate.ts";
import { type Ended, type Flow, type Frame, placed, type Run } from "./run-types.ts";
import { ended, givenOf, inside, loop, spend, steer } from "./steer.ts";
import { listOf } from "./values.ts";

/** `$f 1 2 name=value`: arguments are $1, $2 and $name inside. */
function* call(run: Run, frame: Frame, of: Expr, args: WordArgs): Flow<Ended> {
  const callee = yield* evaluate(run, of, frame);
  if (isFault(callee)) return callee;
  if (callee.is !== "code") return ended(callee);
  const given = yield* givenOf(run, frame, args);
  if (isFault(given)) return given;
  const vars = [...given.items.map((v, at) => [String(at + 1), v] as const), ...given.named];
  const made = yield* run.body(run, callee.body, inside(frame, [["0", listOf(given.items)], ...vars]));
  return isFault(made) || made.by !== "return" ? made : ended(made.value);
}

function* one(run: Run, frame: Frame, s: Statement): Flow<Ended> {
  switch (s.run) {
    case "block":
      return yield* run.body(run, s.body, inside(frame));
    case "call":
      return yield* call(run, frame, s.of, s.args);
    case "value": {
      const value = yield* evaluate(run, s.of, frame);
      return isFault(value) ? value : ended(value);
    }
    case "command": {
      const value = yield* command(run, frame, s.menu, s.verb, s.args);
      return isFault(value) ? value : ended(value);
    }
    default: {
      if (s.name === "while") return yield* loop(run, frame, s.args);
      const given = yield* givenOf(run, frame, s.args);
      return isFault(given) ? given : yield* steer(run, frame, s.name, given);
    }
  }
}

function pathOf(s: Statement): string {
  if (s.run === "command") return `${s.menu}/${s.verb}`;
  return s.run === "word" ? `:${s.name}` : "";
}

/** Runs statements in a frame of their own. */
export function* body(run: Run, block: Block, frame: Frame): Flow<Ended> {
  let last = ended();
  for (const s of block) {
    const stop = spend(run);
    if (isFault(stop)) return stop;
    const made = yield* one(run, frame, s);
    if (isFault(made)) return placed(made, pathOf(s), s.line);
    if (made.by !== "end") return made;
    last = made;
  }
  return last;
}
