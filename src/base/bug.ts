// A broken assumption of our own: thrown, never returned. Caught only by the
// lane (the turn answers "internal error") and by the process (exit 70).

/** A programming error. Its message is for developers and holds no outside data. */
export class Bug extends Error {
  override readonly name = "Bug";
}

/** Throws {@link Bug} when `ok` is false. */
export function assert(ok: boolean, what: string): asserts ok {
  if (!ok) throw new Bug(what);
}
