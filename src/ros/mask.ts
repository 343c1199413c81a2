// Hides secret fields of every row before it leaves this layer, and remembered secret
// values in free text such as log lines. The table is secret-fields.ts.

import { SECRET_FIELDS_CACHED_MAX, SECRETS_REMEMBERED_MAX } from "../base/limits.ts";
import { redact, type Secret, secret } from "../base/secret.ts";
import { touch } from "../base/table.ts";
import type { RosRow } from "../port/router.ts";
import { pathOf } from "./path.ts";
import { SECRET_BY_MENU, SECRET_EXTRA, SECRET_NAMES } from "./secret-fields.ts";

/** What people see in a secret's place. */
const MASKED = "***";

const NAMES: ReadonlySet<string> = new Set(SECRET_NAMES);
// Every name of the manual's list ends so; new versions follow the pattern.
const SECRET_ENDING = /(^|[-_])(password|passphrase|secrets?|private-key|pre-?shared-key)$/;

const covers = (menu: string, path: string): boolean => path === menu || path.startsWith(`${menu}/`);

// Fields of a table's rows are asked for again with every row.
const answers = new Map<string, boolean>();

/** True when a field of a menu is secret; `security.passphrase` counts as `passphrase`. */
export function isSecretField(menu: string, field: string): boolean {
  const key = `${menu} ${field}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  const is = isOfficial(menu, field) || listed(SECRET_EXTRA, menu, field);
  if (answers.size >= SECRET_FIELDS_CACHED_MAX) answers.clear();
  answers.set(key, is);
  return is;
}

/**
 * True when what a command is given under this name is secret, in its menu or in it alone: `http-data` of
 * `/tool/fetch`, and its `url` where that may hold a password or a token.
 */
export const isSecretGiven = (c: { readonly menu: string; readonly verb: string }, name: string, value = ""): boolean =>
  isSecretField(c.menu, name) ||
  (isSecretField(pathOf(c.menu, c.verb), name) && (name !== "url" || /[@?]/.test(value)));

function isOfficial(menu: string, field: string): boolean {
  const last = field.slice(field.lastIndexOf(".") + 1);
  return NAMES.has(last) || SECRET_ENDING.test(last) || listed(SECRET_BY_MENU, menu, field);
}

function listed(table: typeof SECRET_EXTRA, menu: string, field: string): boolean {
  const last = field.slice(field.lastIndexOf(".") + 1);
  return table.some(([at, fields]) => covers(at, menu) && fields.split(" ").includes(last));
}

export interface Masker {
  /** The row with secret fields hidden; their values are remembered for free text. */
  row(menu: string, row: RosRow): RosRow;
  /** One value as it may be shown. */
  value(menu: string, field: string, value: string): string;
  /** Free text without remembered secret values. */
  text(text: string): string;
}

/** One masker per router: it remembers the values it has hidden, bounded, oldest out first. */
export function makeMasker(): Masker {
  const seen = new Map<string, Secret>();

  const remember = (field: string, value: string): void => {
    // Shorter ones would hide ordinary words; base/secret.ts ignores them as well.
    if (value.length < 6 || seen.has(value) || /^\*+$/.test(value)) return;
    touch(seen, value, SECRETS_REMEMBERED_MAX, secret(field, value));
  };
  const text = (shown: string): string => (seen.size === 0 ? shown : redact(shown, [...seen.values()]));
  const value = (menu: string, field: string, shown: string): string => {
    if (!isSecretField(menu, field)) return text(shown);
    // The names of a container's variables are no values worth remembering.
    if (isOfficial(menu, field) && !menu.startsWith("/container")) remember(field, shown);
    return shown === "" ? "" : MASKED;
  };
  return {
    value,
    text,
    row: (menu, row) =>
      Object.fromEntries(Object.entries(row).map(([field, shown]) => [field, value(menu, field, shown)])),
  };
}
