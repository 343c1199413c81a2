// Virtual time. Whole microseconds, so that sums are exact everywhere. Two lists: events
// inside the simulated world, and completions to hand over, one at a time, in order of
// time, machine and id. Nothing waits: time jumps to what comes next.

/** Something that will happen inside the world; `drop` forgets it. */
export interface Event {
  drop(): void;
}

export interface Agenda {
  nowUs(): number;
  /** Runs `run` after `us`; equal times in the order they were asked for. */
  after(us: number, run: () => void): Event;
  /** As `after`, but `step` stops there, so that the caller can run its microtasks. */
  script(us: number, run: () => void): Event;
  /** Hands `give` over after `us`; equal times in order of machine, then id. It says false when nobody was there. */
  complete(us: number, machine: number, id: number, give: () => boolean): void;
  /** Runs events until one completion or script has been handed over; false when nothing is left. */
  step(): boolean;
}

interface Entry {
  atUs: number;
  rank: number;
  order: number;
  /** What it does; true when `step` ends with it. Null once done or dropped. */
  run: (() => boolean) | null;
}

interface Heap {
  push(e: Entry): void;
  peek(): Entry | undefined;
  pop(): void;
}

function before(a: Entry, b: Entry): boolean {
  if (a.atUs !== b.atUs) return a.atUs < b.atUs;
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.order < b.order;
}

function makeHeap(): Heap {
  const list: Entry[] = [];
  const less = (i: number, k: number): boolean => {
    const a = list[i];
    const b = list[k];
    return a !== undefined && b !== undefined && before(a, b);
  };
  const swap = (i: number, k: number): void => {
    const a = list[i] as Entry;
    list[i] = list[k] as Entry;
    list[k] = a;
  };
  return {
    push(e) {
      list.push(e);
      for (let i = list.length - 1; i > 0 && less(i, (i - 1) >> 1); i = (i - 1) >> 1) swap(i, (i - 1) >> 1);
    },
    peek: () => list[0],
    pop() {
      const last = list.pop();
      if (last === undefined || list.length === 0) return;
      list[0] = last;
      for (let i = 0; ; ) {
        let least = i;
        if (less(2 * i + 1, least)) least = 2 * i + 1;
        if (less(2 * i + 2, least)) least = 2 * i + 2;
        if (least === i) return;
        swap(i, least);
        i = least;
      }
    },
  };
}

/** An agenda that starts at `startUs`. */
export function makeAgenda(startUs: number): Agenda {
  const events = makeHeap();
  const completions = makeHeap();
  let nowUs = startUs;
  let order = 0;

  const add = (us: number, run: () => boolean): Event => {
    const entry: Entry = { atUs: nowUs + Math.max(0, us), rank: 0, order: order++, run };
    events.push(entry);
    return {
      drop: () => {
        entry.run = null;
      },
    };
  };
  const next = (): { heap: Heap; entry: Entry } | null => {
    let event = events.peek();
    while (event !== undefined && event.run === null) {
      events.pop();
      event = events.peek();
    }
    const completion = completions.peek();
    // Events first: all completions of one moment are known before the first is handed over.
    if (event !== undefined && (completion === undefined || event.atUs <= completion.atUs)) {
      return { heap: events, entry: event };
    }
    return completion === undefined ? null : { heap: completions, entry: completion };
  };

  return {
    nowUs: () => nowUs,
    after(us, run) {
      return add(us, () => {
        run();
        return false;
      });
    },
    script(us, run) {
      return add(us, () => {
        run();
        return true;
      });
    },
    complete(us, machine, id, give) {
      completions.push({ atUs: nowUs + Math.max(0, us), rank: machine, order: id, run: give });
    },
    step() {
      for (let due = next(); due !== null; due = next()) {
        due.heap.pop();
        nowUs = Math.max(nowUs, due.entry.atUs);
        const run = due.entry.run;
        due.entry.run = null;
        if (run?.() === true) return true;
      }
      return false;
    },
  };
}
