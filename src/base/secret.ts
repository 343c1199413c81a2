// Secrets are a type. A Secret prints as <secret:name>; its text is reached only
// by reveal(), which tidy allows in a few files.

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

/** True when the secret's text is empty. */
export function isEmptySecret(s: Secret): boolean {
  return reveal(s) === "";
}

/** `text` with every occurrence of a secret's text (6 characters or more) replaced by its name. */
export function redact(text: string, secrets: readonly Secret[]): string {
  let out = text;
  for (const s of secrets) {
    const hidden = reveal(s);
    if (hidden.length >= 6) out = out.split(hidden).join(s.toString());
  }
  return out;
}
