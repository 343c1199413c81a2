// Certificates of the simulated router: `sign` makes a key and a fingerprint, which belong
// to the seed and the name. Facts: RouterOS manual, Certificates.

import type { Outcome } from "../../base/fault.ts";
import { sha256Hex } from "../../base/hash.ts";
import type { Menu } from "../../ros/commands.ts";
import { type Done, done } from "./common.ts";
import { refuse } from "./errors.ts";
import { snapshot } from "./history.ts";
import { report } from "./report.ts";
import type { Row } from "./rows.ts";
import type { Actor } from "./verbs.ts";
import { stampOf, type World } from "./world.ts";

const SIGN_MS = 2_500;
const DAY_MS = 86_400_000;

function signed(world: World, row: Row): void {
  const { fields } = row;
  const days = Number(fields.get("days-valid") ?? "365");
  const now = world.clock.wallMs();
  fields.set("fingerprint", sha256Hex(`${world.seed}/${row.id}/${fields.get("common-name") ?? ""}`));
  fields.set("private-key", "true");
  fields.set("trusted", "true");
  fields.set("invalid-before", stampOf(now));
  fields.set("invalid-after", stampOf(now + days * DAY_MS));
}

/** `sign` by its own key. */
export function sign(world: World, actor: Actor, menu: Menu, rows: readonly Row[]): Outcome<Done> {
  if (rows.some((row) => row.fields.has("fingerprint"))) return refuse(400, "failure: already signed");
  for (const row of rows) {
    const before = snapshot(world);
    signed(world, row);
    report(world, actor, menu.path, before, "signed", `sign ${row.id}`);
  }
  return done([], SIGN_MS);
}
