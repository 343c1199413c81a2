// What other agents measured on a machine of this kind (build/data/peers.json), beside this run's
// figures of the router's binary.

import { readFileSync } from "node:fs";
import { table } from "../../src/base/text.ts";
import { type Figure, median } from "./figure.ts";

interface Peer {
  name: string;
  bytes: number;
  startMs: number;
  rssMb: number;
  newPerSecond: number;
  keptPerSecond: number;
  silentMs: number;
  note?: string;
}

const COLUMNS = ["bytes", "startMs", "rssMb", "newPerSecond", "keptPerSecond", "silentMs"] as const;
/** Where this run's figure for a column is. */
const OWN: Readonly<Record<(typeof COLUMNS)[number], string>> = {
  bytes: "native.size.amd64",
  startMs: "native.start.health",
  rssMb: "native.memory.rss.idle",
  newPerSecond: "native.health.new.rate.mikroclaw",
  keptPerSecond: "native.health.kept.rate.mikroclaw",
  silentMs: "native.slow.worst.mikroclaw",
};

/** A table; empty where nothing of this run can stand beside the peers. */
export function sayPeers(root: string, figures: readonly Figure[]): string {
  const { method, peers } = JSON.parse(readFileSync(`${root}/build/data/peers.json`, "utf8")) as {
    method: string;
    peers: Peer[];
  };
  const own = COLUMNS.map((column) => {
    const figure = figures.find(({ key }) => key === OWN[column]);
    return figure === undefined ? "-" : String(Number(median(figure.values).toPrecision(4)));
  });
  if (own.every((value) => value === "-")) return "";
  const head = ["", "bytes", "first answer ms", "idle RSS MB", "new/s", "kept/s", "silent client ms", ""];
  const rows = peers.map((p) => [p.name, ...COLUMNS.map((column) => String(p[column])), p.note ?? ""]);
  return `\nBeside peers, measured once: ${method}\n${table([head, ["this run, amd64", ...own, "silent: worst beside 250 slow clients"], ...rows])}\n`;
}
