// A bare ABI that goes through an engine twice: every call of the test is repeated by a
// small script inside, so the whole host suite proves what crosses the engine's border.

import { type EngineKind, startEngine } from "../../src/host/node/engine.ts";
import type { NodeHost } from "../../src/host/node/host.ts";
import type { Abi, AbiValue, Complete } from "../../src/port/abi.ts";

// Above every number a test uses; the engines take numbers up to 2^30.
const FIRST = 0x3fff_fff0;
const SECOND = FIRST + 1;
const COMMAND = FIRST + 2;
// Sync operations of the relay itself: an answer, a completion, something thrown.
const ANSWER = 121;
const COMPLETED = 122;
const THROWN = 123;

const RELAY = `
let a, b;
const run = ({ kind, id, op }) => {
  if (kind === "submit") __host.submit(id, op, a, b);
  else if (kind === "cancel") __host.cancel(id);
  else __host.sync(${ANSWER}, 0, __host.sync(op, a, b));
};
globalThis.__complete = (id, code, value) => {
  if (id === ${FIRST}) { a = value; return; }
  if (id === ${SECOND}) { b = value; return; }
  if (id !== ${COMMAND}) { __host.sync(${COMPLETED}, id * 16 + code, value); return; }
  try { run(JSON.parse(value)); } catch (error) { __host.sync(${THROWN}, String(error)); }
};`;

/** The host as seen from inside an engine. */
export interface Relayed {
  abi: Abi;
  onComplete(complete: Complete): void;
}

/** Starts the relay in an engine over `node`. */
export async function relay(kind: EngineKind, node: NodeHost): Promise<Relayed> {
  let answer: AbiValue;
  let thrown: string | null = null;
  let take: Complete | null = null;
  let command: Complete = () => undefined;
  const arrived: Array<[number, number, AbiValue]> = [];
  // Delivered outside the engine's call, one a turn: what the test does next is a call into it again.
  const deliver = (): void => {
    const next = arrived.shift();
    if (next !== undefined) take?.(...next);
  };
  const sync: Abi["sync"] = (op, a, b) => {
    if (op === ANSWER) answer = b;
    else if (op === THROWN) thrown = String(a);
    else if (op === COMPLETED) {
      const packed = Number(a);
      arrived.push([Math.floor(packed / 16), packed % 16, b]);
      setImmediate(deliver);
    } else return node.abi.sync(op, a, b);
    return undefined;
  };
  const inner: NodeHost = {
    ...node,
    abi: { ...node.abi, sync },
    onComplete(complete, drains) {
      command = complete;
      node.onComplete(complete, drains);
    },
  };
  await startEngine(kind, RELAY, inner);
  const call = (kindOfCall: string, id: number, op: number, a?: AbiValue, b?: AbiValue): AbiValue => {
    answer = undefined;
    thrown = null;
    command(FIRST, 0, a);
    command(SECOND, 0, b);
    command(COMMAND, 0, JSON.stringify({ kind: kindOfCall, id, op }));
    if (thrown !== null) throw new RangeError(thrown);
    return answer;
  };
  return {
    abi: {
      sync: (op, a, b) => call("sync", 0, op, a, b),
      submit: (id, op, a, b) => void call("submit", id, op, a, b),
      cancel: (id) => void call("cancel", id, 0),
    },
    onComplete(complete) {
      take = complete;
    },
  };
}
