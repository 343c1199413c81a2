// What an open TLS connection costs in the native binary, with a record as large as TLS has
// behind it: most of it is mbedTLS's buffer for the next one.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createServer } from "node:tls";
import { bundleFor } from "../native/bundle.ts";
import { makeCertificates } from "../support/certificates.ts";
import { runScript, testBuild } from "../support/native.ts";

const COUNT = 40;
const KIB_MAX = 40;

function memoryKib(pid: string): string {
  return /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "none";
}

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`native: an open connection of ${version} costs at most ${KIB_MAX} KiB`, async (t) => {
    const build = testBuild("amd64");
    if ("skip" in build) return t.skip(build.skip);
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
    const open = JSON.stringify({ port, extraPem: certs.authority.certPem, count: COUNT });
    const { code, out, err } = await runScript(build.start, await bundleFor("test/native/tls-memory.entry.ts"), [], {
      OPEN: open,
    });
    server.close();
    certs.remove();
    assert.equal(code, 0, err);
    const { one, all, closed } = JSON.parse(out) as Readonly<Record<string, number>>;
    assert.ok(one !== undefined && all !== undefined && closed !== undefined && one > 0);
    const each = (all - one) / COUNT;
    t.diagnostic(`${each.toFixed(1)} KiB each; ${one} KiB with one, ${closed} KiB after the others were closed`);
    // Fewer than its buffers would mean that something else was measured.
    assert.ok(each > 16 && each <= KIB_MAX, `${each} KiB each`);
    assert.ok(closed - one < (all - one) / 2, `${closed} KiB after closing`);
  });
}
