// Short names for plans: six Crockford base32 characters, easy to read aloud and to type.
// https://www.crockford.com/base32.html

import type { Random } from "../port/clock.ts";

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ID_CHARS = 6;

/** To be typed behind the ID of a plan that could cut somebody off. */
export const LIFELINE_WORD = "lifeline";

/** A new ID; 30 bits of chance. */
export function makePlanId(random: Random): string {
  let out = "";
  for (const b of random.bytes(ID_CHARS)) out += LETTERS.charAt(b & 31);
  return out;
}

/** The ID that a person meant (case, O for 0, I and L for 1), or null. */
export function readPlanId(text: string): string | null {
  const id = text.trim().toUpperCase().replace(/^#/, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  if (id.length !== ID_CHARS) return null;
  for (const letter of id) if (!LETTERS.includes(letter)) return null;
  return id;
}
