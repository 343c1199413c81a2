// How many blocks of memory the router's engine takes: a binary of its own counts them and tells when it ends.

import { spawnSync } from "node:child_process";
import { type Gateway, startGateway } from "./binary.ts";

const VARIANT = "bench-count";

/** The counting binary, built if it is not there yet; null where the toolchain cannot be had. */
function counting(): string | null {
  if (process.arch !== "x64") return null;
  const env = { ...process.env, VARIANT, COUNT_BLOCKS: "yes" };
  const built = spawnSync("bash", ["scripts/native/build.sh", "amd64"], { env, stdio: "ignore" });
  return built.status === 0 ? `dist/amd64-${VARIANT}/mikroclaw` : null;
}

/** Blocks that one more unit of work takes: two programs do `few` and `many` of them. */
export async function blocksEach(
  env: Readonly<Record<string, string>>,
  [few, many]: readonly [number, number],
  work: (gateway: Gateway, units: number) => Promise<unknown>,
): Promise<number | null> {
  const path = counting();
  if (path === null) return null;
  const taken = async (units: number): Promise<number> => {
    const gateway = await startGateway(path, env);
    try {
      await work(gateway, units);
    } finally {
      await gateway.stop();
    }
    const told = /^blocks (\d+)$/m.exec(gateway.log())?.[1];
    if (told === undefined) throw new Error(`the counting binary told nothing: ${gateway.log()}`);
    return Number(told);
  };
  const less = await taken(few);
  return ((await taken(many)) - less) / (many - few);
}
