// Whether a turn gets anywhere: the same call with the same result again and again, or arguments
// that cannot be read although the model was told, end it with a sentence.

import { isFault } from "../base/fault.ts";
import { parseJson, stableJson } from "../base/json.ts";
import { DEVICE_NAME_CHARS_MAX, TOOL_ARGS_BYTES_MAX } from "../base/limits.ts";
import { UNREADABLE_CALLS_MAX } from "../base/limits-context.ts";
import { SAME_CALLS_MAX } from "../base/limits-models.ts";
import { oneLine } from "../base/text.ts";
import type { Answer, Message } from "../port/provider.ts";
import { readableJson } from "./json-repair.ts";
import type { Call } from "./toolrun.ts";

/** The calls of one turn. */
export interface Circle {
  /** The sentence that ends the turn instead of the calls of this answer, or null. */
  look(calls: readonly Call[], answer: Answer): string | null;
  /** What came of them. */
  learn(calls: readonly Call[], results: readonly Message[]): void;
}

/** What a call asks for, however it is written; null where nobody can read it. */
function meaning({ name, argsJson }: Call): string | null {
  const args = parseJson(readableJson(argsJson), TOOL_ARGS_BYTES_MAX);
  return isFault(args) ? null : `${name} ${stableJson(args)}`;
}

/** Nothing was called yet. */
export function makeCircle(): Circle {
  const seen = new Map<string, { text: string; times: number }>();
  const unreadable = new Map<string, number>();
  return {
    look(calls, { stop }) {
      // Who was cut off is told that, and may try again.
      if (stop === "length") return null;
      for (const name of new Set(calls.filter((c) => meaning(c) === null).map((c) => c.name))) {
        const times = (unreadable.get(name) ?? 0) + 1;
        unreadable.set(name, times);
        if (times >= UNREADABLE_CALLS_MAX)
          return `I stopped: the model cannot write the arguments of ${shown(name)}, although it was told how. Ask in other words, or prefer another model with /model.`;
      }
      const same = calls.find((c) => (seen.get(meaning(c) ?? "")?.times ?? 0) >= SAME_CALLS_MAX - 1);
      if (same === undefined) return null;
      return `I stopped: the model asked ${SAME_CALLS_MAX} times for the same (${shown(same.name)}) and got no further. Ask in other words.`;
    },
    learn(calls, results) {
      const fresh = new Map<string, string>();
      for (const [i, call] of calls.entries()) {
        const result = results[i];
        const key = meaning(call);
        if (key !== null && result?.role === "tool") fresh.set(key, result.text);
      }
      // Twice in one answer is once; another result is a step further.
      for (const [key, text] of fresh) {
        const before = seen.get(key);
        seen.set(key, { text, times: before?.text === text ? before.times + 1 : 1 });
      }
    },
  };
}

const shown = (name: string): string => oneLine(name, DEVICE_NAME_CHARS_MAX);
