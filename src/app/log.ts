// The log at the level that the owner asked for, without the owner's secrets.

import { redact, type Secret } from "../base/secret.ts";
import type { Log, LogFields, LogLevel } from "../port/clock.ts";
import type { Config } from "./config.ts";

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Drops lines below `least`. */
export function atLevel(log: Log, least: LogLevel): Log {
  const from = ORDER.indexOf(least);
  return {
    event(level, name, fields) {
      if (ORDER.indexOf(level) >= from) log.event(level, name, fields);
    },
  };
}

/** Whatever a peer sends back into a line: no secret leaves with it. */
export function redacted(log: Log, secrets: readonly Secret[]): Log {
  const clean = (value: LogFields[string]): LogFields[string] =>
    typeof value === "string" ? redact(value, secrets) : value;
  return {
    event(level, name, fields = {}) {
      log.event(level, name, Object.fromEntries(Object.entries(fields).map(([key, v]) => [key, clean(v)])));
    },
  };
}

/** LOG_LEVEL; a person at a prompt who has not set it sees warnings and errors only. */
export function logLevel(config: Config, atPrompt: boolean): LogLevel {
  const set = config.settings.get("LOG_LEVEL");
  if (atPrompt && set?.source === "default") return "warn";
  return ORDER.find((level) => level === set?.value) ?? "info";
}
