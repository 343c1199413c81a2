// The image's way to the router. REST carries text only, so the router fetches the file
// from this computer, once, under a name that nobody can guess; or the owner copies it.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Router } from "./router.ts";

const POLL_MS = 2_000;
const HAND_MS = 900_000;

export interface Upload {
  readonly bytes: Uint8Array;
  /** Its path on the router. */
  readonly path: string;
  readonly local: string;
  /** How the owner would name the router to scp. */
  readonly target: string;
  readonly isDry: boolean;
  say(line: string): void;
  sleep(ms: number): Promise<void>;
}

async function isThere(router: Router, u: Upload): Promise<boolean> {
  const rows = await router.rows("/file", "?.proplist=name,size");
  return rows.some((r) => (r["name"] ?? "").replace(/^\//, "") === u.path && Number(r["size"]) === u.bytes.length);
}

/** Where the image goes: over the one that is there, else where a restart does not lose it. */
export async function pathFor(router: Router, name: string, disk: string): Promise<string> {
  const files = (await router.rows("/file", "?.proplist=name")).map((r) => (r["name"] ?? "").replace(/^\//, ""));
  const old = files.find((file) => file === name || file.endsWith(`/${name}`));
  if (old !== undefined) return old;
  if (disk !== "") return `${disk}/${name}`;
  // Where there is such a folder, everything outside it is in RAM.
  return files.includes("flash") ? `flash/${name}` : name;
}

/** The router gets it from here. */
export async function uploadByFetch(router: Router, u: Upload): Promise<void> {
  const secret = `/${randomBytes(24).toString("hex")}.tar`;
  const server = createServer((request, response) => {
    const isIt = request.url === secret;
    response.writeHead(isIt ? 200 : 404, { "content-length": isIt ? u.bytes.length : 0, connection: "close" });
    response.end(isIt ? u.bytes : undefined);
  });
  const own = router.ownAddress();
  const shown = own.includes(":") ? `[${own}]` : own;
  if (!u.isDry) await once(server.listen(0, own), "listening");
  try {
    const port = u.isDry ? "PORT" : (server.address() as AddressInfo).port;
    const url = `http://${shown}:${port}${u.isDry ? "/NAME.tar" : secret}`;
    await router.send("POST", "/tool/fetch", { url, "dst-path": u.path });
  } finally {
    server.close();
    server.closeAllConnections();
  }
  if (!(await isThere(router, u))) {
    throw new Error(
      `The router did not get ${u.path} whole. Is a firewall of this computer in the way? Try --upload hand.`,
    );
  }
}

/** The owner copies it; this waits until it is there. */
export async function uploadByHand(router: Router, u: Upload): Promise<void> {
  u.say(
    `Copy the image to the router now, in another terminal; this waits for it:\n  scp -O ${u.local} ${u.target}:${u.path}`,
  );
  for (let waited = 0; waited < HAND_MS; waited += POLL_MS) {
    if (await isThere(router, u)) return;
    await u.sleep(POLL_MS);
  }
  throw new Error(`${u.path} did not arrive within ${HAND_MS / 60_000} minutes.`);
}
