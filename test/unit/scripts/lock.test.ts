import assert from "node:assert/strict";
import { test } from "node:test";
import { type Lock, missing } from "../../../scripts/lock.ts";

test("a package for another platform that the lock file lacks is described from its name", () => {
  const lock: Lock = {
    packages: {
      "node_modules/tool": {
        version: "1.0.0",
        dev: true,
        optionalDependencies: {
          "@tool/cli-linux-x64": "1.0.0",
          "@tool/cli-linux-arm64-musl": "1.0.0",
          "@tool/cli-win32-x64": "1.0.0",
          fsevents: "~2.3.3",
        },
      },
      "node_modules/@tool/cli-linux-x64": { version: "1.0.0" },
    },
  };
  const lacks = missing(lock);
  assert.deepEqual(lacks, {
    "node_modules/@tool/cli-linux-arm64-musl": {
      version: "1.0.0",
      optional: true,
      dev: true,
      os: ["linux"],
      cpu: ["arm64"],
      libc: ["musl"],
    },
    "node_modules/@tool/cli-win32-x64": { version: "1.0.0", optional: true, dev: true, os: ["win32"], cpu: ["x64"] },
  });
  assert.deepEqual(missing({ packages: { ...lock.packages, ...lacks } }), {});
});
