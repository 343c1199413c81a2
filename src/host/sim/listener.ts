// What waits for others on the simulated network: listeners with their queue of
// connections nobody has accepted yet, and datagram sockets. Both queues are bounded.

import { DATAGRAMS_WAITING_MAX, LISTEN_WAITING_MAX } from "../../base/limits.ts";
import { CODE } from "../../port/abi.ts";
import type { Adopt, Task, Thing } from "./op.ts";
import type { End } from "./pipe.ts";

/** A machine as the network sees it. */
export interface Station {
  name: string;
  addresses: readonly string[];
  /** False while it has no power: packets to it vanish. */
  on: boolean;
  wallMs(): number;
}

export interface ListenArgs {
  host: string;
  port: number;
  tls?: { certPem: string; keyPem: string };
}

export interface Listening extends Thing {
  readonly station: Station;
  readonly host: string;
  readonly port: number;
  readonly tls: ListenArgs["tls"];
  /** Is the queue at its end? */
  full(): boolean;
  arrive(end: End, peer: string): void;
}

export interface Mailbox extends Thing {
  arrive(message: Uint8Array): void;
}

/** A listener; `gone` takes it off the network when it closes. */
export function makeListener(
  station: Station,
  args: ListenArgs,
  port: number,
  gone: (l: Listening) => void,
): Listening {
  const queue: Array<{ end: End; peer: string }> = [];
  let accepting: { task: Task; adopt: Adopt } | null = null;
  const serve = (): void => {
    const first = queue[0];
    if (accepting === null || first === undefined) return;
    queue.shift();
    const { task, adopt } = accepting;
    accepting = null;
    task.done(CODE.OK, JSON.stringify({ handle: adopt(first.end), peer: first.peer }));
  };
  const close = (): void => {
    gone(thing);
    for (const { end } of queue.splice(0)) end.sever("The listener was closed.");
  };
  const thing: Listening = {
    station,
    host: args.host,
    port,
    tls: args.tls,
    full: () => queue.length >= LISTEN_WAITING_MAX,
    arrive(end, peer) {
      queue.push({ end, peer });
      serve();
    },
    accept(task, adopt) {
      accepting = { task, adopt };
      task.onCancel(() => {
        accepting = null;
      });
      serve();
    },
    close,
    sever: close,
  };
  return thing;
}

/** A datagram socket; what does not fit into its queue is lost, as UDP loses it. */
export function makeMailbox(gone: () => void): Mailbox {
  const queue: Uint8Array[] = [];
  let reading: Task | null = null;
  const serve = (): void => {
    const first = queue[0];
    if (reading === null || first === undefined) return;
    queue.shift();
    reading.done(CODE.OK, first);
    reading = null;
  };
  return {
    arrive(message) {
      if (queue.length < DATAGRAMS_WAITING_MAX) queue.push(message);
      serve();
    },
    read(task) {
      reading = task;
      task.onCancel(() => {
        reading = null;
      });
      serve();
    },
    close: gone,
    sever: gone,
  };
}
