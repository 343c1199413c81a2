// The host suite on the simulator.

import { fault } from "../../src/base/fault.ts";
import { rootScope } from "../../src/base/scope.ts";
import { decodeUtf8 } from "../../src/base/utf8.ts";
import type { MachineOptions } from "../../src/host/sim/machine.ts";
import { drive, settle } from "../sim/support/drive.ts";
import { bridged, world } from "../sim/support/worlds.ts";
import { SEED } from "../support/seed.ts";
import { skillCases } from "./host-cases-skills.ts";
import { hostSuite } from "./host-suite.ts";

const ADDRESS = "10.0.0.1";
const MACHINE: MachineOptions = {
  address: ADDRESS,
  args: ["one", "two words", ""],
  env: { SUITE: "ä value" },
  resources: { suite: new Uint8Array([0, 1, 2, 255]) },
  roots: { workspace: {}, config: { "etc/hostname": "sim\n" } },
};

let made = 0;

function freshWorld(): ReturnType<typeof world> {
  made += 1;
  return world(SEED + made);
}

// No script runs in the simulator: its skills are peers that play one (test/unit/host-sim/skill.test.ts).
const played = "The simulator runs no scripts; its skills play a part that a test writes.";
const skips = Object.fromEntries(skillCases.filter(({ id }) => id !== "spawn-command").map(({ id }) => [id, played]));

hostSuite("simulator", {
  skips,
  async makeHost() {
    const w = freshWorld();
    const machine = w.machine("machine", MACHINE);
    const host = bridged(machine);
    const root = rootScope(host.timers);
    const disk = machine.disk("workspace");
    return {
      host,
      scope: root.scope,
      run: (body) => drive(w, body),
      async end() {
        root.stop(fault("stopped", "The case is over."));
        await drive(w, root.end);
        await settle(w, w.nowMs() + 10);
        if (machine.pendingOps > 0) throw new Error(`left under way: ${machine.pending().join(", ")}`);
      },
      tools: {
        async datagram(port, bytes) {
          w.net.datagram("10.0.0.2", ADDRESS, port, bytes);
        },
        plant: {
          file: (path, text) => disk.write(path, text),
          symlink: (path, target) => disk.symlink(path, target),
          hardLink: (path, existing) => disk.hardLink(existing, path),
          read(path) {
            const bytes = disk.read(path);
            return bytes === null ? null : decodeUtf8(bytes);
          },
        },
      },
    };
  },
  async makeRaw() {
    const w = freshWorld();
    const machine = w.machine("machine", MACHINE);
    return {
      abi: machine.abi,
      onComplete: (complete) => machine.onComplete(complete),
      run: (body) => drive(w, body),
      async end() {
        machine.kill();
      },
    };
  },
});
