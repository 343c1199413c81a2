// The marks around text that strangers wrote, wherever a model reads it outside a tool's result.

import { oneLine, printable } from "../base/text.ts";

const OPEN = "<<<ROUTER-DATA";
/** What ends such text; also where it is cut. */
export const DATA_END = "ROUTER-DATA>>>";

// However many signs it has: taking some away must not leave a mark.
const unmarked = (text: string): string =>
  printable(text)
    .replace(/<+ROUTER-DATA/g, "ROUTER-DATA")
    .replace(/ROUTER-DATA>+/g, "ROUTER-DATA");

/** Text between marks that the text itself cannot contain. */
export function asData(text: string): string {
  return `${OPEN}\n${unmarked(text)}\n${DATA_END}`;
}

/** The same in one line of at most `max` units. */
export function asDataLine(text: string, max: number): string {
  return `${OPEN} ${oneLine(unmarked(text), max)} ${DATA_END}`;
}
