// The scripts of routeros/ on a simulated router, and its configuration as one value.

import { readFileSync } from "node:fs";
import type { SimOptions } from "../../src/edges/simrouter/build.ts";
import { makeRig, type Rig, rowOf, rowsOf, TREE } from "../unit/simrouter/rig.ts";

/** One release of each family of container arguments, and those between. */
export const FAMILIES = [
  "7.10.2",
  "7.12.2",
  "7.13.5",
  "7.16.2",
  "7.18.2",
  "7.19.6",
  "7.20.8",
  "7.21",
  "7.21.5",
  "7.22.3",
  "7.23.3",
  "7.24",
] as const;

const IMAGE = "mikroclaw-arm64.tar";

/** The text of a script of routeros/. */
export const script = (name: string): string => readFileSync(`routeros/${name}.rsc`, "utf8");

export function rig(ros: string, more: Partial<SimOptions> = {}): Rig {
  return makeRig(7, { ros, deviceMode: "rose", ...more });
}

/** Runs a script as `/import` does, and lets it wait as long as it likes; the answer is what it printed. */
export async function run(r: Rig, text: string): Promise<string> {
  let said: string | null = null;
  const asked = r.ask("POST", "/rest/execute", { script: text, "as-string": "" }).then((reply) => {
    said = rowOf(reply)["ret"] ?? "";
  });
  for (let i = 0; i < 1_000 && said === null; i += 1) await r.pass(250);
  await asked;
  return said ?? "";
}

export async function upload(r: Rig, contents: string, name = IMAGE): Promise<void> {
  const there = rowsOf(await r.ask("GET", `/rest/file?name=${name}`))[0];
  if (there !== undefined) await r.ask("DELETE", `/rest/file/${there[".id"] ?? ""}`);
  await r.ask("PUT", "/rest/file", { name, contents });
}

// What passes by itself, or tells what was done.
const PASSING =
  /^\/(log|system\/history|system\/script\/job|user\/active|system\/clock|interface\/wifi\/registration-table|ip\/firewall\/connection|ip\/dns\/cache|interface$)/;

function menusBelow(path: string): string[] {
  const below = TREE.children(path).map((name) => (path === "/" ? `/${name}` : `${path}/${name}`));
  return below.flatMap((menu) => [...(TREE.menu(menu) === null ? [] : [menu]), ...menusBelow(menu)]);
}

const MENUS = menusBelow("/").filter((menu) => !PASSING.test(menu));

/** Every row of every menu in its order, with all that can be written of it. */
export function configuration(r: Rig): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const menu of MENUS) {
    const known = TREE.menu(menu);
    const written = ["add", "set"].flatMap((verb) => (known?.args(verb) ?? []).map((f) => f.name));
    const kept = new Set([
      ".id",
      "name",
      "envlist",
      "mounts",
      "ram-high",
      "fingerprint",
      "dynamic",
      "size",
      ...written,
    ]);
    const rows = r.router.world.rows(menu).map((row) => Object.entries(row).filter(([name]) => kept.has(name)));
    if (rows.some((row) => row.length > 0)) all[menu] = rows.map((row) => Object.fromEntries(row));
  }
  return all;
}

type Row = Readonly<Record<string, string>>;

export const rows = (r: Rig, menu: string): readonly Row[] => r.router.world.rows(menu);

/** Those with our comment. */
export const ours = (r: Rig, menu: string): readonly Row[] =>
  rows(r, menu).filter((row) => row["comment"] === "mikroclaw");

/** How many actions the router remembers. */
export const actions = (r: Rig): number => rows(r, "/system/history").length;

export const isRunning = (row: Row | undefined): boolean =>
  row?.["running"] === "true" || row?.["status"] === "running";
