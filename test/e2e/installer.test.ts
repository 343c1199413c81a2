// scripts/install.ts as its owner starts it, against the simulated router on a socket.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withoutFault } from "../routeros/agent-server.ts";
import { restOf, startSim } from "../support/program.ts";

const IMAGE = "some bytes of an image";

test("installed while the owner copies the image by hand, and uninstalled", async () => {
  const sim = await startSim();
  const agent = await withoutFault();
  const folder = mkdtempSync(join(tmpdir(), "installer-"));
  const image = join(folder, "own.tar");
  writeFileSync(image, IMAGE);
  const user = sim.env["ROUTER_USER"] ?? "";
  const password = sim.env["ROUTER_PASS"] ?? "";
  const start = (...args: string[]) => {
    const all = ["--import", "tsx", "scripts/install.ts", ...args, "--user", user];
    const child = spawn(process.execPath, all, { env: { ...process.env, ROUTER_PASS: password }, stdio: "pipe" });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => void said.push(String(piece)));
    return { child, said, ended: once(child, "close").then(([code]) => code as number) };
  };
  const host = `127.0.0.1:${sim.port}`;
  const rules = async () => {
    const rows = (await restOf(sim, "/ip/firewall/filter")) as ReadonlyArray<Record<string, string>>;
    return rows.filter((row) => row["comment"] === "mikroclaw").length;
  };
  try {
    const one = start(host, "--image", image, "--upload", "hand", "--gateway", agent.url);
    while (!one.said.join("").includes("scp -O")) await once(one.child.stdout, "data");
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    const copied = await fetch(`http://${host}/rest/file`, {
      method: "PUT",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ name: "flash/mikroclaw-arm64.tar", contents: IMAGE }),
    });
    assert.equal(copied.status, 201);
    assert.equal(await one.ended, 0, one.said.join(""));
    assert.equal(await rules(), 6);
    const gone = start("uninstall", host);
    assert.equal(await gone.ended, 0, gone.said.join(""));
    assert.equal(await rules(), 0);
    const nobody = start("uninstall", "127.0.0.1:1");
    assert.equal(await nobody.ended, 1);
    assert.equal(await start().ended, 2);
  } finally {
    rmSync(folder, { recursive: true });
    agent.close();
    await sim.stop();
  }
});
