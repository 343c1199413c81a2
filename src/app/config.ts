// Configuration: a JSON file, then the environment, then flags, in growing strength. One
// schema, made from the table of keys, checks every value; the dump tells where each
// came from and shows no secret.

import * as z from "zod/mini";
import { type Fault, fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { parseJson } from "../base/json.ts";
import { CONFIG_BYTES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { isSecret, type Secret, secret } from "../base/secret.ts";
import { nearest } from "../base/text.ts";
import { parseUrl } from "../base/url.ts";
import { decodeUtf8Strict } from "../base/utf8.ts";
import type { Host } from "../port/host.ts";
import { CONFIG_KEYS, type ConfigKey } from "./config-keys.ts";

export type ConfigValue = string | number | boolean | readonly string[] | Secret;
export type Source = "default" | "file" | "environment" | "flag";

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
}

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ...["1", "true", "yes", "on"].map((word) => [word, true] as const),
  ...["0", "false", "no", "off"].map((word) => [word, false] as const),
]);

/** The value of one key from text, or the sentence that says what was expected. */
function fromText(key: ConfigKey, text: string): ConfigValue | { expected: string } {
  switch (key.kind) {
    case "text":
      return text;
    case "secret":
      return secret(key.env.toLowerCase(), text);
    case "list":
      return text
        .split(",")
        .map((t) => t.trim())
        .filter((t) => t !== "");
    case "switch": {
      return SWITCHES.get(text.toLowerCase()) ?? { expected: "1 or 0" };
    }
    case "choice":
      return key.choices?.includes(text) ? text : { expected: `one of ${key.choices?.join(", ")}` };
    case "url": {
      const url = parseUrl(text);
      return isFault(url) ? { expected: "an http or https URL" } : text;
    }
    case "number": {
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = key;
      const n = /^\d{1,15}$/.test(text) ? Number(text) : -1;
      return n >= min && n <= max ? n : { expected: `a whole number from ${min} to ${max}` };
    }
  }
}

function isExpected(x: ConfigValue | { expected: string }): x is { expected: string } {
  return typeof x === "object" && "expected" in x;
}

/** Empty text means "not set", as in a container's environment. */
function setting(key: ConfigKey, text: string, source: Source, name: string): Outcome<Setting | null> {
  if (text === "") return null;
  const value = fromText(key, text);
  if (!isExpected(value)) return { key, value, source };
  return fault("input", `${name} must be ${value.expected}.`, { code: "bad_config", next: key.help });
}

// What the file may hold for a key: JSON's own kinds, brought to the environment's text.
function fileSchema(): z.ZodMiniType<Record<string, string>> {
  const text = z.pipe(
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
    z.transform((v) => (Array.isArray(v) ? v.join(",") : v === true ? "1" : v === false ? "0" : String(v))),
  );
  return z.strictObject(
    Object.fromEntries(CONFIG_KEYS.map((k) => [k.file, z.optional(text)])),
  ) as unknown as z.ZodMiniType<Record<string, string>>;
}

function explainFile(error: z.core.$ZodError, path: string): Fault {
  const issue = error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  if (unknown !== undefined) {
    const near = nearest(
      unknown,
      CONFIG_KEYS.map((k) => k.file),
    )[0];
    return fault("input", `${path} has an unknown key "${unknown}".`, {
      code: "bad_config",
      next: near === undefined ? "See: mikroclaw config" : `Did you mean "${near}"?`,
    });
  }
  return fault("input", `${path}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not valid"}.`, {
    code: "bad_config",
  });
}

/** Reads the owner's file (any path on this machine) and checks its shape. */
async function readFile(s: Scope, host: Host, path: string): Wait<Readonly<Record<string, string>>> {
  const bytes = await readOwnersFile(s, host, path, CONFIG_BYTES_MAX);
  if (isFault(bytes)) return bytes;
  const text = decodeUtf8Strict(bytes);
  if (isFault(text)) return fault("input", `${path} is not UTF-8 text.`, { code: "bad_config" });
  const value = parseJson(text, CONFIG_BYTES_MAX);
  if (isFault(value)) return fault("input", `${path} is not valid JSON: ${value.what}`, { code: "bad_config" });
  const parsed = fileSchema().safeParse(value);
  return parsed.success ? parsed.data : explainFile(parsed.error, path);
}

/** A file that the owner named: configuration, certificate authorities. Never a path from a chat. */
export async function readOwnersFile(s: Scope, host: Host, path: string, max: number): Wait<Uint8Array> {
  const files = host.files("config");
  if (files === null)
    return fault("input", "This host gives no access to configuration files.", { code: "bad_config" });
  const whole = path.startsWith("/") ? path : `${host.info.cwd}/${path}`;
  const plain = whole.split("/").filter((n) => n !== "" && n !== ".");
  for (let at = plain.indexOf(".."); at >= 0; at = plain.indexOf(".."))
    plain.splice(Math.max(0, at - 1), at > 0 ? 2 : 1);
  const bytes = await files.read(s, plain.join("/"), max + 1);
  if (isFault(bytes)) return fault("input", `${path} could not be read: ${bytes.what}`, { code: "bad_config" });
  if (bytes.length > max) return fault("input", `${path} is larger than ${max} bytes.`, { code: "bad_config" });
  return bytes;
}

/** All sources together. `flags` are by flag name, as typed. */
export async function loadConfig(s: Scope, host: Host, flags: ReadonlyMap<string, string>): Wait<Config> {
  const path = flags.get("config") ?? host.env("MIKROCLAW_CONFIG");
  const file = path === undefined || path === "" ? {} : await readFile(s, host, path);
  if (isFault(file)) return file;
  const settings = new Map<string, Setting>();
  for (const key of CONFIG_KEYS) {
    const flag = key.flag === undefined ? undefined : flags.get(key.flag);
    const found = strongest(key, [
      [flag, "flag", `--${key.flag}`],
      [host.env(key.env), "environment", key.env],
      [file[key.file], "file", `"${key.file}" in ${path}`],
      [key.standard, "default", key.env],
    ]);
    if (isFault(found)) return found;
    if (found !== null) settings.set(key.env, found);
  }
  return makeConfig(settings);
}

type Try = readonly [text: string | undefined, source: Source, name: string];

/** The first source that says something. */
function strongest(key: ConfigKey, tries: readonly Try[]): Outcome<Setting | null> {
  for (const [text, source, name] of tries) {
    const found = text === undefined ? null : setting(key, text, source, name);
    if (found !== null) return found;
  }
  return null;
}

function makeConfig(settings: ReadonlyMap<string, Setting>): Config {
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
      file: key.file,
      value: found === undefined ? null : shown(found.value),
      source: found?.source ?? "not set",
    };
  });
}

function shown(value: ConfigValue): string {
  if (isSecret(value)) return "***";
  if (typeof value === "boolean") return value ? "1" : "0";
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** The secrets of a configuration, for redaction of whatever leaves the process. */
export function configSecrets(config: Config): readonly Secret[] {
  return [...config.settings.values()].flatMap((x) => (isSecret(x.value) ? [x.value] : []));
}
