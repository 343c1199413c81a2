// Wrong tries by address: after a few, further wrong ones are told to wait. The table never
// fills up: what has expired goes first, then what expires next.

import { PAIR_LOCK_MS, PAIR_PEERS_MAX, PAIR_WRONG_PER_PEER_MAX } from "../../base/limits.ts";

export interface Peers {
  /** Counts a wrong try; milliseconds to wait when there were too many, else 0. */
  wrong(peer: string, nowMs: number): number;
  /** Milliseconds that the address still has to wait; 0 when it may try. */
  lockedMs(peer: string, nowMs: number): number;
  /** A right code clears the address. */
  right(peer: string): void;
  readonly size: number;
}

interface Tries {
  wrong: number;
  endsMs: number;
}

/** An empty table. */
export function makePeers(): Peers {
  const table = new Map<string, Tries>();
  const makeRoom = (nowMs: number): void => {
    for (const [peer, tries] of table) if (tries.endsMs <= nowMs) table.delete(peer);
    if (table.size < PAIR_PEERS_MAX) return;
    let first: string | null = null;
    let firstMs = Infinity;
    for (const [peer, tries] of table) {
      if (tries.endsMs >= firstMs) continue;
      first = peer;
      firstMs = tries.endsMs;
    }
    if (first !== null) table.delete(first);
  };
  return {
    wrong(peer, nowMs) {
      const known = table.get(peer);
      if (known === undefined || known.endsMs <= nowMs) {
        table.delete(peer);
        makeRoom(nowMs);
        table.set(peer, { wrong: 1, endsMs: nowMs + PAIR_LOCK_MS });
        return 0;
      }
      known.wrong += 1;
      known.endsMs = nowMs + PAIR_LOCK_MS;
      return known.wrong > PAIR_WRONG_PER_PEER_MAX ? known.endsMs - nowMs : 0;
    },
    lockedMs(peer, nowMs) {
      const known = table.get(peer);
      if (known === undefined || known.wrong <= PAIR_WRONG_PER_PEER_MAX) return 0;
      return Math.max(0, known.endsMs - nowMs);
    },
    right: (peer) => void table.delete(peer),
    get size() {
      return table.size;
    },
  };
}

/** An address as one client: an IPv6 host has its whole /64 to choose from. */
export function peerName(peer: string): string {
  const address = peer.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const left = head.split(":").filter((w) => w !== "");
  const right = (tail ?? "").split(":").filter((w) => w !== "");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return `${[...left, ...new Array<string>(zeros).fill("0"), ...right].slice(0, 4).join(":")}::/64`;
}
