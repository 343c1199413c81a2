// What every command of the command line gets.

import type { Config } from "../app/config.ts";
import type { Args } from "./args.ts";
import type { Program } from "./boot.ts";
import type { Term } from "./term.ts";

export interface Run {
  readonly program: Program;
  readonly args: Args;
  readonly config: Config;
  readonly term: Term;
  readonly version: string;
}
