// Plans that wait for their person. A plan becomes open only together with the answer
// that shows it, so nobody can approve what was never seen. Bounded; the oldest expire.

import { APPROVAL_MS, PLANS_OPEN_MAX, PLANS_OPEN_PER_CHAT_MAX } from "../base/limits.ts";
import type { Inbound } from "../port/channel.ts";
import type { Plan } from "../port/router.ts";
import type { Row } from "../port/store.ts";
import type { Handout } from "../port/tool.ts";
import type { CoreDeps } from "./deps.ts";
import { makePlanId } from "./plan-id.ts";
import { laneKey, type PlanNote, planRow } from "./rows.ts";

/** A plan with its ID, not yet open. */
export interface Draft {
  readonly id: string;
  readonly plan: Plan;
  readonly handout?: Handout;
}

export interface OpenPlan extends Draft {
  readonly lane: string;
  readonly note: PlanNote;
  readonly expiresMs: number;
  /** True from the press on. */
  spent: boolean;
  /** Applied, and until then (monotonic) to be kept; null: not so, or being decided on. */
  keepUntilMs: number | null;
}

export interface Opening {
  readonly rows: readonly Row[];
  /** To be called once the rows are kept. */
  commit(): void;
}

export interface Plans {
  draft(who: Inbound, plan: Plan, handout?: Handout): Draft;
  open(who: Inbound, drafts: readonly Draft[]): Opening;
  get(id: string): OpenPlan | undefined;
  /** Plans that this person may approve in this conversation. */
  of(who: Inbound): readonly OpenPlan[];
  /** Plans that are applied and wait for this person's keep. */
  pendingOf(who: Inbound): readonly OpenPlan[];
  close(id: string): void;
  readonly size: number;
}

/** True if the plan was offered to this person in this conversation. */
export function isBoundTo(plan: OpenPlan, who: Inbound): boolean {
  return plan.lane === laneKey(who) && plan.note.sender === who.sender;
}

/** The table of open plans. */
export function makePlans(deps: CoreDeps): Plans {
  const table = new Map<string, OpenPlan>();
  const waiting = (p: OpenPlan): boolean => !p.spent && deps.clock.monoMs() < p.expiresMs;

  const noteOf = (who: Inbound, plan: Plan): PlanNote => ({
    hash: plan.hash,
    command: plan.command,
    risk: plan.risk,
    channel: who.channel,
    account: who.account,
    chat: who.chat,
    thread: who.thread ?? "",
    sender: who.sender,
    expiresWallMs: deps.clock.wallMs() + APPROVAL_MS,
    why: "",
  });

  /** Those that must go so that `made` fit: the expired, then the oldest. */
  const displaced = (lane: string, made: readonly Draft[]): OpenPlan[] => {
    const ids = new Set(made.map((d) => d.id));
    const others = [...table.values()].filter((p) => !ids.has(p.id) && !p.spent);
    const gone = new Set(others.filter((p) => !waiting(p)));
    const trim = (list: readonly OpenPlan[], max: number): void => {
      const left = list.filter((p) => !gone.has(p));
      for (const p of left.slice(0, Math.max(0, left.length + made.length - max))) gone.add(p);
    };
    trim(
      others.filter((p) => p.lane === lane),
      PLANS_OPEN_PER_CHAT_MAX,
    );
    trim(others, PLANS_OPEN_MAX);
    return [...gone];
  };

  return {
    draft(who, plan, handout) {
      const more = handout === undefined ? {} : { handout };
      // The same plan once more (a model that repeats itself) keeps its ID: two
      // approvals of one wish would do it twice.
      const lane = laneKey(who);
      for (const p of table.values()) {
        if (p.plan.hash === plan.hash && p.lane === lane && p.note.sender === who.sender && waiting(p)) {
          return { id: p.id, plan, ...more };
        }
      }
      let id = makePlanId(deps.random);
      while (table.has(id)) id = makePlanId(deps.random);
      return { id, plan, ...more };
    },
    open(who, drafts) {
      const lane = laneKey(who);
      const gone = displaced(lane, drafts);
      const made = drafts.map((d): OpenPlan => {
        const note = noteOf(who, d.plan);
        return { ...d, lane, note, expiresMs: deps.clock.monoMs() + APPROVAL_MS, spent: false, keepUntilMs: null };
      });
      return {
        rows: [
          ...gone.map((p) => planRow(p.id, { ...p.note, why: "displaced" }, "expired")),
          ...made.map((p) => planRow(p.id, p.note, "offered")),
        ],
        commit() {
          for (const p of gone) table.delete(p.id);
          for (const p of made) {
            table.delete(p.id);
            table.set(p.id, p);
          }
        },
      };
    },
    get: (id) => table.get(id),
    of: (who) => [...table.values()].filter((p) => isBoundTo(p, who) && waiting(p)),
    pendingOf: (who) => [...table.values()].filter((p) => isBoundTo(p, who) && p.keepUntilMs !== null),
    close: (id) => void table.delete(id),
    get size() {
      return table.size;
    },
  };
}
