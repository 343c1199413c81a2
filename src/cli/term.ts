// What a person at a terminal sees: colour and the typing line only where stdout is a
// terminal; plain lines into a pipe, JSON lines where asked.

import { printable } from "../base/text.ts";
import type { Host } from "../port/host.ts";

export interface Term {
  readonly colour: boolean;
  line(text: string): void;
  /** To stderr: what went wrong, for a person. */
  error(text: string): void;
  /** One JSON object on one line. */
  json(value: unknown): void;
  /** Text as it comes, for streaming. Outside data: control characters are dropped. */
  piece(text: string): void;
  dim(text: string): string;
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

/** NO_COLOR (no-color.org) switches colours off. */
export function makeTerm(host: Host): Term {
  const colour = host.info.outTty && (host.env("NO_COLOR") ?? "") === "" && host.env("TERM") !== "dumb";
  const paint = (code: string) => (text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    colour,
    line: (text) => host.print(`${text}\n`),
    error: (text) => host.complain(`${text}\n`),
    json: (value) => host.print(`${JSON.stringify(value)}\n`),
    piece: (text) => host.print(printable(text)),
    dim: paint("2"),
    bold: paint("1"),
    good: paint("32"),
    bad: paint("31"),
  };
}
