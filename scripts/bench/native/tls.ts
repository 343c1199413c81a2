// What an open TLS connection costs the native host in memory.

import { existsSync } from "node:fs";
import { testBuild } from "../../../test/support/native.ts";
import { TLS_CONNECTIONS, tlsMemory } from "../../../test/support/tls-memory.ts";
import type { Figure, Found } from "../figure.ts";
import { has } from "../machine.ts";

/** Measured in the test build, whose script can open connections at will; the C is the product's. */
export async function nativeTls(): Promise<Found> {
  const found: Found = {
    title: "The native host: memory of one open TLS connection",
    command: "test/native/tls-memory.entry.ts in dist/native/amd64/mikroclaw-test; RssAnon of /proc/PID/status",
    state: `a TLS server in the bench's process; ${TLS_CONNECTIONS} connections beside a first one, a full record of 16 KiB read on each`,
    figures: [],
    notes: [],
  };
  if (process.arch !== "x64" || !existsSync("dist/native/amd64") || !has("openssl"))
    return { ...found, notes: ["not measured: wants openssl and an amd64 build made here (make binary)"] };
  const build = testBuild("amd64");
  if ("skip" in build) return { ...found, notes: [`not measured: ${build.skip}`] };
  const figures: Figure[] = [];
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const { each } = await tlsMemory(build.start, version);
    figures.push({ key: `native.tls.${version === "TLSv1.2" ? "1-2" : "1-3"}`, unit: "KB", values: [each] });
  }
  return { ...found, figures };
}
