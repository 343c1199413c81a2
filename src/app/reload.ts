// Models and their keys as the configuration file says now, without a new start. What else has
// changed in it is told, and waits for one.

import { isFault, type Outcome, type Wait } from "../base/fault.ts";
import { hashSecret } from "../base/hash.ts";
import type { Scope } from "../base/scope.ts";
import { isSecret } from "../base/secret.ts";
import type { Config } from "./config.ts";
import { isLiveKey } from "./config-keys.ts";
import type { ConfigValue } from "./config-value.ts";

/** A value to compare with another; nothing of a secret is in it. */
function shape(value: ConfigValue | undefined): string {
  return isSecret(value) ? hashSecret(value) : String(value);
}

function changedIn(was: Config, now: Config): readonly string[] {
  const all = new Set([...was.settings.keys(), ...now.settings.keys()]);
  return [...all].filter((env) => shape(was.settings.get(env)?.value) !== shape(now.settings.get(env)?.value));
}

/** Reads the file again and hands its models to `take`; what changed, for the owner. */
export function makeReload(config: Config, take: (now: Config) => Outcome<number>): (s: Scope) => Wait<string> {
  let was = config;
  return async (s) => {
    const now = await config.again(s);
    if (isFault(now)) return now;
    const models = take(now);
    if (isFault(models)) return models;
    const changed = changedIn(was, now);
    const live = changed.filter(isLiveKey);
    // Compared with the start's, not with the last reload's: they still wait.
    const later = changedIn(config, now).filter((env) => !isLiveKey(env));
    was = now;
    const lines = [
      `The configuration was read again: ${models} model${models === 1 ? "" : "s"}; ${live.length === 0 ? "nothing about them has changed" : `changed: ${live.join(", ")}`}.`,
      ...(later.length === 0 ? [] : [`After a new start only: ${later.join(", ")}.`]),
    ];
    return lines.join("\n");
  };
}
