// A connection between two machines: two one-way flows of bytes with a bounded window,
// cut into arbitrary pieces by seed. Closing, half-closing and resets behave as TCP's do
// (RFC 9293 section 3.6; a reset after close with unread data: RFC 1122 section 4.2.2.13).

import { NO_BYTES } from "../../base/bytes.ts";
import { CODE } from "../../port/abi.ts";
import type { Task, Thing } from "./op.ts";
import type { Prng } from "./prng.ts";
import type { Agenda } from "./time.ts";

/** One direction of the way between two machines. */
export interface Way {
  latencyUs(): number;
  isOpen(): boolean;
  /** Calls `run` when packets pass again. */
  whenOpen(run: () => void): void;
}

export interface End extends Thing {
  /** Fails here from now on, while the other side still gets what was sent, then a reset. */
  spoil(why: string): void;
  isOver(): boolean;
}

type Item = Uint8Array | "end" | "reset";

interface Side extends End {
  take(item: Item): void;
  /** The reader has room again. */
  freed(bytes: number): void;
}

/** How a connection likes to cut its bytes: all engines and servers must bear each. */
interface Habit {
  windowBytes: number;
  pieceMax: number;
  /** After so many pieces they become large, so that a big body does not take for ever. */
  smallPieces: number;
}

function makeHabit(prng: Prng): Habit {
  const windowBytes = prng.pick([4_096, 16_384, 65_536, 262_144]);
  const kind = prng.below(10);
  if (kind < 4) return { windowBytes, pieceMax: 65_536, smallPieces: 0 };
  if (kind < 8) return { windowBytes, pieceMax: 1_460, smallPieces: 200 };
  return { windowBytes, pieceMax: 7, smallPieces: 100 };
}

const GONE = "The other side closed or reset the connection.";

interface Ctx {
  agenda: Agenda;
  prng: Prng;
  way: Way;
  other(): Side;
}

/** What has been sent and not yet read. Order holds whatever the latencies are. */
function makeFlow(
  ctx: Ctx,
  habit: Habit,
): { room(): number; send(item: Item): void; freed(n: number): void; cut(left: number): number } {
  const flying: Item[] = [];
  let used = 0;
  let lastUs = 0;
  let pieces = 0;
  const arrive = (): void => {
    if (!ctx.way.isOpen()) {
      ctx.way.whenOpen(() => void ctx.agenda.after(ctx.way.latencyUs(), arrive));
      return;
    }
    const item = flying.shift();
    if (item !== undefined) ctx.other().take(item);
  };
  return {
    room: () => habit.windowBytes - used,
    send(item) {
      if (typeof item !== "string") used += item.length;
      flying.push(item);
      lastUs = Math.max(lastUs, ctx.agenda.nowUs() + ctx.way.latencyUs());
      ctx.agenda.after(lastUs - ctx.agenda.nowUs(), arrive);
    },
    freed: (n) => {
      used -= n;
    },
    cut(left) {
      pieces += 1;
      const most = pieces <= habit.smallPieces ? habit.pieceMax : 65_536;
      return Math.min(left, habit.windowBytes - used, ctx.prng.between(1, most));
    },
  };
}

/** What has arrived and waits to be read. */
function makeInbox(prng: Prng): {
  size(): number;
  push(b: Uint8Array): void;
  take(max: number): Uint8Array;
  clear(): void;
} {
  let list: Uint8Array[] = [];
  let size = 0;
  return {
    size: () => size,
    push(b) {
      list.push(b);
      size += b.length;
    },
    take(max) {
      const most = Math.min(max, size);
      const want = prng.chance(70) ? most : prng.between(1, most);
      const out = new Uint8Array(want);
      for (let at = 0; at < want; ) {
        const first = list[0] ?? NO_BYTES;
        const part = first.subarray(0, want - at);
        out.set(part, at);
        at += part.length;
        if (part.length === first.length) list.shift();
        else list[0] = first.subarray(part.length);
      }
      size -= want;
      return out;
    },
    clear() {
      list = [];
      size = 0;
    },
  };
}

function makeSide(ctx: Ctx): Side {
  const flow = makeFlow(ctx, makeHabit(ctx.prng));
  const inbox = makeInbox(ctx.prng);
  let reading: { task: Task; max: number } | null = null;
  let writing: { task: Task; bytes: Uint8Array; at: number } | null = null;
  let broken: string | null = null;
  let ended = false;
  let endSent = false;
  let closed = false;
  let resetSent = false;

  const backUs = (): number => ctx.prng.between(1, 60);
  const sendReset = (): void => {
    if (!resetSent) flow.send("reset");
    resetSent = true;
  };
  const wakeReader = (): void => {
    if (reading === null) return;
    const { task, max } = reading;
    if (inbox.size() > 0) {
      reading = null;
      const bytes = inbox.take(max);
      task.done(CODE.OK, bytes, backUs());
      ctx.other().freed(bytes.length);
    } else if (broken !== null || ended) {
      reading = null;
      if (broken !== null) task.done(CODE.RESET, broken, backUs());
      else task.done(CODE.OK, NO_BYTES, backUs());
    }
  };
  const pump = (): void => {
    while (writing !== null && broken === null && flow.room() > 0 && writing.at < writing.bytes.length) {
      const size = flow.cut(writing.bytes.length - writing.at);
      flow.send(writing.bytes.slice(writing.at, writing.at + size));
      writing.at += size;
    }
    if (writing === null) return;
    const { task, bytes, at } = writing;
    if (broken !== null) task.done(CODE.RESET, broken, backUs());
    else if (at === bytes.length) task.done(CODE.OK, bytes.length, backUs());
    else return;
    writing = null;
  };
  const breakHere = (why: string): void => {
    broken ??= why;
    wakeReader();
    pump();
  };

  const side: Side = {
    read(task, max) {
      reading = { task, max };
      task.onCancel(() => {
        reading = null;
      });
      wakeReader();
    },
    write(task, bytes) {
      if (endSent && broken === null) return task.done(CODE.RESET, "This side of the connection is already shut down.");
      writing = { task, bytes, at: 0 };
      task.onCancel(() => {
        // What is written after half a message would be read as its rest.
        writing = null;
        side.spoil("A write on this connection was cancelled halfway.");
      });
      pump();
    },
    shutdown(task) {
      if (broken !== null) return task.done(CODE.RESET, broken);
      if (!endSent) flow.send("end");
      endSent = true;
      task.done(CODE.OK, undefined, backUs());
    },
    close() {
      if (closed) return;
      closed = true;
      if (inbox.size() > 0) sendReset();
      else if (!endSent && broken === null) flow.send("end");
      endSent = true;
      inbox.clear();
    },
    sever(why) {
      closed = true;
      inbox.clear();
      sendReset();
      breakHere(why);
    },
    spoil(why) {
      inbox.clear();
      sendReset();
      breakHere(why);
    },
    isOver: () => closed || broken !== null,
    take(item) {
      if (item === "reset") return breakHere(GONE);
      if (broken !== null) return;
      if (item === "end") ended = true;
      else if (closed) return sendReset();
      else inbox.push(item);
      wakeReader();
    },
    freed(bytes) {
      flow.freed(bytes);
      pump();
    },
  };
  return side;
}

/** Both ends of a new connection. */
export function makePair(agenda: Agenda, prng: Prng, there: Way, back: Way): [End, End] {
  const near: Side = makeSide({ agenda, prng: prng.fork("near"), way: there, other: () => far });
  const far: Side = makeSide({ agenda, prng: prng.fork("far"), way: back, other: () => near });
  return [near, far];
}
