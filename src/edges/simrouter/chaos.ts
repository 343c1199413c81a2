// Faults that a test orders, and the list of requests that it may look at. Nothing here
// can be reached over REST.

import { SIM_CALLS_MAX } from "../../base/limits-sim.ts";

/**
 * - slow: answers after `ms` (5 s)
 * - hang: never answers
 * - reset: closes before anything was done
 * - lost: does it, then closes without a reply
 * - error500: 500 and nothing done
 * - brokenJson: does it, and the reply is cut off inside
 * - html403: the web server's own page
 * - close: a good reply, then the connection closes
 */
export type FaultKind = "slow" | "hang" | "reset" | "lost" | "error500" | "brokenJson" | "html403" | "close";

export interface FaultOrder {
  kind: FaultKind;
  /** How many requests it concerns; 1 unless said. */
  times?: number;
  /** Only requests with this method, or whose path begins so. */
  method?: string;
  path?: string;
  ms?: number;
}

export interface Call {
  method: string;
  path: string;
  query: string;
  body: string;
  user: string;
  status: number;
}

export interface Chaos {
  failNext(order: FaultOrder): void;
  /** Takes the first order that fits a request. */
  take(method: string, path: string): FaultOrder | null;
  readonly calls: readonly Call[];
  record(call: Call): void;
}

/** An empty list of orders and of requests. */
export function makeChaos(): Chaos {
  const orders: Array<FaultOrder & { left: number }> = [];
  const calls: Call[] = [];
  return {
    failNext: (order) => void orders.push({ ...order, left: order.times ?? 1 }),
    take(method, path) {
      const order = orders.find((o) => (o.method ?? method) === method && path.startsWith(o.path ?? ""));
      if (order === undefined) return null;
      order.left -= 1;
      if (order.left <= 0) orders.splice(orders.indexOf(order), 1);
      return order;
    },
    calls,
    record(call) {
      calls.push(call);
      if (calls.length > SIM_CALLS_MAX) calls.shift();
    },
  };
}
