// Rows of the pipeline: their keys, their JSON, and one way to put them. A row is
// checked before it is put and again when it is read (assertions in pairs).

import { assert } from "../base/bug.ts";
import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { parseJson } from "../base/json.ts";
import type { Scope } from "../base/scope.ts";
import type { Inbound, Outbound } from "../port/channel.ts";
import type { Risk } from "../port/router.ts";
import { FINAL_STATES, type Row } from "../port/store.ts";
import type { CoreDeps } from "./deps.ts";
import { keptOf } from "./pictures.ts";

export type InState = "new" | "admitted" | "running" | "waiting" | "answered" | "refused" | "dropped";
export type OutState = "due" | "sent" | "dead";
export type PlanState = "offered" | "approving" | "pending" | "kept" | "reverted" | "failed" | "denied" | "expired";

/** What a plan's row remembers; the calls themselves stay with the router. */
export interface PlanNote {
  hash: string;
  command: string;
  risk: Risk;
  channel: string;
  account: string;
  chat: string;
  thread: string;
  sender: string;
  expiresWallMs: number;
  /** Why it ended, where the state alone does not say it. */
  why: string;
}

/** Parts joined so that no two lists of parts give one key. */
export function joinKey(...parts: readonly string[]): string {
  return parts.map((p) => p.replaceAll("%", "%25").replaceAll("/", "%2F")).join("/");
}

/** One message of one account of one channel. */
export function inKey(m: Inbound): string {
  return joinKey(m.channel, m.account, m.messageId);
}

/** One conversation. */
export function laneKey(m: Pick<Inbound, "channel" | "account" | "chat" | "thread">): string {
  return joinKey(m.channel, m.account, m.chat, m.thread ?? "");
}

/** The key of the n-th piece of the answer to a message. */
export function outKey(inRowKey: string, piece: number): string {
  return `${inRowKey}#${piece}`;
}

/** The message that a piece answers. */
export function inKeyOf(outRowKey: string): string {
  return outRowKey.slice(0, outRowKey.lastIndexOf("#"));
}

/** A row of a message. Once it is answered nobody reads its text again, so the row does without. */
export function inRow(m: Inbound, state: InState, dueMs: number): Row {
  const kept = keptOf(FINAL_STATES.has(state) ? { ...m, text: "", pictures: [] } : m);
  return { table: "in", key: inKey(m), state, dueMs, tries: 0, json: JSON.stringify(kept) };
}

/** A row of one piece of a reply; without its text once it is final. */
export function outRow(m: Outbound, state: OutState, dueMs: number, tries: number): Row {
  const kept = FINAL_STATES.has(state) ? { ...m, text: "" } : m;
  return { table: "out", key: m.key, state, dueMs, tries, json: JSON.stringify(kept) };
}

/** A row of a plan. */
export function planRow(id: string, note: PlanNote, state: PlanState): Row {
  return { table: "plan", key: id, state, dueMs: note.expiresWallMs, tries: 0, json: JSON.stringify(note) };
}

function broken(row: Row): Fault {
  return fault("failed", `A stored row of "${row.table}" cannot be read and is left alone.`, { code: "store_row" });
}

/** The object in a row, if all named fields are texts. */
function textFields(row: Row, names: readonly string[]): Readonly<Record<string, unknown>> | Fault {
  const value = parseJson(row.json);
  if (isFault(value) || typeof value !== "object" || value === null) return broken(row);
  const found: Record<string, unknown> = { ...value };
  return names.every((n) => typeof found[n] === "string") ? found : broken(row);
}

// The casts below are the one place where our own rows come back as types: they were
// written by the functions above, and the fields that anything depends on are checked.

/** The message of a row. */
export function messageOf(row: Row): Inbound | Fault {
  const found = textFields(row, ["channel", "account", "chat", "sender", "messageId", "text"]);
  if (isFault(found)) return found;
  const m = found as unknown as Inbound;
  return inKey(m) === row.key ? m : broken(row);
}

/** The piece of a row. */
export function pieceOf(row: Row): Outbound | Fault {
  const found = textFields(row, ["key", "channel", "account", "chat", "text"]);
  if (isFault(found)) return found;
  return found["key"] === row.key ? (found as unknown as Outbound) : broken(row);
}

/** The note of a plan's row. */
export function planNoteOf(row: Row): PlanNote | Fault {
  const names = ["hash", "command", "risk", "channel", "account", "chat", "thread", "sender", "why"];
  const found = textFields(row, names);
  return isFault(found) ? found : (found as unknown as PlanNote);
}

/** Puts rows and notes each in the trace. */
export async function putRows(s: Scope, deps: CoreDeps, rows: readonly Row[]): Wait<void> {
  for (const row of rows) {
    assert(row.key !== "" && row.state !== "" && Number.isFinite(row.dueMs), "a row has key, state and time");
  }
  const put = await deps.store.put(s, rows);
  if (isFault(put)) {
    deps.log.event("error", "store.put", { what: put.what, rows: rows.length });
    return put;
  }
  const now = deps.clock.monoMs();
  for (const row of rows) deps.trace?.(now, row.table, row.key, row.state);
}
