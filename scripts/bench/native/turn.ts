// CPU that one turn costs the router's binary when model and router answer at once.

import type { Figure, Found } from "../figure.ts";
import { repeat } from "../machine.ts";
import { type Cost, TURN_STATE, turnCost } from "../turn.ts";
import { makeBed } from "./bed.ts";
import { type Binary, startGateway } from "./binary.ts";

const RUNS = 5;

/** Streamed and not, with and without one tool call. */
export async function nativeTurn(binary: Binary): Promise<Found> {
  const bed = await makeBed();
  const figures: Figure[] = [];
  try {
    for (const stream of [true, false]) {
      const costs = await repeat(RUNS, () => turnCost((env) => startGateway(binary.path, env), bed.env, stream));
      const figure = (kind: keyof Cost): Figure => ({
        key: `native.turn.${kind}.${stream ? "streamed" : "whole"}`,
        unit: "ms CPU",
        values: costs.map((c) => c[kind]),
      });
      figures.push(figure("plain"), figure("tool"));
    }
  } finally {
    await bed.close();
  }
  return {
    title: "The router's binary: CPU per turn with an instant model",
    command: `POST /chat to \`${binary.from} gateway\`; utime + stime of /proc/PID/stat`,
    state: `router: simulated; model: instant; Telegram: polled; a new process for each run; ${TURN_STATE}`,
    figures,
    notes: [],
  };
}
