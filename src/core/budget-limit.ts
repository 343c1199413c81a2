// What a budget allows and what a model costs, as people write it: "200000", "1.5m", "2 usd",
// "200k 2usd". Money is counted in millionths of a US dollar, so that sums stay exact.

import type { Usage } from "../port/provider.ts";

/** An absent part is not limited. */
export interface Limit {
  readonly tokens?: number;
  readonly microUsd?: number;
}

/** US dollars for a million tokens. */
export interface Price {
  readonly inUsd: number;
  readonly outUsd: number;
  readonly cachedUsd: number;
  /** The day of the price list. */
  readonly date?: string;
}

const SCALE: Readonly<Record<string, number>> = { "": 1, k: 1_000, m: 1_000_000 };
const PART = /^(?:\$(\d{1,9}(?:\.\d{1,6})?)|(\d{1,12}(?:\.\d{1,6})?)(k|m|usd|\$)?)$/;

/** Null for what is no limit. "off" limits nothing. */
export function parseLimit(text: string): Limit | null {
  const plain = text.trim().toLowerCase();
  if (plain === "off") return {};
  const limit: { tokens?: number; microUsd?: number } = {};
  for (const word of plain
    .replace(/\s+(usd|tokens?)\b/g, (_, unit: string) => (unit === "usd" ? "usd" : ""))
    .split(/[\s,+]+/)) {
    const found = PART.exec(word);
    if (found === null) return null;
    const [, dollars, number = "0", unit = ""] = found;
    if (dollars !== undefined || unit === "usd" || unit === "$")
      limit.microUsd = Math.round(Number(dollars ?? number) * 1e6);
    else limit.tokens = Math.round(Number(number) * (SCALE[unit] ?? 1));
  }
  // What is written must be read again.
  return (limit.tokens ?? 0) < 1e12 ? limit : null;
}

/** "2.50 USD", with more digits where it is little. */
export function sayUsd(microUsd: number): string {
  return `${(microUsd / 1e6).toFixed(microUsd > 0 && microUsd < 10_000 ? 4 : 2)} USD`;
}

/** "200000 tokens, 2.00 USD" or "off". */
export function sayLimit({ tokens, microUsd }: Limit): string {
  const parts = [
    ...(tokens === undefined ? [] : [`${tokens} tokens`]),
    ...(microUsd === undefined ? [] : [sayUsd(microUsd)]),
  ];
  return parts.length === 0 ? "off" : parts.join(", ");
}

/** As parseLimit reads it, to the last millionth. */
export function writeLimit({ tokens, microUsd }: Limit): string {
  const parts = [
    ...(tokens === undefined ? [] : [`${tokens}`]),
    ...(microUsd === undefined ? [] : [`${(microUsd / 1e6).toFixed(6)}usd`]),
  ];
  return parts.length === 0 ? "off" : parts.join(" ");
}

/** "1.5/6 USD a million", with the day of the price list; "free" where nothing is paid. */
export function sayPrice({ inUsd, outUsd, date }: Price): string {
  if (inUsd === 0 && outUsd === 0) return "free";
  return `${inUsd}/${outUsd} USD a million${date === undefined ? "" : ` (${date})`}`;
}

/** What an answer cost; null where the price is not known. */
export function costOf(price: Price | undefined, u: Usage): number | null {
  if (price === undefined) return null;
  const fresh = Math.max(0, u.inTokens - u.cachedTokens);
  return Math.round(fresh * price.inUsd + u.cachedTokens * price.cachedUsd + u.outTokens * price.outUsd);
}
