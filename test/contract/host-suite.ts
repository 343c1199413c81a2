// The contract of a host: one suite, run on every host there is. A case that cannot run on
// one of them is skipped with a written reason.

import { test } from "node:test";
import { fileCases } from "./host-cases-files.ts";
import { netCases } from "./host-cases-net.ts";
import { rawCases } from "./host-cases-raw.ts";
import { skillCases, skillRawCases } from "./host-cases-skills.ts";
import { surroundingCases } from "./host-cases-surroundings.ts";
import type { Maker } from "./host-ground.ts";

/** Registers every case for the hosts that `maker` makes. */
export function hostSuite(name: string, maker: Maker): void {
  const skip = (id: string): { skip: string } | Record<string, never> => {
    const reason = maker.skips?.[id];
    return reason === undefined ? {} : { skip: reason };
  };
  for (const each of [...surroundingCases, ...netCases, ...fileCases, ...skillCases]) {
    test(`${name}: ${each.title}`, skip(each.id), async () => {
      const ground = await maker.makeHost();
      await ground
        .run(async () => {
          await each.on(ground);
          if (ground.host.openHandles !== 0) throw new Error(`${ground.host.openHandles} handles were left open`);
        })
        .finally(() => ground.end());
    });
  }
  for (const each of [...rawCases, ...skillRawCases]) {
    test(`${name}: ${each.title}`, skip(each.id), async () => {
      const raw = await maker.makeRaw();
      await raw.run(() => each.on(raw)).finally(() => raw.end());
    });
  }
}
