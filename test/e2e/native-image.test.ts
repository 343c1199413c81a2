// The image of the binaries that were built, as strangers read it: skopeo and podman, which we did not
// write. Its form in detail: test/unit/scripts/image.test.ts.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as z from "zod/mini";
import { ALL_ARCHS, builtBinary, imagesOf, output } from "../support/image.ts";

const OVER_BINARY_BYTES_MAX = 250 * 1024;
const Seen = z.object({
  Architecture: z.string(),
  Os: z.string(),
  Env: z.array(z.string()),
  Layers: z.array(z.string()),
});
const Index = z.object({ manifests: z.array(z.object({ platform: z.record(z.string(), z.string()) })) });
const Loaded = z.array(
  z.object({
    Architecture: z.string(),
    User: z.string(),
    Config: z.object({ Entrypoint: z.array(z.string()), Cmd: z.array(z.string()), Env: z.array(z.string()) }),
  }),
);

const archs = ALL_ARCHS.filter((arch) => builtBinary(arch) !== undefined);
const none = archs.includes("amd64") ? false : "dist/amd64/mikroclaw was not built: the toolchain could not be had";
const lacks = (program: string): string | undefined =>
  spawnSync(program, ["--version"]).status === 0
    ? undefined
    : `${program} is not installed (apt-get install ${program})`;

describe("the images of the binaries", { skip: none }, () => {
  let root = "";
  const tar = (arch: string): string => join(root, `dist/image/mikroclaw-${arch}.tar`);
  before(() => {
    root = imagesOf(archs);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it("weigh little more than the binaries, and come out the same a second time", () => {
    const again = imagesOf(archs);
    try {
      for (const arch of archs) {
        const over = statSync(tar(arch)).size - statSync(`dist/${arch}/mikroclaw`).size;
        assert.ok(over <= OVER_BINARY_BYTES_MAX, `${arch}: ${over} bytes over the binary`);
      }
      const files = readdirSync(join(root, "dist/image"), { recursive: true, withFileTypes: true }).filter((e) =>
        e.isFile(),
      );
      assert.ok(files.length > archs.length);
      for (const { parentPath, name } of files) {
        const path = join(parentPath, name);
        assert.ok(readFileSync(path).equals(readFileSync(path.replace(root, again))), path);
      }
    } finally {
      rmSync(again, { recursive: true, force: true });
    }
  });

  it("are read and copied by skopeo in both forms", (t) => {
    const missing = lacks("skopeo");
    if (missing !== undefined) return t.skip(missing);
    const skopeo = (...args: string[]): string => output("skopeo", ["--insecure-policy", ...args], root);
    const platforms = archs.map((arch) => {
      const seen = Seen.parse(JSON.parse(skopeo("inspect", `docker-archive:${tar(arch)}`)));
      assert.equal(seen.Layers.length, 1, "RouterOS wants one layer");
      assert.ok(seen.Env.includes("GATEWAY_BIND=0.0.0.0"));
      skopeo("copy", `docker-archive:${tar(arch)}`, `oci:${root}/copy:${arch}`);
      return seen.Architecture;
    });
    const raw = skopeo("inspect", "--raw", "oci:dist/image/oci");
    assert.deepEqual(
      Index.parse(JSON.parse(raw)).manifests.map((m) => m.platform["architecture"]),
      platforms,
    );
    skopeo("copy", "--all", "oci:dist/image/oci", `oci:${root}/all`);
    for (const arch of new Set(platforms)) {
      const one = skopeo("--override-arch", arch, "inspect", "oci:dist/image/oci");
      assert.equal(Seen.parse(JSON.parse(one)).Architecture, arch);
    }
    return undefined;
  });

  it("are loaded and run by podman", (t) => {
    const missing = lacks("podman");
    if (missing !== undefined) return t.skip(missing);
    const store = ["--root", join(root, "store"), "--runroot", join(root, "run"), "--storage-driver", "vfs"];
    const podman = (...args: string[]) => spawnSync("podman", [...store, ...args], { encoding: "utf8" });
    const load = podman("load", "-i", tar("amd64"));
    // Where no storage can be made (no user namespaces, say), nothing is said about the image.
    if (load.status !== 0 && podman("info").status !== 0)
      return t.skip(`podman cannot work here: ${load.stderr.trim()}`);
    assert.equal(load.status, 0, load.stderr);
    const name = /^Loaded image.*?: (\S+)$/m.exec(load.stdout)?.[1] ?? "";
    const [image] = Loaded.parse(JSON.parse(podman("image", "inspect", name).stdout));
    assert.deepEqual(image?.Config.Entrypoint, ["/mikroclaw"]);
    assert.deepEqual(image?.Config.Cmd, ["gateway"]);
    assert.equal(image?.User, "65534:65534");
    // Limits that podman would raise may not be raised without CAP_SYS_RESOURCE.
    const limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=256:256", "--cgroups", "disabled"];
    const run = podman(
      "run",
      "--rm",
      "--network",
      "none",
      "--read-only",
      "--read-only-tmpfs=false",
      ...limits,
      name,
      "--version",
    );
    podman("rmi", "--all", "--force");
    // 125 and 126: podman or its runtime failed, not the program.
    if (run.status === 125 || run.status === 126) {
      t.diagnostic(`loaded, but this machine lets podman start no container: ${run.stderr.trim()}`);
      return undefined;
    }
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /^mikroclaw \d+\.\d+\.\d+/);
    return undefined;
  });
});
