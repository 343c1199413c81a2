// What models may cost in a day (UTC): all together, one chat, one person. Counted in tokens,
// and in money where the price is known; told at 80 %, refused at 100 %. The counts and the
// limits set in a chat are rows of the store.

import { type Fault, fault, isFault, type Wait } from "../base/fault.ts";
import { parseJson } from "../base/json.ts";
import { BUDGET_KEYS_MAX } from "../base/limits-models.ts";
import type { Scope } from "../base/scope.ts";
import { touch } from "../base/table.ts";
import { isoTime } from "../base/time.ts";
import type { Inbound } from "../port/channel.ts";
import type { Usage } from "../port/provider.ts";
import type { Row } from "../port/store.ts";
import { costOf, type Limit, type Price, parseLimit, sayLimit, sayUsd, writeLimit } from "./budget-limit.ts";
import type { CoreDeps } from "./deps.ts";
import { joinKey, laneKey } from "./rows.ts";

/** What a budget is for. */
export const SPANS = ["day", "chat", "owner"] as const;
export type Span = (typeof SPANS)[number];

/** What was used today. */
export interface Spent {
  tokens: number;
  microUsd: number;
  /** Tokens whose price is not known. */
  unpriced: number;
  /** Tokens that the service did not count: our estimate. */
  guessed: number;
  /** The person was told of 80 %. */
  told: boolean;
}

export interface Budget {
  /** Reads what an earlier process counted; before the others. */
  open(s: Scope, who: Inbound): Wait<void>;
  /** Null, or why no model may be asked. */
  refusal(who: Inbound): Fault | null;
  /** Counts an answer; the warning, if one is due. `isGuess`: its service did not count. */
  spend(who: Inbound, usage: Usage, price: Price | undefined, isGuess?: boolean): string | null;
  spent(span: Span, who: Inbound): Readonly<Spent>;
  limit(span: Span): Limit;
  set(s: Scope, span: Span, limit: Limit): Wait<void>;
  /** To be kept together with the answer. */
  rows(who: Inbound): readonly Row[];
}

const WARN_SHARE = 0.8;
/** A router without a battery counts from 1970 until somebody tells it the time. */
const UNSET_CLOCK = "2001";
const UNKNOWN_PRICE =
  "A budget in USD is set, but MODEL_PRICES has no price for this model: its tokens do not count for it.";
const NAMES: Readonly<Record<Span, string>> = { day: "today", chat: "this chat today", owner: "you today" };

/** The part of a limit that is used; 1 is all of it. */
function shareOf(limit: Limit, spent: Spent): number {
  const tokens = limit.tokens === undefined ? 0 : ratio(spent.tokens, limit.tokens);
  return Math.max(tokens, limit.microUsd === undefined ? 0 : ratio(spent.microUsd, limit.microUsd));
}

const ratio = (used: number, of: number): number => (of === 0 ? 1 : used / of);

const number = (n: unknown): number => (typeof n === "number" && n >= 0 && n < Infinity ? n : 0);

function spentOf(row: Row | null): Spent {
  const value = row === null ? null : parseJson(row.json);
  const found = typeof value === "object" && value !== null && !isFault(value) ? (value as Partial<Spent>) : {};
  return {
    tokens: number(found.tokens),
    microUsd: number(found.microUsd),
    unpriced: number(found.unpriced),
    guessed: number(found.guessed),
    told: found.told === true,
  };
}

/** With an answer more. */
function after(old: Spent, tokens: number, microUsd: number | null, isGuess: boolean): Spent {
  return {
    tokens: old.tokens + tokens,
    microUsd: old.microUsd + (microUsd ?? 0),
    unpriced: old.unpriced + (microUsd === null ? tokens : 0),
    guessed: old.guessed + (isGuess ? tokens : 0),
    told: old.told,
  };
}

/** The budgets of one pipeline. */
export function makeBudget(deps: CoreDeps): Budget {
  const limits: Record<Span, Limit> = { day: {}, chat: {}, owner: {}, ...deps.budgets };
  const counts = new Map<string, Spent>();
  let isOpen = false;

  let day = "";
  /** A clock that is set back, or for the first time, begins no new day: what was spent goes along. */
  const today = (): string => {
    const now = isoTime(deps.clock.wallMs()).slice(0, 10);
    const isSet = now < day || (now > day && day < UNSET_CLOCK);
    for (const [key, spent] of isSet && day !== "" ? [...counts] : []) {
      if (!key.startsWith(`${day}/`)) continue;
      keep(key, spentOf(null));
      keep(now + key.slice(day.length), spent);
    }
    day = now;
    return now;
  };
  const keyOf = (span: Span, who: Inbound): string => {
    const whose = span === "day" ? "" : span === "chat" ? laneKey(who) : joinKey(who.channel, who.account, who.sender);
    return joinKey(today(), span, whose);
  };
  const of = (key: string): Spent => counts.get(key) ?? spentOf(null);
  const keep = (key: string, spent: Spent): void => touch(counts, key, BUDGET_KEYS_MAX, spent);

  const readLimits = async (s: Scope): Wait<void> => {
    for (const span of SPANS) {
      const row = await deps.store.get(s, "budget", span);
      if (isFault(row)) return row;
      const limit = row === null ? null : parseLimit(row.json);
      if (limit !== null) limits[span] = limit;
    }
    isOpen = true;
  };

  return {
    async open(s, who) {
      const read = isOpen ? undefined : await readLimits(s);
      if (isFault(read)) return read;
      for (const key of SPANS.map((span) => keyOf(span, who))) {
        if (counts.has(key)) continue;
        const row = await deps.store.get(s, "usage", key);
        if (isFault(row)) return row;
        if (!counts.has(key)) keep(key, spentOf(row));
      }
    },
    refusal(who) {
      const over = SPANS.find((span) => shareOf(limits[span], of(keyOf(span, who))) >= 1);
      if (over === undefined) return null;
      return fault("limit", `The model budget for ${NAMES[over]} (${sayLimit(limits[over])}) is used up.`, {
        code: "budget",
        next: `It begins anew at 00:00 UTC; raise it with /budget ${over} AMOUNT.`,
      });
    },
    spend(who, raw, price, isGuess = false) {
      const usage = {
        inTokens: number(raw.inTokens),
        outTokens: number(raw.outTokens),
        cachedTokens: number(raw.cachedTokens),
      };
      const microUsd = costOf(price, usage);
      let warning: string | null = null;
      for (const span of SPANS) {
        const key = keyOf(span, who);
        const old = of(key);
        const spent = after(old, usage.inTokens + usage.outTokens, microUsd, isGuess);
        const share = shareOf(limits[span], spent);
        if (share >= WARN_SHARE && !old.told) {
          spent.told = true;
          warning = `${Math.round(share * 100)} % of the model budget for ${NAMES[span]} (${sayLimit(limits[span])}) is used.`;
        }
        // Once, with the first such answer of the day.
        if (microUsd === null && old.unpriced === 0 && limits[span].microUsd !== undefined) warning ??= UNKNOWN_PRICE;
        keep(key, spent);
      }
      return warning;
    },
    spent: (span, who) => of(keyOf(span, who)),
    limit: (span) => limits[span],
    async set(s, span, limit) {
      const row = { table: "budget", key: span, state: "set", dueMs: 0, tries: 0, json: writeLimit(limit) };
      const put = await deps.store.put(s, [row]);
      if (isFault(put)) return put;
      limits[span] = limit;
      for (const [key, spent] of [...counts]) if (key.includes(`/${span}/`)) keep(key, { ...spent, told: false });
    },
    rows: (who) =>
      SPANS.map((span) => {
        const key = keyOf(span, who);
        return {
          table: "usage",
          key,
          state: "kept",
          dueMs: deps.clock.wallMs(),
          tries: 0,
          json: JSON.stringify(of(key)),
        };
      }),
  };
}

/** "1234 tokens, 0.02 USD", and what has no known price. */
export function saySpent({ tokens, microUsd, unpriced, guessed }: Spent): string {
  const money = microUsd === 0 && unpriced > 0 ? "" : `, ${sayUsd(microUsd)}`;
  const less = [
    ...(unpriced > 0 ? [`${unpriced} of them without a known price`] : []),
    ...(guessed > 0 ? [`${guessed} estimated`] : []),
  ];
  return `${tokens} tokens${less.length === 0 ? "" : ` (${less.join(", ")})`}${money}`;
}
