// The whole program on the native host: the same end-to-end tests, with its binary in the
// place of Node's program.

import { test } from "node:test";
import { product } from "../support/native.ts";

const build = product();
const program = "start" in build && build.start.length === 1 ? build.start[0] : undefined;
if (program === undefined) {
  const skip = "skip" in build ? build.skip : "the first of NATIVE_ARCHS is not this machine's processor";
  test("the native program, end to end", { skip }, () => undefined);
} else {
  // Read once by test/support/program.ts, so the tests are loaded after it is set.
  process.env["MIKROCLAW_PROGRAM"] = program;
  await import("./cli.test.ts");
  await import("./crowd.test.ts");
  await import("./failover.test.ts");
  await import("./gateway.test.ts");
  await import("./integrations.test.ts");
  await import("./killed.test.ts");
  await import("./model.test.ts");
  await import("./telegram.test.ts");
  await import("./terminal.test.ts");
}
