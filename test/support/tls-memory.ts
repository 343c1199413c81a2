// Measures what an open TLS connection costs in the native binary, with a record as large as TLS has
// behind it: most of it is mbedTLS's buffer for the next one.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { bundleFor } from "../native/bundle.ts";
import { makeCertificates } from "./certificates.ts";
import { runScript } from "./native.ts";

/** How many are open at once, beside the first. */
export const TLS_CONNECTIONS = 40;

/** KiB: the process with one connection, each of the others, the process after those were closed. */
export interface TlsMemory {
  one: number;
  each: number;
  closed: number;
}

function memoryKib(pid: string): string {
  return /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "none";
}

/** Runs the test build that `start` begins with `TLS_CONNECTIONS` connections to a server in this process. */
export async function tlsMemory(start: readonly string[], version: "TLSv1.2" | "TLSv1.3"): Promise<TlsMemory> {
  const certs = makeCertificates();
  const { certPem: cert, keyPem: key } = certs.good;
  const server = createServer({ cert, key, minVersion: version, maxVersion: version }, (socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      const asked = bytes.toString().trim();
      socket.write(asked === "record" ? Buffer.alloc(16_384) : memoryKib(asked));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const open = JSON.stringify({ port, extraPem: certs.authority.certPem, count: TLS_CONNECTIONS });
  const script = await bundleFor("test/native/tls-memory.entry.ts");
  const { code, out, err } = await runScript(start, script, [], { OPEN: open });
  server.close();
  certs.remove();
  if (code !== 0) throw new Error(`the script ended with ${code}: ${err}`);
  const { one = 0, all = 0, closed = 0 } = JSON.parse(out) as Readonly<Record<string, number>>;
  return { one, each: (all - one) / TLS_CONNECTIONS, closed };
}
