// Time, chance and log lines come from the host and are arguments (house rule 3).

import type { Wait } from "../base/fault.ts";
import type { Scope } from "../base/scope.ts";
import type { Secret } from "../base/secret.ts";

export interface Clock {
  /** Milliseconds since 1970 UTC; may jump, and is 1970 on a router before NTP. */
  wallMs(): number;
  /** Milliseconds that only grow. */
  monoMs(): number;
  sleep(s: Scope, ms: number): Wait<void>;
}

export interface Random {
  bytes(n: number): Uint8Array;
}

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean | null | Secret>>;

export interface Log {
  /** One line: `name` is a fixed word with dots, everything variable is a field. */
  event(level: LogLevel, name: string, fields?: LogFields): void;
}
