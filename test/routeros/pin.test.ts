// The router's certificate: shown and kept the first time, insisted on ever after; nothing
// is sent to another one.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { shownPin, trustedPin } from "../../scripts/install/pin.ts";
import { placeOf, realRouter } from "../../scripts/install/router.ts";
import { type Certificate, makeCertificates } from "../support/certificates.ts";

const certificates = makeCertificates();
const folder = mkdtempSync(join(tmpdir(), "pins-"));
after(() => {
  certificates.remove();
  rmSync(folder, { recursive: true });
});

interface Served {
  readonly port: number;
  readonly asked: string[];
  close(): Promise<void>;
}

async function serve(own: Certificate, port = 0): Promise<Served> {
  const asked: string[] = [];
  const server = createServer({ cert: own.certPem, key: own.keyPem }, (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""}`);
    response.setHeader("connection", "close");
    response.end('[{"name":"x"}]');
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("shown the first time, kept, not asked for again, and a changed one is refused", async () => {
  const first = await serve(certificates.selfSigned);
  const file = join(folder, "deep", "routers.json");
  const shown: string[] = [];
  const ask = async (pin: string): Promise<boolean> => {
    shown.push(pin);
    return true;
  };
  const trust = { host: "127.0.0.1", port: first.port, file, ask };
  const pin = certificates.selfSigned.pin;
  assert.equal(await shownPin("127.0.0.1", first.port), pin);
  assert.equal(await trustedPin(trust), pin);
  assert.equal(await trustedPin(trust), pin);
  assert.deepEqual(shown, [pin]);
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), { [`127.0.0.1:${first.port}`]: pin });
  assert.equal(statSync(file).mode & 0o077, 0);
  const { port } = first;
  await first.close();

  const second = await serve(certificates.good, port);
  await assert.rejects(trustedPin(trust), /another certificate than before[\s\S]*Nothing was sent/);
  assert.equal(shown.length, 1);
  assert.equal(await trustedPin({ ...trust, pin: certificates.good.pin.toUpperCase() }), certificates.good.pin);
  await assert.rejects(trustedPin({ ...trust, pin: pin }), /than --pin says/);
  assert.deepEqual(second.asked, []);
  await second.close();
});

test("an owner who says no has sent nothing", async () => {
  const served = await serve(certificates.selfSigned);
  const file = join(folder, "no.json");
  const trust = { host: "127.0.0.1", port: served.port, file, ask: async () => false };
  await assert.rejects(trustedPin(trust), /nothing was sent/);
  assert.throws(() => readFileSync(file));
  assert.deepEqual(served.asked, []);
  await served.close();
});

test("requests go to that certificate alone", async () => {
  const served = await serve(certificates.selfSigned);
  const at = { host: "127.0.0.1", port: served.port, isPlain: false };
  const router = realRouter(at, "admin", "secret", certificates.selfSigned.pin);
  assert.deepEqual(await router.rows("/user"), [{ name: "x" }]);
  assert.equal(router.ownAddress(), "127.0.0.1");
  await router.close();
  const stranger = realRouter(at, "admin", "secret", certificates.good.pin);
  await assert.rejects(stranger.rows("/user"), /another certificate/);
  await stranger.close();
  assert.deepEqual(served.asked, [`GET /rest/user Basic ${Buffer.from("admin:secret").toString("base64")}`]);
  await served.close();
});

test("where the router is: https, and plain http on this computer's loopback alone", () => {
  assert.deepEqual(placeOf("192.168.88.1"), { host: "192.168.88.1", port: 443, isPlain: false });
  assert.deepEqual(placeOf("192.168.88.1:8443"), { host: "192.168.88.1", port: 8443, isPlain: false });
  assert.deepEqual(placeOf("127.0.0.1:18780"), { host: "127.0.0.1", port: 18_780, isPlain: true });
  assert.deepEqual(placeOf("https://127.0.0.1"), { host: "127.0.0.1", port: 443, isPlain: false });
  assert.deepEqual(placeOf("https://[fd00::1]"), { host: "fd00::1", port: 443, isPlain: false });
  assert.throws(() => placeOf("http://192.168.88.1"), /in the clear/);
  assert.deepEqual(placeOf("fd00::1"), { host: "fd00::1", port: 443, isPlain: false });
  assert.throws(() => placeOf("admin:secret@192.168.88.1"), /does not belong there/);
  assert.throws(() => placeOf("192.168.88.1/webfig"), /is not a host/);
});
