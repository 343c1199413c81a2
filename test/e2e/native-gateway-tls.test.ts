// The native binary with the gateway's own TLS built in, through the same tests as Node's program;
// and what a build without it says.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { makeCertificates } from "../support/certificates.ts";
import { product } from "../support/native.ts";

const plain = product();
test("a build without the gateway's TLS says so, and does not listen", (t) => {
  if ("skip" in plain) return t.skip(plain.skip);
  const [command = "", ...words] = plain.start;
  const made = makeCertificates();
  const env = { GATEWAY_CERT_FILE: made.good.certFile, GATEWAY_KEY_FILE: made.good.keyFile };
  const { status, stderr } = spawnSync(command, [...words, "gateway", "--port", "0"], { env, encoding: "utf8" });
  made.remove();
  assert.equal(status, 2);
  assert.match(stderr, /listens without TLS only: build it with GATEWAY_TLS=yes/);
});

const build = product({ VARIANT: "tls", GATEWAY_TLS: "yes" });
const program = "start" in build && build.start.length === 1 ? build.start[0] : undefined;
if (program === undefined) {
  const skip = "skip" in build ? build.skip : "the first of NATIVE_ARCHS is not this machine's processor";
  test("the native gateway over TLS", { skip }, () => undefined);
} else {
  process.env["MIKROCLAW_PROGRAM"] = program;
  await import("./gateway-tls.test.ts");
}
