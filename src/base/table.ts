// Tables that forget: a Map keeps the order of insertion.

/** A table of at most `max` entries; the one untouched for longest goes first. */
export function touch<K, T>(table: Map<K, T>, key: K, max: number, value: T): void {
  table.delete(key);
  table.set(key, value);
  if (table.size <= max) return;
  const oldest = table.keys().next();
  if (oldest.done !== true) table.delete(oldest.value);
}

/** Keeps the answers asked for last; one that is not there is made. */
export function keeping<T, K = string>(max: number): (key: K, make: (key: K) => T) => T {
  const kept = new Map<K, T>();
  let last: { key: K; answer: T } | null = null;
  return (key, make) => {
    // Most are asked for again at once; moving them about in the table costs more than finding them.
    if (last?.key === key) return last.answer;
    const known = kept.get(key);
    const answer = known === undefined ? make(key) : known;
    touch(kept, key, max, answer);
    last = { key, answer };
    return answer;
  };
}

/** A function that keeps the answers asked for last. */
export function remembering<T>(max: number, make: (key: string) => T): (key: string) => T {
  const kept = keeping<T>(max);
  return (key) => kept(key, make);
}
