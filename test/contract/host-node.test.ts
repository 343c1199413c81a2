// The host suite on the Node host.

import { createSocket } from "node:dgram";
import { existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTestHost } from "../support/node-host.ts";
import type { Tools } from "./host-ground.ts";
import { hostSuite } from "./host-suite.ts";

const SURROUNDINGS = {
  args: ["one", "two words", ""],
  env: { SUITE: "ä value" },
  resources: { suite: new Uint8Array([0, 1, 2, 255]) },
};

function datagram(port: number, bytes: Uint8Array): Promise<void> {
  return new Promise((sent, failed) => {
    const socket = createSocket("udp4");
    socket.send(bytes, port, "127.0.0.1", (error) => socket.close(() => (error ? failed(error) : sent())));
  });
}

function planter(folder: string): NonNullable<Tools["plant"]> {
  return {
    file: (path, text) => writeFileSync(join(folder, path), text),
    symlink: (path, target) => symlinkSync(target, join(folder, path)),
    hardLink: (path, existing) => linkSync(join(folder, existing), join(folder, path)),
    read: (path) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : null),
  };
}

hostSuite("node", {
  async makeHost() {
    const made = makeTestHost(SURROUNDINGS);
    return { ...made, run: (body) => body(), tools: { datagram, plant: planter(made.workspace) } };
  },
  async makeRaw() {
    const made = makeTestHost(SURROUNDINGS);
    // The bridge of the test host has nothing under way, so the completions can be taken over.
    return {
      abi: made.node.abi,
      onComplete: (complete) => made.node.onComplete(complete),
      run: (body) => body(),
      end: made.end,
    };
  },
});
