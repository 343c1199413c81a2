// Puts a program over a simulated world on the global as `start`, `step` and `result`, so
// that any engine can run it. Plain ECMAScript: this goes into the bundle.

import type { World } from "../../src/host/sim/sim.ts";

/** What a program does in its world; its text ends up in the result. */
export interface Program {
  world: World;
  main: Promise<string>;
}

/** Offers `begin` to the engine. Call it once, at the end of an entry file. */
export function offer(begin: (seed: number) => Program): void {
  let world: World | null = null;
  let told = "did not end";
  let ended = false;
  const end = (text: string): void => {
    told = text;
    ended = true;
  };
  Object.assign(globalThis, {
    start(seed: number): void {
      const program = begin(seed);
      world = program.world;
      program.main.then(end, (error: unknown) =>
        end(`failed: ${error instanceof Error ? `${error.message}\n${error.stack}` : String(error)}`),
      );
    },
    step: (): boolean => !ended && world !== null && world.step(),
    result(): string {
      if (world === null) return "not started";
      return `${told} | ${world.trace.count} completions until ${world.nowMs()} ms | trace ${world.trace.hash()}`;
    },
  });
}
