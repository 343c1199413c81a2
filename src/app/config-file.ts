// The owner's files: the JSON configuration and PEM authorities, from any path of this
// machine. What is wrong in one is a sentence that names the place and not the value.

import * as z from "zod/mini";
import { type Fault, fault, isFault, type Outcome, type Wait } from "../base/fault.ts";
import { parseJson } from "../base/json.ts";
import { CONFIG_BYTES_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { nearest, oneLine, printable } from "../base/text.ts";
import { decodeUtf8Strict } from "../base/utf8.ts";
import type { Host } from "../port/host.ts";
import type { Schema } from "../port/schema.ts";
import { CONFIG_KEYS, type ConfigKey, fileName, type KeyKind } from "./config-keys.ts";
import { misfit } from "./config-value.ts";

const word = () => z.union([z.string(), z.number()]);

// JSON's own kinds for a key, and how a person calls them.
const FORMS: Readonly<Partial<Record<KeyKind, readonly [schema: Schema<unknown>, called: string]>>> = {
  list: [() => z.union([word(), z.array(word())]), 'a list such as ["one","two"]'],
  switch: [() => z.union([z.boolean(), word()]), "true or false"],
  number: [word, "a number"],
};
// A number would lose the zeros before it and its last digits.
const TEXT = [() => z.string(), "text in quotes"] as const;

const fileSchema = () =>
  z.strictObject(Object.fromEntries(CONFIG_KEYS.map((k) => [fileName(k), z.optional((FORMS[k.kind] ?? TEXT)[0]())])));

function bad(what: string, next?: string): Fault {
  return fault("input", what, { code: "bad_config", ...(next === undefined ? {} : { next }) });
}

function unknownKey(path: string, key: string): Fault {
  const names = CONFIG_KEYS.map(fileName);
  const meant = CONFIG_KEYS.find((k) => k.env === key);
  const near = meant === undefined ? nearest(key, names)[0] : fileName(meant);
  const next = near === undefined ? "See: mikroclaw config --dump --json" : `Did you mean "${near}"?`;
  return bad(`${path} has an unknown key "${oneLine(printable(key), 64)}".`, next);
}

function explain(issue: z.core.$ZodIssue | undefined, path: string): Fault {
  if (issue?.code === "unrecognized_keys") return unknownKey(path, issue.keys[0] ?? "");
  const key = CONFIG_KEYS.find((k) => fileName(k) === issue?.path[0]);
  if (key === undefined) return bad(`${path} must hold one JSON object: {"routerHost":"192.168.88.1", …}.`);
  return misfit(key, placeIn(path, key), (FORMS[key.kind] ?? TEXT)[1]);
}

/** A key's place in a file, for sentences. */
export function placeIn(path: string, key: ConfigKey): string {
  return `"${fileName(key)}" in ${path}`;
}

// Every key in the order of the text: JSON.parse keeps the last of two, and parseJson drops one name.
function keysOf(json: string): readonly string[] {
  return [...json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")\s*(:?)/g)].flatMap(([, key = "", colon]) =>
    colon === ":" ? [String(parseJson(key))] : [],
  );
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "boolean" ? String(Number(value)) : String(value);
}

/** What a configuration file says, by the names of the file, as text for the environment. */
function parseConfigFile(json: string, path: string): Outcome<ReadonlyMap<string, string>> {
  const plain = json.replace(/^\ufeff/, "");
  const value = parseJson(plain, CONFIG_BYTES_MAX);
  if (isFault(value)) return bad(`${path} is not valid JSON: ${value.what}`);
  const parsed = fileSchema().safeParse(value);
  if (!parsed.success) return explain(parsed.error.issues[0], path);
  const keys = keysOf(plain);
  if (keys.includes("__proto__")) return unknownKey(path, "__proto__");
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) return bad(`${path} has the key "${twice}" twice.`, "Keep one of them.");
  return new Map(Object.entries(parsed.data).map(([key, found]) => [key, asText(found)]));
}

/** Reads the configuration file and checks its shape. */
export async function readConfigFile(s: Scope, host: Host, path: string): Wait<ReadonlyMap<string, string>> {
  const bytes = await readOwnersFile(s, host, path, CONFIG_BYTES_MAX);
  if (isFault(bytes)) return bytes;
  const json = decodeUtf8Strict(bytes);
  return isFault(json) ? bad(`${path} is not UTF-8 text.`) : parseConfigFile(json, path);
}

/** A file that the owner named: configuration, certificate authorities. Never a path from a chat. */
export async function readOwnersFile(s: Scope, host: Host, path: string, max: number): Wait<Uint8Array> {
  const files = host.files("config");
  if (files === null)
    return bad("This host gives no access to configuration files.", "Set the same keys in the environment.");
  const whole = path.startsWith("/") ? path : `${host.info.cwd}/${path}`;
  const plain = whole.split("/").filter((n) => n !== "" && n !== ".");
  for (let at = plain.indexOf(".."); at >= 0; at = plain.indexOf(".."))
    plain.splice(Math.max(0, at - 1), at > 0 ? 2 : 1);
  const bytes = await files.read(s, plain.join("/"), max + 1);
  if (isFault(bytes)) return bad(`${path} could not be read: ${bytes.what}`, "Check its path and its rights.");
  if (bytes.length > max) return bad(`${path} is larger than ${max} bytes.`);
  return bytes;
}
