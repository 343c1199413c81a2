// What the Node host reads of the configuration before the bundle starts.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CONFIG_BYTES_MAX } from "../../../src/base/limits.ts";
import { readEarly } from "../../../src/host/node/early.ts";

const folder = mkdtempSync(join(tmpdir(), "mikroclaw-early-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "c.json");
writeFileSync(path, '\ufeff{"workspace":"/from/file","routerHost":" r.lan "}');

test("the file named by flag or environment is read; the environment's own word is stronger", () => {
  const fromFile = { workspace: "/from/file", routerHost: "r.lan" };
  assert.deepEqual(readEarly(["agent", "--config", path], {}), fromFile);
  assert.deepEqual(readEarly([`--config=${path}`], { MIKROCLAW_CONFIG: "/nowhere" }), fromFile);
  assert.deepEqual(readEarly([], { MIKROCLAW_CONFIG: path, ROUTER_HOST: "" }), fromFile);
  assert.deepEqual(readEarly([], { MIKROCLAW_CONFIG: path, MIKROCLAW_WORKSPACE: "/env" }), {
    ...fromFile,
    workspace: "/env",
  });
});

test("what is no configuration file is left to the bundle to report", () => {
  const nothing = { workspace: "", routerHost: "" };
  const big = join(folder, "big.json");
  writeFileSync(big, `{"workspace":"/x"${" ".repeat(CONFIG_BYTES_MAX)}}`);
  const odd = join(folder, "odd.json");
  writeFileSync(odd, '{"workspace":7,"routerHost":["r"]}');
  for (const file of ["/nowhere", folder, "/dev/zero", big, odd])
    assert.deepEqual(readEarly(["--config", file], {}), nothing);
  assert.deepEqual(readEarly(["--config"], {}), nothing);
});
