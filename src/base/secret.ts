// Secrets are a type. A Secret prints as <secret:name>; its text is reached only
// by reveal(), which tidy allows in a few files.

import { isFault } from "./fault.ts";
import { percentDecode, percentEncode } from "./url.ts";

/** A value that never shows itself in strings, JSON, logs or errors. */
export interface Secret {
  readonly name: string;
  toString(): string;
  toJSON(): string;
}

const texts = new WeakMap<object, string>();

/** Wraps `text`. `name` is shown in its place. */
export function secret(name: string, text: string): Secret {
  const shown = `<secret:${name}>`;
  const made: Secret = Object.freeze({ name, toString: () => shown, toJSON: () => shown });
  texts.set(made, text);
  return made;
}

/** True for values made by {@link secret}. */
export function isSecret(x: unknown): x is Secret {
  return typeof x === "object" && x !== null && texts.has(x);
}

/** The text itself. Only the HTTP head writer, TLS keys, hash compare and the vault may call it. */
export function reveal(s: Secret): string {
  const text = texts.get(s);
  if (text === undefined) throw new TypeError("not a Secret");
  return text;
}

/** A new secret made of pieces, so that nobody has to reveal one to build a header or a path. */
export function joinSecret(
  name: string,
  parts: ReadonlyArray<string | Secret>,
  encode: (text: string) => string = (text) => text,
): Secret {
  return secret(name, encode(parts.map((p) => (isSecret(p) ? reveal(p) : p)).join("")));
}

/** A secret that lists several, separated by commas; the first keeps the name. */
export function splitSecret(s: Secret): readonly Secret[] {
  const texts = reveal(s)
    .split(",")
    .map((t) => t.trim())
    .filter((t) => t !== "");
  return texts.map((t, i) => secret(i === 0 ? s.name : `${s.name}_${i + 1}`, t));
}

/** What follows `prefix` in the secret's text; null when it begins otherwise. */
export function secretAfter(s: Secret, prefix: string): Secret | null {
  const text = reveal(s);
  return text.startsWith(prefix) ? secret(s.name, text.slice(prefix.length)) : null;
}

/** A URL, which is no secret, and the fields in its fragment (`#name=value&…`, percent-encoded), which are. */
export function secretFields(s: Secret): { url: string; fields: ReadonlyMap<string, Secret> } {
  const [url = "", ...rest] = reveal(s).split("#");
  const fields = new Map<string, Secret>();
  for (const pair of rest.join("#").split("&")) {
    const at = pair.indexOf("=");
    if (at <= 0) continue;
    const name = pair.slice(0, at);
    const raw = pair.slice(at + 1);
    const value = percentDecode(raw);
    fields.set(name, secret(`${s.name}_${name}`, isFault(value) ? raw : value));
  }
  return { url, fields };
}

/** True for two of the same text. */
export function isSameSecret(a: Secret, b: Secret): boolean {
  return reveal(a) === reveal(b);
}

/** True when the secret's text is empty. */
export function isEmptySecret(s: Secret): boolean {
  return reveal(s) === "";
}

/** A secret as it stands in JSON and in URLs; mostly only as it is. */
function formsOf(s: Secret): ReadonlySet<string> {
  const text = reveal(s);
  if (text.length < 6) return new Set();
  const url = percentEncode(text);
  // encodeURIComponent leaves !'()* as they are, forms make "+" of a space, some write small hex digits.
  const script = url.replace(/%2([1789A])/g, (_, digit: string) =>
    String.fromCharCode(Number.parseInt(`2${digit}`, 16)),
  );
  const urls = [url, script, url.replaceAll("%20", "+")];
  const small = urls.map((u) => u.replace(/%../g, (hex) => hex.toLowerCase()));
  return new Set([text, JSON.stringify(text).slice(1, -1), ...urls, ...small]);
}

const forms = new WeakMap<Secret, ReadonlySet<string>>();

/** `text` with every occurrence of a secret (6 characters or more), plain or escaped, replaced by its name. */
export function redact(text: string, secrets: readonly Secret[]): string {
  const found: Array<readonly [form: string, s: Secret]> = [];
  for (const s of secrets) {
    const known = forms.get(s) ?? formsOf(s);
    forms.set(s, known);
    for (const form of known) if (text.includes(form)) found.push([form, s]);
  }
  // The longest first: one may be the beginning of another.
  found.sort(([a], [b]) => b.length - a.length);
  return found.reduce((out, [form, s]) => out.split(form).join(s.toString()), text);
}
