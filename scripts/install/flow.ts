// What the installer does, in order. It knows the router only as an interface: a dry run
// goes the same way.

import { readFileSync } from "node:fs";
import { isOn } from "../../src/ros/rows.ts";
import { health, healthLines, pair } from "./agent.ts";
import type { Asked } from "./args.ts";
import { type Facts, imageArch, problemsOf } from "./checks.ts";
import { placeOf, type Router } from "./router.ts";
import { runScript, runs, setVariables } from "./run.ts";
import { pathFor, type Upload, uploadByFetch, uploadByHand } from "./upload.ts";

export interface Surroundings {
  /** The repository. */
  readonly root: string;
  readonly variables: ReadonlyMap<string, string>;
  /** The bytes of a file; throws in words. */
  read(file: string): Uint8Array;
  say(line: string): void;
  sleep(ms: number): Promise<void>;
}

async function factsOf(router: Router): Promise<Facts> {
  const [resource = {}] = await router.rows("/system/resource");
  const packages = await router.rows("/system/package");
  const [deviceMode = {}] = await router.rows("/system/device-mode");
  return { resource, packages, deviceMode };
}

const scriptOf = (w: Surroundings, name: string): string => readFileSync(`${w.root}/routeros/${name}.rsc`, "utf8");

/** Everything that is in the way, printed; throws when it cannot go on. */
function judge(w: Surroundings, facts: Facts, imageBytes: number, asked: Asked): void {
  const { resource } = facts;
  w.say(
    `${resource["board-name"] ?? "Router"}, RouterOS ${resource["version"] ?? "?"}, ${resource["architecture-name"] ?? "?"}`,
  );
  const found = problemsOf(facts, imageBytes, asked.disk !== "");
  for (const { what, next, isMinor } of found) w.say(`${isMinor === true ? "note " : "stop "} ${what}\n      ${next}`);
  if (found.some((p) => p.isMinor !== true)) throw new Error("Nothing was changed. Mend that, and run this again.");
}

async function upload(router: Router, w: Surroundings, asked: Asked, facts: Facts, bytes: Uint8Array): Promise<void> {
  const arch = imageArch(facts.resource) ?? "";
  const name = `mikroclaw-${arch}.tar`;
  const local = asked.image ?? `dist/image/${name}`;
  const target = `${asked.user}@${placeOf(asked.host).host}`;
  const path = await pathFor(router, name, asked.disk);
  const u: Upload = { bytes, path, local, target, isDry: asked.dryRun, say: w.say, sleep: w.sleep };
  const mayFetch = isOn(facts.deviceMode["fetch"]);
  const way = asked.upload ?? (mayFetch ? "fetch" : "hand");
  w.say(`image ${path}, ${bytes.length} bytes`);
  await (way === "fetch" ? uploadByFetch(router, u) : uploadByHand(router, u));
}

async function meet(router: Router, w: Surroundings, asked: Asked): Promise<void> {
  if (asked.dryRun) {
    w.say(`GET ${asked.gateway}/health\nGET /rest/log\nPOST ${asked.gateway}/pair`);
    return;
  }
  const state = await health(asked.gateway, w);
  if (state === null) {
    w.say(
      `The agent does not answer this computer at ${asked.gateway}. On the router: /log/print where topics~"container"`,
    );
    return;
  }
  w.say(`The agent answers at ${asked.gateway}:`);
  for (const line of healthLines(state)) w.say(line);
  const token = await pair(router, asked.gateway);
  w.say(
    token === null
      ? 'No pairing code in the log: /log/print where topics~"container" shows it; POST it to /pair.'
      : `Paired. Your token, which is shown only here: ${token}`,
  );
}

function imageFor(w: Surroundings, asked: Asked, facts: Facts): Uint8Array {
  const arch = imageArch(facts.resource);
  if (arch === null) return new Uint8Array();
  const file = asked.image ?? `${w.root}/dist/image/mikroclaw-${arch}.tar`;
  try {
    return w.read(file);
  } catch {
    throw new Error(`${file} is missing. Make it: make image ARCH=${arch}`);
  }
}

/** Installs, upgrades or uninstalls. Throws in words where it cannot. */
export async function carryOut(router: Router, w: Surroundings, asked: Asked): Promise<void> {
  if (asked.action === "uninstall") {
    await runScript(router, w, scriptOf(w, "uninstall"));
    w.say("Everything that install.rsc made is gone.");
    return;
  }
  const facts = await factsOf(router);
  const bytes = imageFor(w, asked, facts);
  judge(w, facts, bytes.length, asked);
  await upload(router, w, asked, facts, bytes);
  await setVariables(router, facts.resource["version"] ?? "", w.variables);
  const script = scriptOf(w, asked.action).replace(':local store ""', `:local store "${asked.disk}"`);
  w.say(`running ${asked.action}.rsc; the first time this takes a minute or two`);
  await runScript(router, w, script);
  if (!(await runs(router)))
    throw new Error('The container does not run. On the router: /log/print where topics~"container"');
  w.say("The container runs.");
  await meet(router, w, asked);
}
