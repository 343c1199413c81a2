// The script language's own commands that steer: conditions, loops, errors, variables,
// waiting. Facts: MikroTik manual, Scripting (global commands, loops and conditions).

import { isFault, type Outcome } from "../../../base/fault.ts";
import { SIM_SCRIPT_STEPS_MAX } from "../../../base/limits-sim.ts";
import { parseRosDuration } from "../../../base/time.ts";
import type { Value, WordArgs } from "./code.ts";
import { evaluate, frameOf, itemsOf } from "./evaluate.ts";
import { readScript } from "./read.ts";
import { type Ended, type Flow, type Frame, failure, type Run } from "./run-types.ts";
import { NOTHING_AT_ALL, num, numberOf, str, textOf, truth } from "./values.ts";
import { WORDS } from "./words.ts";

/** An end without a jump. */
export const ended = (value: Value = NOTHING_AT_ALL): Ended => ({ by: "end", value });
/** A frame inside another. */
export const inside = (frame: Frame, vars: ReadonlyArray<readonly [string, Value]> = []): Frame => ({
  vars: new Map(vars),
  above: frame,
  row: null,
});

export interface Given {
  readonly items: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** The arguments of a word, worked out. */
export function* givenOf(run: Run, frame: Frame, args: WordArgs): Flow<Given> {
  const items: Value[] = [];
  const named = new Map<string, Value>();
  for (const e of args.items) {
    const value = yield* evaluate(run, e, frame);
    if (isFault(value)) return value;
    items.push(value);
  }
  for (const [name, e] of args.named) {
    const value = yield* evaluate(run, e, frame);
    if (isFault(value)) return value;
    named.set(name, value);
  }
  return { items, named };
}

/** Code, or a text that is a script. */
function* code(run: Run, frame: Frame, of: Value | undefined): Flow<Ended> {
  if (of === undefined) return ended();
  if (of.is === "code") return yield* run.body(run, of.body, inside(frame));
  const read = readScript(run.world.tree, textOf(of));
  return isFault(read) ? read : yield* run.body(run, read, inside(frame));
}

function* when(run: Run, frame: Frame, given: Given): Flow<Ended> {
  const yes = given.items[0];
  if (yes === undefined || yes.is === "code" || yes.is === "array") return failure("conditional not boolean");
  return yield* code(run, frame, given.named.get(truth(yes) ? "do" : "else"));
}

/** One round of a loop; null: go on. */
function* round(
  run: Run,
  frame: Frame,
  body: Value | undefined,
  vars: ReadonlyArray<readonly [string, Value]>,
): Flow<Ended | null> {
  const made = yield* code(run, inside(frame, vars), body);
  if (isFault(made) || made.by === "return") return made;
  return made.by === "break" ? ended() : null;
}

function* foreach(run: Run, frame: Frame, given: Given): Flow<Ended> {
  const [name = "", second] = textOf(given.items[0] ?? NOTHING_AT_ALL, ",").split(",");
  const items = itemsOf(given.named.get("in") ?? NOTHING_AT_ALL);
  for (const [at, [key, value]] of items.entries()) {
    const label = key === null ? num(at) : str(key);
    const vars: Array<readonly [string, Value]> =
      second === undefined
        ? [[name, value]]
        : [
            [name, label],
            [second, value],
          ];
    const made = yield* round(run, frame, given.named.get("do"), vars);
    if (made !== null) return made;
  }
  return ended();
}

function* count(run: Run, frame: Frame, given: Given): Flow<Ended> {
  const bound = (name: string, without: number): number => numberOf(given.named.get(name) ?? num(without)) ?? without;
  const [from, to] = [bound("from", 0), bound("to", 0)];
  const step = bound("step", from <= to ? 1 : -1) || 1;
  for (let at = from; step > 0 ? at <= to : at >= to; at += step) {
    const vars = [[textOf(given.items[0] ?? NOTHING_AT_ALL), num(at)] as const];
    const made = yield* round(run, frame, given.named.get("do"), vars);
    if (made !== null) return made;
  }
  return ended();
}

/** `:while (…) do={…}`: the condition is worked out anew each time. */
export function* loop(run: Run, frame: Frame, args: WordArgs): Flow<Ended> {
  for (;;) {
    const given = yield* givenOf(run, frame, args);
    if (isFault(given)) return given;
    if (!truth(given.items[0] ?? NOTHING_AT_ALL)) return ended();
    const made = yield* round(run, frame, given.named.get("do"), []);
    if (made !== null) return made;
    const stop = spend(run);
    if (isFault(stop)) return stop;
  }
}

/** `:do {…} on-error={…}`, `:onerror e in={…} do={…}` */
function* guarded(
  run: Run,
  frame: Frame,
  body: Value | undefined,
  rescue: Value | undefined,
  name: string,
): Flow<Ended> {
  const made = yield* code(run, frame, body);
  if (!isFault(made) || rescue === undefined) return made;
  const saved = yield* code(run, inside(frame, name === "" ? [] : [[name, str(made.what)]]), rescue);
  return saved;
}

function* delay(given: Given): Flow<Ended> {
  const of = given.items[0] ?? given.named.get("delay-time") ?? num(1);
  const text = textOf(of);
  const ms = of.is === "num" ? Number(text) * 1000 : parseRosDuration(text);
  if (isFault(ms)) return failure("invalid time value for argument delay-time");
  yield ms;
  return ended();
}

function* retry(run: Run, frame: Frame, given: Given): Flow<Ended> {
  const max = numberOf(given.named.get("max") ?? num(1)) ?? 1;
  for (let left = max; left > 1; left -= 1) {
    const made = yield* code(run, frame, given.named.get("command"));
    if (!isFault(made)) return made;
    yield 1000 * (numberOf(given.named.get("delay") ?? num(0)) ?? 0);
  }
  return yield* guarded(run, frame, given.named.get("command"), given.named.get("on-error"), "");
}

/** Where `:set` writes: the variable that is seen here, or a new one. */
function seen(run: Run, frame: Frame, key: string): Map<string, Value> {
  const own = frameOf(frame, key);
  if (own !== null) return own.vars;
  return run.globals.has(key) ? run.globals : frame.vars;
}

/** `:local`, `:global`, `:set`: without a value a global only becomes visible. */
function define(run: Run, frame: Frame, name: string, given: Given): Ended {
  const key = textOf(given.items[0] ?? NOTHING_AT_ALL);
  const value = given.items[1] ?? given.named.get("do");
  if (name === "global" && value === undefined && run.globals.has(key)) return ended();
  const home = name === "local" ? frame.vars : name === "global" ? run.globals : seen(run, frame, key);
  home.set(key, value ?? NOTHING_AT_ALL);
  return ended();
}

function raise(given: Given): Outcome<Ended> {
  return failure(textOf(given.items[0] ?? str("failure")));
}

function put(run: Run, given: Given): Ended {
  run.say(textOf(given.items[0] ?? given.named.get("message") ?? NOTHING_AT_ALL));
  return ended();
}

/** Runs one word. */
export function* steer(run: Run, frame: Frame, name: string, given: Given): Flow<Ended> {
  switch (name) {
    case "if":
      return yield* when(run, frame, given);
    case "foreach":
      return yield* foreach(run, frame, given);
    case "for":
      return yield* count(run, frame, given);
    case "do":
      return yield* guarded(run, frame, given.items[0] ?? given.named.get("command"), given.named.get("on-error"), "");
    case "onerror":
      return yield* guarded(
        run,
        frame,
        given.named.get("in"),
        given.named.get("do"),
        textOf(given.items[0] ?? NOTHING_AT_ALL),
      );
    case "retry":
      return yield* retry(run, frame, given);
    case "delay":
      return yield* delay(given);
    default:
      return plain(run, frame, name, given);
  }
}

/** Words that do not wait. */
function plain(run: Run, frame: Frame, name: string, given: Given): Outcome<Ended> {
  switch (name) {
    case "local":
    case "global":
    case "set":
      return define(run, frame, name, given);
    case "put":
      return put(run, given);
    case "error":
      return raise(given);
    case "return":
      return { by: "return", value: given.items[0] ?? NOTHING_AT_ALL };
    case "break":
    case "continue":
      return { by: name, value: NOTHING_AT_ALL };
    default:
      return computed(run, name, given);
  }
}

function computed(run: Run, name: string, given: Given): Outcome<Ended> {
  const word = WORDS.get(name);
  if (word !== undefined) {
    const value = word(given.items, given.named, run.world);
    return isFault(value) ? value : ended(value);
  }
  const texts: Array<readonly [string, string]> = [...given.named].map(([key, v]) => [key, textOf(v)]);
  const script = given.items[0];
  if (name === "execute" && script !== undefined) texts.push(["script", textOf(script)]);
  const done = run.perform(run.world, run.actor, "/", name, { given: new Map(texts), query: null, proplist: null });
  if (isFault(done)) return done;
  const { value } = done;
  const ret = typeof value === "object" && value !== null && "ret" in value ? value.ret : "";
  return ended(typeof ret === "string" && ret !== "" ? str(ret) : NOTHING_AT_ALL);
}

/** Counts a step; a script without end is ended. */
export function spend(run: Run): Outcome<void> {
  run.steps += 1;
  return run.steps > SIM_SCRIPT_STEPS_MAX
    ? failure("failure: the simulated router ended a script without end")
    : undefined;
}
