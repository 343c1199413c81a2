// A Host over Node for tests: its own folders, its output in lists, everything closed at
// the end.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootScope, type Scope } from "../../src/base/scope.ts";
import { makeNodeHost, type NodeHost, type NodeOptions } from "../../src/host/node/host.ts";
import type { Abi, Complete } from "../../src/port/abi.ts";
import { makeBridge } from "../../src/port/bridge.ts";
import type { Host } from "../../src/port/host.ts";

export interface TestHost {
  host: Host;
  scope: Scope;
  node: NodeHost;
  /** The folder behind the root "workspace". */
  workspace: string;
  out: string[];
  err: string[];
  exits: number[];
  /** Ends the scope, lets go of everything and removes the folders. */
  end(): Promise<void>;
}

/** Options of a Node host whose output goes to lists; without terminal and signals. */
function testOptions(folder: string, sinks: Pick<TestHost, "out" | "err" | "exits">): NodeOptions {
  const sink = (list: string[]): NodeOptions["out"] => ({
    write(text, written) {
      list.push(text);
      if (written !== undefined) setImmediate(written);
    },
  });
  return {
    args: [],
    env: {},
    roots: { workspace: join(folder, "workspace") },
    resources: {},
    out: sink(sinks.out),
    err: sink(sinks.err),
    exit: (code) => void sinks.exits.push(code),
    engine: "none",
    terminal: false,
  };
}

/** What is between the host and the bridge: nothing, or an engine. */
export interface Between {
  abi: Abi;
  onComplete(complete: Complete): void;
}

/** A Host on this machine, beneath a new temporary folder. */
export function makeTestHost(more: Partial<NodeOptions> = {}): TestHost {
  const bare = makeBareHost(more);
  return bare.bridge(bare.node);
}

/** As {@link makeTestHost} before there is a bridge. */
export function makeBareHost(more: Partial<NodeOptions> = {}): { node: NodeHost; bridge(between: Between): TestHost } {
  const folder = mkdtempSync(join(tmpdir(), "mikroclaw-"));
  const sinks = { out: [], err: [], exits: [] } as Pick<TestHost, "out" | "err" | "exits">;
  const options = { ...testOptions(folder, sinks), ...more };
  const workspace = options.roots.workspace ?? join(folder, "workspace");
  mkdirSync(workspace, { recursive: true });
  const node = makeNodeHost(options);
  return {
    node,
    bridge(between) {
      const { host, complete } = makeBridge(between.abi);
      between.onComplete(complete);
      const root = rootScope(host.timers);
      const end = async (): Promise<void> => {
        await root.end();
        node.close();
        rmSync(folder, { recursive: true, force: true });
      };
      return { host, scope: root.scope, node, workspace, ...sinks, end };
    },
  };
}
