// A router that is only imagined: it prints each request and answers as one on which all
// goes well.

import type { Router, Row } from "./router.ts";

export interface Imagined {
  readonly ros: string;
  readonly arch: string;
  readonly file: string;
  readonly imageBytes: number;
}

function answers({ ros, arch, file, imageBytes }: Imagined): ReadonlyMap<string, readonly Row[]> {
  const resource = {
    version: ros,
    "architecture-name": arch,
    "free-memory": "500000000",
    "free-hdd-space": "90000000",
    "board-name": "(not asked)",
  };
  return new Map<string, readonly Row[]>([
    ["/system/resource", [resource]],
    ["/system/package", [{ name: "container" }]],
    ["/system/device-mode", [{ container: "yes", scheduler: "yes", fetch: "yes" }]],
    ["/container", [{ ".id": "*1", comment: "mikroclaw", running: "true", status: "running" }]],
    ["/file", [{ name: file, size: String(imageBytes) }]],
  ]);
}

/** Prints instead of sending. */
export function dryRouter(imagined: Imagined, say: (line: string) => void): Router {
  const known = answers(imagined);
  return {
    async rows(menu, query = "") {
      say(`GET /rest${menu}${query}`);
      return known.get(menu) ?? [];
    },
    async send(method, path, body) {
      const { script, ...rest } = body ?? {};
      say(`${method} /rest${path}${Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`}`);
      if (script !== undefined) say(script.replace(/^/gm, "    "));
      return path === "/execute" ? { ret: "*1" } : [];
    },
    ownAddress: () => "THIS-COMPUTER",
    close: async () => undefined,
  };
}
