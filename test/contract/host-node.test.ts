// The host suite on the Node host.

import { createSocket } from "node:dgram";
import { existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeHost } from "../../src/host/node/host.ts";
import { relay } from "../support/engine-host.ts";
import { type Between, makeBareHost } from "../support/node-host.ts";
import { skillCases } from "./host-cases-skills.ts";
import type { Tools } from "./host-ground.ts";
import { hostSuite } from "./host-suite.ts";

const SURROUNDINGS = {
  args: ["one", "two words", ""],
  env: { SUITE: "ä value" },
  resources: { suite: new Uint8Array([0, 1, 2, 255]) },
  program: [process.execPath, "dist/mikroclaw.mjs"],
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

async function direct(node: NodeHost): Promise<Between> {
  return node;
}

function suiteOver(
  name: string,
  between: (node: NodeHost) => Promise<Between>,
  skips: Readonly<Record<string, string>>,
): void {
  hostSuite(name, {
    skips,
    async makeHost() {
      const bare = makeBareHost(SURROUNDINGS);
      const made = bare.bridge(await between(bare.node));
      return { ...made, run: (body) => body(), tools: { datagram, plant: planter(made.workspace) } };
    },
    async makeRaw() {
      const bare = makeBareHost(SURROUNDINGS);
      const middle = await between(bare.node);
      // Its bridge has nothing under way, so the completions can be taken over.
      const { end } = bare.bridge(middle);
      return { abi: middle.abi, onComplete: middle.onComplete, run: (body) => body(), end };
    },
  });
}

// A skill's process takes half a second to start; one case shows that its messages cross the border.
const elsewhere = "The engine in between sees a stream as any other; the direct host shows the rest.";
const relayed = Object.fromEntries(skillCases.filter(({ id }) => id !== "skill-talk").map(({ id }) => [id, elsewhere]));

suiteOver("node", direct, {});
suiteOver("node in quickjs", (node) => relay("quickjs", node), relayed);
suiteOver("node in v8", (node) => relay("v8", node), relayed);
