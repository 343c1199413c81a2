// Powers by multiplication: the engine's own `**` and Math.pow come with 8 KB of tables, which a build without
// skills leaves out.

/** 2 to the n-th. */
export function powerOfTwo(n: number): number {
  let power = 1;
  for (let i = 0; i < n; i++) power *= 2;
  return power;
}
