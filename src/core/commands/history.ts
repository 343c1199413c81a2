// /history lists what was decided on plans; /undo plans the way back of a kept change.

import { isFault, type Wait } from "../../base/fault.ts";
import { COMMAND_ROWS_MAX, STORE_FINAL_ROWS_MAX } from "../../base/limits.ts";
import { orStop, type Scope } from "../../base/scope.ts";
import { table } from "../../base/text.ts";
import { isoTime } from "../../base/time.ts";
import { byWhom } from "../audit.ts";
import { type Command, clip } from "../command-kit.ts";
import { readPlanId } from "../plan-id.ts";
import { laneKey, type PlanNote, type PlanState, planNoteOf } from "../rows.ts";
import { noRouter, offer } from "../toolrun.ts";
import type { TurnCtx } from "../turn-types.ts";

interface Entry {
  id: string;
  state: string;
  note: PlanNote;
}

const STATES: readonly PlanState[] = ["kept", "pending", "reverted", "failed", "denied", "expired"];

/** Plans of this conversation, in the order in which they were offered. */
async function entriesOf(s: Scope, ctx: TurnCtx, states: readonly PlanState[]): Wait<readonly Entry[]> {
  const found: Entry[] = [];
  for (const state of states) {
    const rows = await ctx.deps.store.due(s, "plan", state, STORE_FINAL_ROWS_MAX);
    if (isFault(rows)) return rows;
    for (const row of rows) {
      const note = planNoteOf(row);
      if (isFault(note)) continue;
      if (laneKey(note) === laneKey(ctx.who)) found.push({ id: row.key, state: row.state, note });
    }
  }
  return found.sort((a, b) => a.note.expiresWallMs - b.note.expiresWallMs);
}

export const historyCommand: Command = {
  name: "history",
  usage: "",
  purpose: "plans of this chat and how they ended",
  async run(s, ctx) {
    const all = await entriesOf(s, ctx, STATES);
    if (isFault(all)) return all;
    if (all.length === 0) return { text: "No plan was offered here since the start." };
    const lines = all
      .slice(-COMMAND_ROWS_MAX)
      .map(({ id, state, note }) => [id, state, `until ${isoTime(note.expiresWallMs)}`, note.command]);
    return { text: clip(table(lines)) };
  },
};

export const undoCommand: Command = {
  name: "undo",
  usage: "[ID]",
  purpose: "plan the way back of a kept change",
  isConsole: (args) => args !== "" && readPlanId(args) === null,
  async run(s, ctx, args) {
    const { router } = ctx.deps;
    if (router === null) return noRouter();
    const kept = await entriesOf(s, ctx, ["kept"]);
    if (isFault(kept)) return kept;
    const id = args === "" ? kept.at(-1)?.id : readPlanId(args);
    const entry = kept.find((e) => e.id === id);
    if (entry === undefined) return { text: "No kept change of this chat is known by that. See /history." };
    const plan = await orStop(s, router.undo(s, entry.note.hash));
    if (isFault(plan)) return plan;
    const offered = offer(ctx, plan);
    if (isFault(offered)) return offered;
    const noted = await ctx.deps.audit.add(s, "undo", { ...byWhom(ctx.who), plan: offered, of: entry.id });
    if (isFault(noted)) return noted;
    return { text: `This takes ${entry.id} (${entry.note.command}) back.`, drafts: ctx.drafts };
  },
};
