// A peer: a machine of the simulated world on which a server of ours runs, built from the
// product's own HTTP server.

import { fault, isFault } from "../../../src/base/fault.ts";
import { rootScope } from "../../../src/base/scope.ts";
import { secret } from "../../../src/base/secret.ts";
import type { SimMachine } from "../../../src/host/sim/machine.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import { makeIdentity } from "../../../src/host/sim/tls.ts";
import { serveHttp } from "../../../src/net/http-server.ts";
import type { Host } from "../../../src/port/host.ts";
import type { Handler, Headers, Reply } from "../../../src/port/http.ts";
import { machineOn } from "./worlds.ts";

export interface PeerOptions {
  /** The machine's name is what it is called in DNS. */
  name: string;
  address: string;
  port: number;
  /** Serves TLS with a valid public certificate for its name. */
  tls?: boolean;
}

export interface Peer {
  readonly machine: SimMachine;
  readonly host: Host;
  /** Resolves once it listens. Await it inside `drive`. */
  readonly ready: Promise<void>;
  /** Ends it in good order. Await it inside `drive`. */
  stop(): Promise<void>;
}

function withTls(host: Host, name: string): Host {
  const { certPem, keyPem } = makeIdentity([name]);
  const tls = { certPem, keyPem: secret("key of a simulated server", keyPem) };
  return { ...host, listen: (s, at) => host.listen(s, { ...at, tls }) };
}

/** Starts a server on a new machine. */
export function startPeer(w: World, options: PeerOptions, handlerOf: (host: Host) => Handler): Peer {
  const { machine, host } = machineOn(w, options.name, { address: options.address });
  const root = rootScope(host.timers);
  const on = options.tls === true ? withTls(host, options.name) : host;
  const serving = serveHttp(root.scope, on, { host: "0.0.0.0", port: options.port }, handlerOf(host), host.log);
  const ready = serving.then((server) => {
    if (isFault(server)) throw new Error(`peer ${options.name} does not listen: ${server.what}`);
  });
  ready.catch(() => undefined);
  return {
    machine,
    host,
    ready,
    async stop() {
      const server = await serving;
      root.stop(fault("stopped", "The peer is stopped."));
      if (!isFault(server)) await server.drain(root.scope);
      await root.end();
    },
  };
}

const JSON_TYPE: Headers = [["content-type", "application/json"]];

/** A JSON reply. */
export function json(status: number, value: unknown, headers: Headers = []): Reply {
  return { status, headers: [...JSON_TYPE, ...headers], body: JSON.stringify(value) };
}
