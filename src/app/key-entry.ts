// What stands in a key variable: an API key, `bearer:TOKEN`, or
// `oauth:URL#refresh_token=…&client_id=…&client_secret=…` (names as in RFC 6749).

import { type Secret, secretAfter, secretFields } from "../base/secret.ts";

export type KeyEntry =
  | { readonly kind: "key"; readonly key: Secret | null }
  | { readonly kind: "token"; readonly key: Secret }
  | {
      readonly kind: "OAuth";
      readonly key: Secret;
      readonly url: string;
      readonly fields: ReadonlyMap<string, Secret>;
    };

/** Reads one entry of a list of keys. */
export function keyEntry(key: Secret | null): KeyEntry {
  const token = key && secretAfter(key, "bearer:");
  if (token !== null) return { kind: "token", key: token };
  const oauth = key && secretAfter(key, "oauth:");
  return oauth === null ? { kind: "key", key } : { kind: "OAuth", key: oauth, ...secretFields(oauth) };
}

/** The parts of an entry that are secret by themselves. */
export function secretsIn(key: Secret): readonly Secret[] {
  const entry = keyEntry(key);
  if (entry.kind !== "OAuth") return entry.key === null ? [] : [entry.key];
  return ["client_secret", "refresh_token"].flatMap((name) => entry.fields.get(name) ?? []);
}
