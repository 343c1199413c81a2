// `mikroclaw sim --twin FILE`: the simulated router with the configuration of a real one, and changes tried on
// it before they touch that router.

import { readOwnersFile } from "../app/config-file.ts";
import { type Fault, fault, isFault, type Outcome, sayFault, type Wait } from "../base/fault.ts";
import { EXPORT_BYTES_MAX } from "../base/limits-sim.ts";
import type { Scope } from "../base/scope.ts";
import { printable, table } from "../base/text.ts";
import { decodeUtf8 } from "../base/utf8.ts";
import type { Reach, ReachOptions } from "../edges/simrouter/reach-gate.ts";
import { rehearse } from "../edges/simrouter/rehearsal.ts";
import type { Host } from "../port/host.ts";
import { loadCommands } from "../ros/commands.ts";
import { releaseOf } from "../ros/releases.ts";
import { netFor, netsOf } from "../ros/tasks/nets.ts";
import { EXIT } from "./boot.ts";
import type { Asked, Seat } from "./sim-args.ts";
import type { Term } from "./term.ts";

export interface Twin {
  config?: string;
  reach?: ReachOptions;
}

const ADDRESS = /\baddress=(\d+(?:\.\d+){3}\/\d+)\b/g;

/** What the files and places of the command line say of the twin; nothing without one. */
export async function twinOf(s: Scope, host: Host, asked: Asked): Wait<Twin> {
  if (asked.twin === undefined) return {};
  const bytes = await readOwnersFile(s, host, asked.twin, EXPORT_BYTES_MAX);
  if (isFault(bytes)) return bytes;
  const config = decodeUtf8(bytes);
  if (!/^\/[a-z]/m.test(config))
    return fault("input", `${asked.twin} is no export of a router.`, {
      next: "Make one with /export file=NAME there.",
    });
  const reach = placesOf(config, asked);
  if (isFault(reach)) return reach;
  return { config, ...(asked.reach === undefined && asked.rehearse === undefined ? {} : { reach }) };
}

function placesOf(config: string, { seats }: Asked): Outcome<ReachOptions> {
  const section = config.split(/^(?=\/)/m).filter((part) => /^\/ip[ /]address\b/.test(part));
  const nets = netsOf([...section.join("\n").matchAll(ADDRESS)].map(([, address = ""]) => ({ address })));
  const placed = (name: string, seat: Seat): Outcome<Required<ReachOptions>["owner"]> => {
    const net = netFor(nets, seat.address);
    if (net === null)
      return fault("input", `No address of this export is in the network of ${seat.address}.`, {
        next: "Name an address behind the router, as /ip/address has its networks.",
      });
    return { name, ...seat, gateway: net.router };
  };
  const reach: ReachOptions = {};
  const lan = seats.lan ?? seats.owner;
  for (const [name, seat] of [
    ["owner", seats.owner],
    ["lan", lan],
    ["agent", seats.agent],
  ] as const) {
    if (seat === undefined) continue;
    const place = placed(name === "lan" ? "LAN" : name, seat);
    if (isFault(place)) return place;
    reach[name] = place;
  }
  return reach;
}

const WORDS: Readonly<Record<Reach["reach"], string>> = {
  ok: "reaches",
  dropped: "cannot reach",
  refused: "is refused by",
};

/** Tries commands on the twin. Exit code 1: they were refused, or somebody would lose a way. */
export function rehearsal(host: Host, term: Term, asked: Asked, twin: Twin, script: string): number {
  const tree = loadCommands(host.resource, "simulator");
  const release = asked.ros === undefined ? null : releaseOf(tree, asked.ros);
  if (isFault(release)) return wrong(term, release);
  const options = { tree, clock: host.clock, config: twin.config ?? "", reach: twin.reach ?? {} };
  const found = rehearse(asked.ros === undefined ? options : { ...options, ros: asked.ros }, script);
  const lost = found.changed.filter((r) => r.reach !== "ok");
  const code = found.refused !== null || lost.length > 0 ? EXIT.fault : EXIT.ok;
  if (asked.json) {
    term.json({ event: "rehearsed", ...found });
    return code;
  }
  for (const problem of found.problems) term.line(`The twin lacks: ${printable(problem)}`);
  if (found.refused !== null) {
    term.line(`The twin refused it: ${printable(found.refused)}`);
    return code;
  }
  if (found.changed.length === 0) term.line("Whoever reached something before reaches it after.");
  else term.line(table(found.changed.map((r) => [r.from, WORDS[r.reach], r.to, printable(r.why)])));
  return code;
}

function wrong(term: Term, f: Fault): number {
  term.error(sayFault(f));
  return EXIT.usage;
}
