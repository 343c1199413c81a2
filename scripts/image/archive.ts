// One architecture's image in its two forms: a docker-archive with one uncompressed layer, which every
// RouterOS 7 takes from a file, and blobs of an OCI layout with a gzip layer, which a registry must have.
// https://github.com/moby/moby/blob/master/image/spec/v1.2.md, https://github.com/opencontainers/image-spec

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { USER, WORKSPACE } from "./rootfs.ts";
import type { Target } from "./targets.ts";

export interface Blob {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export interface Image {
  readonly target: Target;
  readonly config: Blob;
  readonly layer: Uint8Array;
}

export interface About {
  readonly version: string;
  readonly created: Date;
}

const PORT = 18789;
/** Byte 9 of a gzip head names the system that wrote it (RFC 1952); 255: unknown, the same everywhere. */
const GZIP_SYSTEM_AT = 9;
const GZIP_SYSTEM_UNKNOWN = 255;

/** Bytes with their SHA-256, as images name them. */
function blob(bytes: Uint8Array): Blob {
  return { digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, bytes };
}

/** JSON as bytes. */
function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** Platform fields of a configuration or of an index's entry. */
function platform({ os, architecture, variant }: Target): Record<string, string> {
  return variant === "" ? { architecture, os } : { architecture, os, variant };
}

/** What the image runs, and as whom. */
export function image(target: Target, layer: Uint8Array, { version, created }: About): Image {
  const config = {
    created: created.toISOString(),
    ...platform(target),
    config: {
      User: `${USER}:${USER}`,
      ExposedPorts: { [`${PORT}/tcp`]: {} },
      Env: ["GATEWAY_BIND=0.0.0.0", `MIKROCLAW_WORKSPACE=${WORKSPACE}`],
      Entrypoint: ["/mikroclaw"],
      Cmd: ["gateway"],
      WorkingDir: "/",
      StopSignal: "SIGTERM",
      Labels: {
        "org.opencontainers.image.title": "MikroClaw",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "MIT",
      },
    },
    rootfs: { type: "layers", diff_ids: [blob(layer).digest] },
    history: [{ created: created.toISOString(), created_by: "make image" }],
  };
  return { target, config: blob(json(config)), layer };
}

/** The docker-archive of one architecture. */
export async function dockerArchive({ config, layer }: Image, { version, created }: About): Promise<Uint8Array> {
  const manifest = [{ Config: "config.json", RepoTags: [`mikroclaw:${version}`], Layers: ["layer.tar"] }];
  const entry = (name: string, body: Uint8Array) => ({
    header: { name, size: body.length, mode: 0o644, mtime: created, uid: 0, gid: 0 },
    body,
  });
  return packTar([
    entry("manifest.json", json(manifest)),
    entry("config.json", config.bytes),
    entry("layer.tar", layer),
  ]);
}

function gzip(bytes: Uint8Array): Uint8Array {
  const packed = gzipSync(bytes, { level: 9 });
  packed[GZIP_SYSTEM_AT] = GZIP_SYSTEM_UNKNOWN;
  return packed;
}

const MEDIA = "application/vnd.oci.image";

function descriptor(kind: string, { digest, bytes }: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType: `${MEDIA}.${kind}`, digest, size: bytes.length };
}

/** The files of an OCI layout over several architectures, by path. */
export function ociLayout(images: readonly Image[], { version }: About): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const keep = (bytes: Uint8Array): Blob => {
    const made = blob(bytes);
    files.set(`blobs/${made.digest.replace(":", "/")}`, bytes);
    return made;
  };
  const manifests = images.map((one) => {
    const layers = [descriptor("layer.v1.tar+gzip", keep(gzip(one.layer)))];
    const config = descriptor("config.v1+json", keep(one.config.bytes));
    const manifest = keep(json({ schemaVersion: 2, mediaType: `${MEDIA}.manifest.v1+json`, config, layers }));
    return { ...descriptor("manifest.v1+json", manifest), platform: platform(one.target) };
  });
  const index = keep(json({ schemaVersion: 2, mediaType: `${MEDIA}.index.v1+json`, manifests }));
  const annotations = { "org.opencontainers.image.ref.name": version };
  const top = { ...descriptor("index.v1+json", index), annotations };
  files.set("index.json", json({ schemaVersion: 2, mediaType: `${MEDIA}.index.v1+json`, manifests: [top] }));
  files.set("oci-layout", json({ imageLayoutVersion: "1.0.0" }));
  return files;
}
