// The benchmarks of the router's binary, in the order of growing time. Where it is not built each says so.

import type { Found } from "./figure.ts";
import { type Binary, binary } from "./native/binary.ts";
import { nativeConsole } from "./native/console.ts";
import { nativeHealth } from "./native/health.ts";
import { nativeMemory } from "./native/memory.ts";
import { nativeSize } from "./native/size.ts";
import { nativeSlow } from "./native/slow.ts";
import { nativeStart } from "./native/start.ts";
import { nativeTls } from "./native/tls.ts";
import { nativeTurn } from "./native/turn.ts";

/** Runs it with a copy of the binary that is removed afterwards. */
function withBinary(name: string, run: (binary: Binary) => Promise<Found>): () => Promise<Found> {
  return async () => {
    const copy = binary();
    if ("missing" in copy)
      return {
        title: `The router's binary: ${name}`,
        command: "-",
        state: "-",
        figures: [],
        notes: [`not measured: ${copy.missing}`],
      };
    try {
      return await run(copy);
    } finally {
      copy.remove();
    }
  };
}

/** By name, as scripts/bench.ts takes it. */
export const NATIVE_BENCHMARKS: Readonly<Record<string, () => Promise<Found>>> = {
  "native.size": nativeSize,
  "native.start": withBinary("start", nativeStart),
  "native.console": withBinary("console commands", nativeConsole),
  "native.tls": nativeTls,
  "native.slow": withBinary("slow clients", nativeSlow),
  "native.health": withBinary("/health", nativeHealth),
  "native.turn": withBinary("turns", nativeTurn),
  "native.memory": withBinary("memory", nativeMemory),
};
