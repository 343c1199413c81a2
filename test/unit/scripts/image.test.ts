// Runs the real image maker on a small repository made for it, and reads what it wrote as a container
// runner would: sums, names, owners and the list of platforms. skopeo is the reader we did not write.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import * as z from "zod/mini";

const repository = process.cwd();
const BINARIES = { amd64: "\u007fELF amd64 ".repeat(900), armv5: "\u007fELF armv5", mips: "\u007fELF mips" };
const EPOCH = "1700000000";
const folders: string[] = [];

const Manifest = z.array(z.object({ Config: z.string(), RepoTags: z.array(z.string()), Layers: z.array(z.string()) }));
const Config = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.optional(z.string()),
  created: z.string(),
  config: z.object({
    User: z.string(),
    Entrypoint: z.array(z.string()),
    Cmd: z.array(z.string()),
    Env: z.array(z.string()),
  }),
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
});
const Descriptor = z.object({
  mediaType: z.string(),
  digest: z.string(),
  size: z.int(),
  platform: z.optional(z.record(z.string(), z.string())),
  annotations: z.optional(z.record(z.string(), z.string())),
});
const Index = z.object({ manifests: z.array(Descriptor) });
const Pulled = z.object({ config: Descriptor, layers: z.array(Descriptor) });

/** A repository with binaries, one bundled package and the licence texts of the C libraries. */
function makeRepository(): string {
  const root = mkdtempSync(join(tmpdir(), "image-"));
  folders.push(root);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [arch, bytes] of Object.entries(BINARIES)) write(`dist/${arch}/mikroclaw`, bytes);
  const inputs = {
    "src/a.ts": { bytesInOutput: 9 },
    "node_modules/used/index.js": { bytesInOutput: 5 },
    "node_modules/dropped/index.js": { bytesInOutput: 0 },
  };
  write("dist/meta.json", JSON.stringify({ outputs: { bundle: { inputs } } }));
  write("package.json", '{"name":"small","version":"1.2.3"}');
  write("LICENSE", "Our licence.");
  write("node_modules/used/package.json", '{"name":"used","version":"4.5.6","license":"MIT"}');
  write("node_modules/used/license.md", "Licence of used.");
  write("dist/native/src/quickjs/LICENSE", "Licence of the engine.");
  write("dist/native/src/musl/COPYRIGHT", "Licence of the library.");
  write(
    "dist/native/src/mbedtls/LICENSE",
    "Either.\n\n   Apache License\n first\n\n   GNU GENERAL PUBLIC LICENSE\n second",
  );
  write("dist/native/src/ca-certificates/debian/copyright", "Licence of the list.");
  cpSync(join(repository, "build/native/targets"), join(root, "build/native/targets"), { recursive: true });
  cpSync(join(repository, "build/sources.lock"), join(root, "build/sources.lock"));
  symlinkSync(join(repository, "scripts"), join(root, "scripts"));
  return root;
}

function makeImages(root: string, ...archs: string[]): { status: number | null; err: string } {
  const script = join(repository, "scripts/image.ts");
  const tsx = join(repository, "node_modules/tsx/dist/loader.mjs");
  const env = { ...process.env, SOURCE_DATE_EPOCH: EPOCH };
  const done = spawnSync(process.execPath, ["--import", tsx, script, ...archs], { cwd: root, encoding: "utf8", env });
  return { status: done.status, err: done.stderr };
}

function parsed<T>(schema: z.ZodMiniType<T>, bytes: Uint8Array | undefined): T {
  assert.ok(bytes !== undefined, "the file is there");
  return schema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function archive(path: string): Promise<Map<string, Uint8Array>> {
  const entries = await unpackTar(readFileSync(path));
  return new Map(entries.map(({ header, data }) => [header.name, data ?? new Uint8Array()]));
}

let root = "";
before(() => {
  root = makeRepository();
  const made = makeImages(root, "amd64", "armv5", "mips");
  assert.equal(made.status, 0, made.err);
});
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test("the archive of one architecture holds one plain layer, and its configuration starts the gateway", async () => {
  const files = await archive(join(root, "dist/image/mikroclaw-armv5.tar"));
  assert.deepEqual([...files.keys()], ["manifest.json", "config.json", "layer.tar"]);
  const [manifest] = parsed(Manifest, files.get("manifest.json"));
  assert.deepEqual(manifest, { Config: "config.json", RepoTags: ["mikroclaw:1.2.3"], Layers: ["layer.tar"] });
  const config = parsed(Config, files.get("config.json"));
  assert.deepEqual([config.os, config.architecture, config.variant], ["linux", "arm", "v5"]);
  assert.equal(config.created, "2023-11-14T22:13:20.000Z");
  assert.deepEqual(config.config.Entrypoint, ["/mikroclaw"]);
  assert.deepEqual(config.config.Cmd, ["gateway"]);
  assert.ok(config.config.Env.includes("GATEWAY_BIND=0.0.0.0"), config.config.Env.join(" "));
  assert.equal(config.config.User, "65534:65534");
  assert.deepEqual(config.rootfs.diff_ids, [sha256(files.get("layer.tar") ?? new Uint8Array())]);
});

test("the root file system has the binary, what a router mounts, and no more", async () => {
  const files = await archive(join(root, "dist/image/mikroclaw-amd64.tar"));
  const entries = await unpackTar(files.get("layer.tar") ?? new Uint8Array());
  const rows = entries.map(({ header: h }) => `${h.type} ${(h.mode ?? 0).toString(8)} ${h.uid} ${h.name}`);
  assert.deepEqual(rows.sort(), [
    "directory 1777 0 tmp/",
    "directory 755 0 dev/",
    "directory 755 0 etc/",
    "directory 755 0 proc/",
    "directory 755 0 run/",
    "directory 755 0 sys/",
    "directory 755 65534 data/",
    "file 644 0 LICENCES",
    "file 644 0 etc/group",
    "file 644 0 etc/hostname",
    "file 644 0 etc/hosts",
    "file 644 0 etc/passwd",
    "file 644 0 etc/resolv.conf",
    "file 755 0 mikroclaw",
  ]);
  for (const { header } of entries) assert.equal(header.mtime?.getTime(), Number(EPOCH) * 1000, header.name);
  const binary = entries.find((e) => e.header.name === "mikroclaw")?.data;
  assert.equal(Buffer.from(binary ?? "").toString("utf8"), BINARIES.amd64);
});

test("the licences name what is in the image and carry its texts", async () => {
  const files = await archive(join(root, "dist/image/mikroclaw-mips.tar"));
  const entries = await unpackTar(files.get("layer.tar") ?? new Uint8Array());
  const text = Buffer.from(entries.find((e) => e.header.name === "LICENCES")?.data ?? "").toString("utf8");
  for (const part of ["Our licence.", "used 4.5.6: MIT", "Licence of used.", "Licence of the engine."]) {
    assert.ok(text.includes(part), part);
  }
  for (const part of ["Licence of the library.", "Mbed TLS 3.6.6: Apache-2.0", "Licence of the list."]) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(!text.includes("dropped"), "a package of which nothing is left needs no notice");
  assert.ok(!text.includes("GENERAL PUBLIC"), "of two licences to choose from, the one we took");
});

test("the OCI layout lists each platform, and every blob is what its name says", () => {
  const layout = join(root, "dist/image/oci");
  for (const name of readdirSync(join(layout, "blobs/sha256"))) {
    assert.equal(sha256(readFileSync(join(layout, "blobs/sha256", name))), `sha256:${name}`);
  }
  const blob = ({ digest, size }: { digest: string; size: number }): Uint8Array => {
    const bytes = readFileSync(join(layout, "blobs", digest.replace(":", "/")));
    assert.equal(bytes.length, size, digest);
    return bytes;
  };
  const [top] = parsed(Index, readFileSync(join(layout, "index.json"))).manifests;
  assert.ok(top !== undefined);
  assert.deepEqual(top.annotations, { "org.opencontainers.image.ref.name": "1.2.3" });
  const { manifests } = parsed(Index, blob(top));
  const platforms = manifests.map((m) =>
    Object.values(m.platform ?? {})
      .sort()
      .join(" "),
  );
  assert.deepEqual(platforms, ["amd64 linux", "arm linux v5", "linux mips"]);
  for (const one of manifests) {
    const { config, layers } = parsed(Pulled, blob(one));
    assert.equal(layers.length, 1);
    const plain = layers.map((l) => sha256(gunzipSync(blob(l))));
    assert.deepEqual(parsed(Config, blob(config)).rootfs.diff_ids, plain, "a registry's layer is gzip, its id is not");
  }
});

test("the same binaries and commit give the same bytes in another folder", () => {
  const other = makeRepository();
  assert.equal(makeImages(other, "amd64", "armv5", "mips").status, 0);
  const bytes = (at: string): string[] =>
    readdirSync(join(at, "dist/image"), { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => `${e.name} ${sha256(readFileSync(join(e.parentPath, e.name)))}`)
      .sort();
  assert.deepEqual(bytes(other), bytes(root));
});

test("a missing binary, an unknown processor and a package without a licence are named", () => {
  const without = makeImages(root, "armv7");
  assert.equal(without.status, 1);
  assert.match(without.err, /dist\/armv7\/mikroclaw is missing: make binary ARCH=armv7/);
  const unknown = makeImages(root, "z80");
  assert.equal(unknown.status, 1);
  assert.match(unknown.err, /no processor "z80"; there are: amd64, arm64, armv7, armv5, mipsel, mips/);
  const bare = makeRepository();
  rmSync(join(bare, "node_modules/used/license.md"));
  const nameless = makeImages(bare, "amd64");
  assert.equal(nameless.status, 1);
  assert.match(nameless.err, /node_modules\/used has no licence file/);
});

test("skopeo reads both forms", (t) => {
  if (spawnSync("skopeo", ["--version"]).status !== 0) {
    t.skip("skopeo is not installed (apt-get install skopeo): only our own reader looked at the images");
    return;
  }
  const inspect = (...args: string[]): unknown => {
    const done = spawnSync("skopeo", ["inspect", ...args], { cwd: root, encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
    return JSON.parse(done.stdout);
  };
  const Seen = z.object({
    Architecture: z.string(),
    Os: z.string(),
    Env: z.array(z.string()),
    Layers: z.array(z.string()),
  });
  const archived = Seen.parse(inspect("docker-archive:dist/image/mikroclaw-armv5.tar"));
  assert.deepEqual([archived.Os, archived.Architecture, archived.Layers.length], ["linux", "arm", 1]);
  const pulled = Seen.parse(inspect("--override-arch", "amd64", "oci:dist/image/oci:1.2.3"));
  assert.deepEqual([pulled.Architecture, pulled.Layers.length], ["amd64", 1]);
});
