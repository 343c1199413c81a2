// lighttpd with one small file in memory's page cache, as the yardstick of /health: the same
// body, the same core, the same run.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../test/support/ports.ts";
import { has } from "../machine.ts";
import { onCore, SERVER_CORE, start, stop } from "./binary.ts";

const TRIES_MAX = 100;
const TRY_MS = 20;

export interface Yardstick {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: "close" } }).then(
    async (reply) => reply.status === 200 && (await reply.text()) !== "",
    () => false,
  );
}

/** Starts it with `body` at /health, or says that it is not installed. */
export async function startLighttpd(body: string): Promise<Yardstick | null> {
  if (!has("lighttpd")) return null;
  const folder = mkdtempSync(join(tmpdir(), "mikroclaw-lighttpd-"));
  const port = await freePort();
  const settings = [
    `server.document-root = "${folder}/files"`,
    'server.bind = "127.0.0.1"',
    `server.port = ${port}`,
    'mimetype.assign = ( "" => "application/json" )',
    // As many requests as a kept connection has in the gateway: no bound.
    "server.max-keep-alive-requests = 1000000000",
  ];
  writeFileSync(join(folder, "conf"), `${settings.join("\n")}\n`);
  mkdirSync(join(folder, "files"));
  writeFileSync(join(folder, "files", "health"), body);
  const child = start(onCore(SERVER_CORE, ["lighttpd", "-D", "-f", join(folder, "conf")]), {});
  let said = "";
  child.stderr?.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  const end = async (): Promise<void> => {
    await stop(child);
    rmSync(folder, { recursive: true });
  };
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    if (await answers(port)) return { pid: child.pid ?? 0, port, stop: end };
    await sleep(TRY_MS);
  }
  await end();
  throw new Error(`lighttpd does not answer: ${said}`);
}
