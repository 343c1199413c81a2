// Chooses the engine that the bundle runs in and joins it with a host.

import { startQuickJs } from "./engine-quickjs.ts";
import { startV8 } from "./engine-v8.ts";
import type { NodeHost } from "./host.ts";

export const ENGINES = ["quickjs", "v8"] as const;
export type EngineKind = (typeof ENGINES)[number];

/** A program in its engine. */
export interface Running {
  stop(): void;
  /** Bytes of live objects, after a collection; under V8 of the whole process. */
  heapBytes(): number;
}

/** Runs the script over the host until {@link NodeHost.close}. A bug inside ends with one line and exit code 70. */
export async function startEngine(kind: EngineKind, script: string, host: NodeHost): Promise<Running> {
  const start = kind === "v8" ? startV8 : startQuickJs;
  const engine = await start(script, host.abi, host.crash);
  host.onComplete(engine.complete, true);
  return { stop: host.close, heapBytes: engine.heapBytes };
}
