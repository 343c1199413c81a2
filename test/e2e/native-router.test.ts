// The image's root file system in a container like the router's (test/native/router.entry.ts): mounted
// read-only, as nobody, with a veth pair; booted with everything down, talked to, stopped, started again,
// and traced: nothing is opened for writing, so the router's flash is never written.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { builtBinary, rootFileSystem } from "../support/image.ts";

const WRITES = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/;
const OPENS = /^(?:open|openat|openat2)$/;

/** Why such a container cannot be made here; undefined where it can. */
function reason(): string | undefined {
  if (builtBinary("amd64") === undefined) return "dist/amd64/mikroclaw was not built: the toolchain could not be had";
  if (process.arch !== "x64") return "this machine does not run amd64 programs";
  for (const [program, from] of [
    ["bwrap", "bubblewrap"],
    ["ip", "iproute2"],
    ["nsenter", "util-linux"],
  ] as const) {
    const found = spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
    if (!found) return `${program} is not installed (apt-get install ${from})`;
  }
  const pair = "ip link add veth-try type veth peer name veth-end && ip link set veth-try up";
  const tried = spawnSync("unshare", ["--net", "sh", "-c", pair], { encoding: "utf8" });
  if (tried.status !== 0) return `this machine allows no network namespaces with veth pairs: ${tried.stderr.trim()}`;
  const jailed = spawnSync("bwrap", ["--unshare-all", "--uid", "65534", "--ro-bind", "/", "/", "true"], {
    encoding: "utf8",
  });
  return jailed.status === 0 ? undefined : `bwrap can make no container here: ${jailed.stderr.trim()}`;
}

/** True where one process may trace another. */
function traceable(): boolean {
  return spawnSync("strace", ["-f", "-o", "/dev/null", "true"]).status === 0;
}

/** Calls of the program itself (after its own start) that open for writing or change a folder. */
function writesIn(trace: string): { seen: number; writes: string[] } {
  const ours = new Set<string>();
  const writes: string[] = [];
  let seen = 0;
  for (const line of trace.split("\n")) {
    const [, pid = "", call = "", rest = ""] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (call === "execve" && rest.startsWith('"/mikroclaw"')) ours.add(pid);
    else if (ours.has(pid) && call !== "" && call !== "execve") {
      seen += 1;
      if (!OPENS.test(call) || WRITES.test(rest)) writes.push(line);
    }
  }
  return { seen, writes };
}

test("a trace names what writes", () => {
  const trace = [
    '7 openat(3, "uid_map", O_RDWR|O_CLOEXEC) = 6',
    '8 execve("/mikroclaw", ["/mikroclaw"], 0x1 /* 2 vars */) = 0',
    '8 openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 4',
    '8 openat(AT_FDCWD, "/data/x", O_WRONLY|O_CREAT, 0600) = -1 EROFS (Read-only file system)',
    '8 mkdir("/tmp/x", 0700) = 0',
  ];
  const { seen, writes } = writesIn(trace.join("\n"));
  assert.equal(seen, 3);
  assert.deepEqual(writes, trace.slice(3));
});

test("in a container like the router's: boot with everything down, 100 chats, a restart, no write", async (t) => {
  const skip = reason();
  if (skip !== undefined) return t.skip(skip);
  const image = rootFileSystem();
  const trace = traceable() ? `${image.folder}.trace` : "";
  if (trace === "")
    t.diagnostic("strace cannot trace here: that nothing is written is only proved by the read-only root");
  try {
    const words = ["--net", process.execPath, "--import", "tsx", "test/native/router.entry.ts", image.folder, trace];
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn("unshare", words, { stdio: ["ignore", "pipe", "pipe"], env });
    let said = "";
    child.stdout.on("data", (part) => (said += part));
    child.stderr.on("data", (part) => (said += part));
    const code = await new Promise((done) => child.on("close", done));
    if (code === 3) return t.skip(said.trim());
    assert.equal(code, 0, said);
    assert.match(said, /ok: chats after a restart/);
    t.diagnostic(said.trim());
    if (trace === "") return undefined;
    assert.ok(existsSync(trace));
    const { seen, writes } = writesIn(readFileSync(trace, "utf8"));
    assert.ok(seen > 0, "the trace saw the program open something");
    assert.deepEqual(writes, []);
  } finally {
    image.remove();
  }
  return undefined;
});
