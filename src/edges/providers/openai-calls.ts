// Collects tool calls from the pieces of a streamed answer. Services differ in how they
// number, name and cut them; the rules here take what is known of them (missing or constant
// index, missing, repeated or shared ids, split or repeated names, arguments as objects).

import { MODEL_CALLS_MAX } from "../../base/limits.ts";
import { argsText, isObjectText, isRecord } from "./values.ts";

interface Call {
  index: number | null;
  id: string;
  name: string;
  args: string;
}

export interface FoundCall {
  callId: string;
  name: string;
  argsJson: string;
}

export interface Calls {
  /** One entry of `tool_calls`; false when there are too many calls. */
  add(delta: unknown): boolean;
  readonly count: number;
  /** Units of names and arguments, for the bound of an answer. */
  readonly size: number;
  /** The calls in order, each with an id that is its own. */
  found(): readonly FoundCall[];
}

/** `toolNames` tell a whole name from a piece of one; `usedIds` are not given out again. */
export function makeCalls(toolNames: ReadonlySet<string>, usedIds: ReadonlySet<string>): Calls {
  const calls: Call[] = [];
  let size = 0;
  return {
    get count() {
      return calls.length;
    },
    get size() {
      return size;
    },
    add(delta) {
      const piece = readPiece(delta);
      if (piece === null) return true;
      const known = findCall(calls, piece, toolNames);
      if (known === null && calls.length >= MODEL_CALLS_MAX) return false;
      const call = known ?? { index: piece.index, id: "", name: "", args: "" };
      if (known === null) calls.push(call);
      if (call.id === "") call.id = piece.id;
      call.name = joinName(call.name, piece.name, toolNames);
      // Some services end with the whole arguments once more.
      if (!(piece.args === call.args && isObjectText(call.args))) call.args += piece.args;
      size += piece.name.length + piece.args.length;
      return true;
    },
    found: () => withIds(calls, usedIds),
  };
}

function readPiece(delta: unknown): Call | null {
  if (!isRecord(delta)) return null;
  const f = isRecord(delta["function"]) ? delta["function"] : {};
  return {
    index: typeof delta["index"] === "number" ? delta["index"] : null,
    id: typeof delta["id"] === "string" ? delta["id"] : "",
    name: typeof f["name"] === "string" ? f["name"] : "",
    args: argsText(f["arguments"]),
  };
}

/** The call that a piece continues, or null when it begins one. */
function findCall(calls: readonly Call[], piece: Call, names: ReadonlySet<string>): Call | null {
  const fits = (c: Call): boolean => piece.index === null || c.index === piece.index;
  const named = piece.id === "" ? undefined : calls.findLast((c) => c.id === piece.id && fits(c));
  // With an index of its own, a call may still share the id of another one.
  const near = named ?? calls.findLast(fits);
  return near === undefined || begins(near, piece, names) ? null : near;
}

/** Does `piece` begin a new call although it looks like part of `call`? */
function begins(call: Call, piece: Call, names: ReadonlySet<string>): boolean {
  if (piece.id !== "" && call.id !== "" && piece.id !== call.id) return true;
  if (piece.name === "") return false;
  // The same name again, with nothing new: a repetition, or all of the next call in one piece.
  if (piece.name === call.name) return piece.args !== "" && piece.args !== call.args && isObjectText(call.args);
  return names.has(call.name) && (names.has(piece.name) || isObjectText(call.args));
}

/** Names come whole, in pieces, or whole again with every piece. */
function joinName(name: string, piece: string, names: ReadonlySet<string>): string {
  if (piece === "" || piece === name) return name;
  if (names.has(name)) return name;
  return piece.startsWith(name) ? piece : name + piece;
}

/** Calls with ids of their own, and "{}" for arguments that did not come. */
export function withIds(
  calls: ReadonlyArray<Pick<Call, "id" | "name" | "args">>,
  usedIds: ReadonlySet<string>,
): readonly FoundCall[] {
  const taken = new Set(usedIds);
  let position = 0;
  // Nine letters and digits: the one form that every service takes back (Mistral's rule).
  const invent = (): string => {
    for (;;) {
      const id = `call${String(position).padStart(5, "0")}`;
      position += 1;
      if (!taken.has(id)) return id;
    }
  };
  return calls.map((call) => {
    const callId = call.id === "" || taken.has(call.id) ? invent() : call.id;
    taken.add(callId);
    return { callId, name: call.name, argsJson: call.args.trim() === "" ? "{}" : call.args };
  });
}
