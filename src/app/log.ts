// The log at the level that the owner asked for.

import type { Log, LogLevel } from "../port/clock.ts";
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

/** LOG_LEVEL; a person at a prompt who has not set it sees warnings and errors only. */
export function logLevel(config: Config, atPrompt: boolean): LogLevel {
  const set = config.settings.get("LOG_LEVEL");
  if (atPrompt && set?.source === "default") return "warn";
  return ORDER.find((level) => level === set?.value) ?? "info";
}
