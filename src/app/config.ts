// Configuration: a JSON file, then the environment, then flags, in growing strength. One
// schema, made from the table of keys, checks every value; the dump tells where each
// came from and shows no secret.

import { base64 } from "../base/bytes.ts";
import { fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import { isSecret, joinSecret, type Secret, splitSecret } from "../base/secret.ts";
import { encodeUtf8 } from "../base/utf8.ts";
import type { Host } from "../port/host.ts";
import { placeIn, readConfigFile } from "./config-file.ts";
import { CONFIG_KEYS, type ConfigKey, fileName } from "./config-keys.ts";
import { type ConfigValue, configValue, shownValue } from "./config-value.ts";
import { secretsIn } from "./key-entry.ts";

// In falling strength.
const SOURCES = ["flag", "environment", "file", "default"] as const;

export type Source = (typeof SOURCES)[number];

/** One value and where it came from. */
export interface Setting {
  readonly key: ConfigKey;
  readonly value: ConfigValue;
  readonly source: Source;
}

/** All settings by environment name; a key that is not set is absent. */
export interface Config {
  readonly settings: ReadonlyMap<string, Setting>;
  text(env: string): string | undefined;
  number(env: string): number | undefined;
  on(env: string): boolean;
  list(env: string): readonly string[] | undefined;
  secret(env: string): Secret | undefined;
  /** The same sources as they are now. */
  again(s: Scope): Wait<Config>;
}

/** All sources together. `flags` are by flag name, as typed. */
export async function loadConfig(s: Scope, host: Host, flags: ReadonlyMap<string, string>): Wait<Config> {
  const path = flags.get("config") ?? host.env("MIKROCLAW_CONFIG");
  const file = path === undefined || path === "" ? null : await readConfigFile(s, host, path);
  if (isFault(file)) return file;
  const settings = new Map<string, Setting>();
  for (const key of CONFIG_KEYS) {
    const flag = key.flag === undefined ? undefined : flags.get(key.flag);
    const found = strongest(key, [flag, host.env(key.env), file?.get(fileName(key)), key.standard], path ?? "");
    if (isFault(found)) return found;
    if (found !== null) settings.set(key.env, found);
  }
  return unheard(host, settings) ?? makeConfig(settings, (as) => again(as, host, flags));
}

/** Node's host reads this key of the file before it starts the bundle; the router's binary takes the environment alone. */
function unheard(host: Host, settings: ReadonlyMap<string, Setting>): Outcome<null> {
  if (settings.get("MIKROCLAW_WORKSPACE")?.source !== "file" || host.info.host !== "native") return null;
  return fault("input", "This build takes the workspace from the environment, not from a file.", {
    code: "bad_config",
    next: "Set MIKROCLAW_WORKSPACE, and remove the key from the file.",
  });
}

/** The first source that says something; `texts` in the order of SOURCES. */
function strongest(key: ConfigKey, texts: ReadonlyArray<string | undefined>, path: string): Outcome<Setting | null> {
  for (let i = 0; i < texts.length; i += 1) {
    const text = texts[i];
    if (text === undefined) continue;
    const source = SOURCES[i] ?? "default";
    const value = configValue(key, text, nameIn(source, key, path));
    if (isFault(value)) return value;
    if (value !== null) return { key, value, source };
  }
  return null;
}

/** A key's name for sentences, as it stands in this source. */
function nameIn(source: Source, key: ConfigKey, path: string): string {
  if (source === "file") return placeIn(path, key);
  return source === "flag" ? `--${key.flag}` : key.env;
}

/** Only a file can have changed since the start. */
async function again(s: Scope, host: Host, flags: ReadonlyMap<string, string>): Wait<Config> {
  if ((flags.get("config") ?? host.env("MIKROCLAW_CONFIG") ?? "") !== "") return loadConfig(s, host, flags);
  return fault("input", "The configuration comes from the environment, which a running program keeps as it was.", {
    code: "bad_config",
    next: "Start it again, or keep the keys in a file: MIKROCLAW_CONFIG=/PATH/config.json",
  });
}

function makeConfig(settings: ReadonlyMap<string, Setting>, reread: Config["again"]): Config {
  const value = (env: string): ConfigValue | undefined => settings.get(env)?.value;
  return {
    settings,
    text(env) {
      const v = value(env);
      return typeof v === "string" ? v : undefined;
    },
    number(env) {
      const v = value(env);
      return typeof v === "number" ? v : undefined;
    },
    on: (env) => value(env) === true,
    list(env) {
      const v = value(env);
      return Array.isArray(v) ? (v as readonly string[]) : undefined;
    },
    secret(env) {
      const v = value(env);
      return isSecret(v) ? v : undefined;
    },
    again: reread,
  };
}

/** One line a key: value (secrets redacted), source. For people and for --dump. */
export function dumpConfig(
  config: Config,
): ReadonlyArray<{ env: string; file: string; value: string | null; source: string }> {
  return CONFIG_KEYS.map((key) => {
    const found = config.settings.get(key.env);
    return {
      env: key.env,
      file: fileName(key),
      value: found === undefined ? null : shownValue(found.value),
      source: found?.source ?? "not set",
    };
  });
}

/** The secrets of a configuration, for redaction of whatever leaves the process. */
export function configSecrets(config: Config): readonly Secret[] {
  // A variable may hold several keys: each alone is as secret as all together.
  const found = [...config.settings.values()].flatMap(({ key, value }) => {
    if (!isSecret(value)) return [];
    if (key.env.endsWith("_PASS")) return [value];
    const each = splitSecret(value);
    return [value, ...each, ...each.flatMap(secretsIn)];
  });
  const pass = config.secret("ROUTER_PASS");
  if (pass === undefined) return found;
  // RFC 7617: what a router's login looks like in a request.
  const login = joinSecret("router_login", [config.text("ROUTER_USER") ?? "", ":", pass], (t) => base64(encodeUtf8(t)));
  return [...found, login];
}
