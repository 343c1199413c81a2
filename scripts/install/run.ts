// Runs a script of routeros/ on the router and waits for its end. It runs as a job: REST
// ends a request at 60 s, and extracting an image takes longer on a small board.

import { releaseOf } from "./checks.ts";
import type { Router, Row } from "./router.ts";

const POLL_MS = 2_000;
const RUN_MS = 300_000;

export interface Clock {
  sleep(ms: number): Promise<void>;
}

const textOf = (answer: unknown): string =>
  typeof answer === "object" && answer !== null && "ret" in answer ? String(answer.ret) : "";

/** The script's own last words in the log; a job's other output is lost. */
async function lastWords(router: Router, since: ReadonlySet<string>): Promise<string | undefined> {
  const log = await router.rows("/log", "?.proplist=.id,topics,message");
  const mine = log.filter((r) => !since.has(r[".id"] ?? "") && /script/.test(r["topics"] ?? ""));
  return mine.findLast((r) => /error/.test(r["topics"] ?? ""))?.["message"];
}

/** Runs it to its end; throws with what it said where it failed. */
export async function runScript(router: Router, clock: Clock, script: string): Promise<void> {
  const before = new Set((await router.rows("/log", "?.proplist=.id")).map((r) => r[".id"] ?? ""));
  const job = textOf(await router.send("POST", "/execute", { script }));
  for (let waited = 0; ; waited += POLL_MS) {
    const jobs = await router.rows("/system/script/job", "?.proplist=.id");
    if (!jobs.some((row) => row[".id"] === job)) break;
    if (waited >= RUN_MS) throw new Error("The script has not ended after five minutes. Look at /log on the router.");
    await clock.sleep(POLL_MS);
  }
  const failed = await lastWords(router, before);
  if (failed !== undefined) throw new Error(failed);
}

const isRunning = (row: Row): boolean => row["running"] === "true" || row["status"] === "running";

/** True when our container runs. */
export async function runs(router: Router): Promise<boolean> {
  return (await router.rows("/container")).some((row) => row["comment"] === "mikroclaw" && isRunning(row));
}

const IMAGE_MARK = "MIKROCLAW_IMAGE";

/** The owner's variables, as rows of their own: a value never stands in a script or a job. */
export async function setVariables(
  router: Router,
  version: string,
  variables: ReadonlyMap<string, string>,
): Promise<void> {
  if (variables.size === 0) return;
  const rows = (await router.rows("/container/envs")).filter((r) => r["comment"] === "mikroclaw");
  const list = releaseOf(version) < 2000 ? "name" : "list";
  let changed = false;
  for (const [key, value] of variables) {
    const row = rows.find((r) => r["key"] === key);
    if (row?.["value"] === value) continue;
    changed = true;
    if (row === undefined)
      await router.send("PUT", "/container/envs", { [list]: "mikroclaw", key, value, comment: "mikroclaw" });
    else await router.send("PATCH", `/container/envs/${row[".id"] ?? ""}`, { value });
  }
  // With another mark the script makes the container anew, which is how it gets them.
  const mark = rows.find((r) => r["key"] === IMAGE_MARK);
  if (changed && mark !== undefined)
    await router.send("PATCH", `/container/envs/${mark[".id"] ?? ""}`, { value: "none" });
}
