// Movement without chance: values that wander with time but are the same for the same
// seed and the same moment, and counters that only grow.

/** A 32-bit mix of a seed and a text (FNV-1a with a final avalanche). */
export function mix(seed: number, text: string): number {
  let h = (seed ^ 0x811c9dc5) >>> 0;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/** A number in 0 … 1 that belongs to this seed and text. */
export function share(seed: number, text: string): number {
  return mix(seed, text) / 4_294_967_296;
}

/** Wanders between low and high (whole numbers), a new value each `stepMs`. */
export function wander(seed: number, text: string, atMs: number, stepMs: number, low: number, high: number): number {
  const step = Math.floor(atMs / stepMs);
  return low + (mix(seed, `${text}/${step}`) % (high - low + 1));
}

// Traffic swells and ebbs; the swing stays below 1 so that a counter never falls.
const SWING = 0.8;
const PERIOD_S = 97;
const TURN = (2 * Math.PI) / PERIOD_S;

/** How much has been counted after `s` seconds at a mean of `rate` per second. */
export function counted(rate: number, phase: number, s: number): number {
  const swell = (SWING / TURN) * (Math.cos(phase) - Math.cos(TURN * s + phase));
  return Math.floor(Math.max(0, rate * (s + swell)));
}

/** The rate at that moment: the slope of {@link counted}. */
export function rateAt(rate: number, phase: number, s: number): number {
  return Math.floor(rate * (1 + SWING * Math.sin(TURN * s + phase)));
}
