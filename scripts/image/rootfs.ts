// The image's root file system as one tar layer: the binary, the licences and the places that a router
// or another container runner mounts something at. No shell, no libraries.

import { readFileSync } from "node:fs";
import { packTar, type TarEntry } from "modern-tar";

/** Runs as nobody; the gateway's port needs no right. */
export const USER = 65534;
export const WORKSPACE = "/data";

interface Contents {
  readonly binary: string;
  readonly licences: string;
  readonly mtime: Date;
}

const folder = (name: string, mode = 0o755, owner = 0): TarEntry => ({
  header: { name: `${name}/`, type: "directory", size: 0, mode, uid: owner, gid: owner },
});

function file(name: string, body: Uint8Array | string, mode = 0o644): TarEntry {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return { header: { name, type: "file", size: bytes.length, mode, uid: 0, gid: 0 }, body: bytes };
}

/** The layer. Same contents, same bytes. */
export async function layer({ binary, licences, mtime }: Contents): Promise<Uint8Array> {
  const entries = [
    file("mikroclaw", readFileSync(binary), 0o755),
    // The router writes these three; without a file to mount at, some runners refuse a read-only root.
    folder("etc"),
    file("etc/resolv.conf", ""),
    file("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    file("etc/hostname", ""),
    file("etc/passwd", `root:x:0:0:root:/:/\nmikroclaw:x:${USER}:${USER}:mikroclaw:/:/\n`),
    file("etc/group", `root:x:0:\nmikroclaw:x:${USER}:\n`),
    // Mount points: what a runner brings, and what an owner may.
    ...["dev", "proc", "sys", "run"].map((name) => folder(name)),
    folder("tmp", 0o1777),
    folder(WORKSPACE.slice(1), 0o755, USER),
    file("LICENCES", licences),
  ];
  return packTar(entries.map((entry) => ({ ...entry, header: { ...entry.header, mtime } })));
}
