// What a change is undone with, as a RouterOS script that the router runs by itself. Each
// command may fail alone, may find nothing left to undo, and may run twice. Never holds a
// secret. Facts: MikroTik manual, Scripting (quoting: backslash, quote and dollar escaped).

import { ARM_SCRIPT_UNITS_MAX } from "../base/limits.ts";
import type { RosRow } from "../port/router.ts";
import { isSecretField } from "./mask.ts";
import type { RestCall } from "./rest.ts";
import type { Done, Step } from "./step.ts";

/** A step with what is known of the rows that it adds. */
export interface Undoing {
  step: Step;
  /** The new row's id; null: not known yet, or no new row. */
  id: string | null;
  /** Ids of the menu before anything was changed. */
  known: readonly string[];
  /** How many rows fitted the conditions for a removed one, itself with them. */
  twins: number;
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const escaped = (ch: string): string =>
  SHORT[ch] ?? (ch < " " ? `\\${ch.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}` : `\\${ch}`);

/** A value in the quotes of the console language. */
export function quoted(value: string): string {
  return `"${value.replace(/[\\"$\u0000-\u001f]/g, escaped)}"`;
}

// References by id are no texts.
const ID = /^\*[0-9A-Fa-f]+$/;

function argumentsOf(body: Readonly<Record<string, string>>): string {
  return Object.entries(body)
    .map(([name, v]) => {
      // Texts are emptied; what is no text is unset.
      if (name.startsWith("!")) return name === "!comment" ? ' comment=""' : ` ${name}`;
      return ` ${name}=${ID.test(v) ? v : quoted(v)}`;
    })
    .join("");
}

/** A call of REST as the console writes it. */
export function consoleOf(c: RestCall): string {
  const at = c.path.lastIndexOf("/");
  const [menu, last] = [c.path.slice(0, at), c.path.slice(at + 1)];
  const { ".id": row, numbers, ...rest } = c.body ?? {};
  const given = argumentsOf(rest);
  if (c.method === "PUT") return `${c.path}/add${given}`;
  if (c.method === "DELETE") return `${menu}/remove ${last}`;
  if (c.method === "PATCH") return `${menu}/set ${last}${given}`;
  const target = row ?? numbers;
  return `${c.path}${target === undefined ? "" : ` ${target}`}${given}`;
}

/** Values by which a new or removed row is known: only words, which nothing writes differently. */
function wordsOf(step: Step): ReadonlyArray<readonly [name: string, word: string]> {
  return Object.entries((step.kind === "add" ? step.after : step.before) ?? {}).flatMap(([name, v]) => {
    const isWord = v !== null && /^[a-z][\w-]*$/i.test(v) && !/^(yes|no|true|false)$/.test(v);
    return isWord && !isSecretField(step.menu, name) ? [[name, v]] : [];
  });
}

/** A step with the rows of its menu as they are before anything is changed. */
export function undoing(step: Step, rows: readonly RosRow[]): Undoing {
  const words = wordsOf(step);
  const twins = rows.filter((row) => words.every(([name, word]) => row[name] === word)).length;
  return { step, id: null, known: rows.map((row) => row[".id"] ?? ""), twins };
}

/** Commands of one undo: what sets, and apart from it what unsets, which not every field can. */
function parts(call: RestCall): readonly string[] {
  const body = Object.entries(call.body ?? {});
  const unset = body.filter(([name]) => name.startsWith("!"));
  if (unset.length === 0 || unset.length === body.length) return [consoleOf(call)];
  const rest = Object.fromEntries(body.filter((f) => !unset.includes(f)));
  return [consoleOf({ ...call, body: Object.fromEntries(unset) }), consoleOf({ ...call, body: rest })];
}

function undoOf({ step, id, known, twins }: Undoing): string {
  const { menu, undo } = step;
  const find = wordsOf(step)
    .map(([name, word]) => ` ${name}=${quoted(word)}`)
    .join("");
  if (step.kind === "add") {
    if (id !== null) return `${menu}/remove ${id}`;
    const isNew = `[:typeof [:find ${quoted(`,${known.join(",")},`)} ",$i,"]]="nil"`;
    return `:foreach i in=[${menu}/find${find}] do={:if (${isNew}) do={${menu}/remove $i}}`;
  }
  if (undo === null) return "";
  if (step.kind !== "remove") return parts(undo).join("} on-error={}; :do {");
  // Not when it is still there, or there again.
  const put = `:if ([:len [${menu}/find .id=${step.id ?? ""}]]=0) do={${consoleOf(undo)}}`;
  return find === "" ? put : `:if ([:len [${menu}/find${find}]]<${twins}) do={${put}}`;
}

// Their entries are referred to by name from elsewhere; put back, they are others.
const REFERRED =
  /^\/(interface(?!\/(list\/member|bridge\/(port|vlan|filter|nat|msti|mdb)|wireguard\/peers)).*|ip(v6)?\/(pool|dhcp-server|vrf)|ip\/ipsec\/.*|routing\/.*|ppp\/profile|queue\/(type|tree)|certificate)$/;

/** Why a step cannot be taken back by the router itself; null when it can. */
export function unarmable(step: Step): string | null {
  if (step.kind === "add") return null;
  if (step.kind === "remove" && step.row?.["name"] !== undefined && REFERRED.test(step.menu))
    return "what refers to it by its name would not find it again (disabling it could be taken back)";
  if (step.undo === null) return "what it does cannot be undone";
  const secrets = Object.keys(step.undo.body ?? {})
    .map((n) => n.replace(/^!/, ""))
    .filter((n) => isSecretField(step.menu, n));
  return secrets.length === 0 ? null : `no secret (${secrets.join(", ")}) is ever written into the router's scripts`;
}

/** What undoes them as a line to be planned anew; null when it cannot be. */
export function undoLine(done: readonly Done[]): string | null {
  const lines: string[] = [];
  // A row that goes need not be put right before.
  const gone = new Set(
    done.map(({ step, id }) =>
      step.kind === "add" ? `${step.menu}/${id}` : step.undo?.method === "DELETE" && step.undo.path,
    ),
  );
  for (const { step, id } of [...done].reverse()) {
    if (step.undo?.method === "PATCH" && gone.has(step.undo.path)) continue;
    if (step.kind === "add" && id !== null) lines.push(`${step.menu}/remove ${id}`);
    else if (step.undo !== null) lines.push(consoleOf(step.undo));
    else return null;
  }
  return lines.join("; ");
}

/** The script that undoes steps, last first; null when it would be too long or cannot be. */
export function undoScript(all: readonly Undoing[]): string | null {
  if (all.some((u) => unarmable(u.step) !== null)) return null;
  const parts = [...all].reverse().map((u) => `:do {${undoOf(u)}} on-error={}`);
  const script = parts.join("; ");
  return script.length <= ARM_SCRIPT_UNITS_MAX ? script : null;
}
