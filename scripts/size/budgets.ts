// What the router's binary may weigh, in KB of 1024 bytes, host and product apart: the host is the
// engine, the parser for skills, TLS, authorities and our C; the product is bytecode and tables. Both together
// are the whole, and what one does not need the other may have.

export interface Budget {
  readonly host: number;
  readonly product: number;
  readonly whole: number;
  /** The whole of a build of chosen edges: CHANNELS=telegram PROVIDERS=openai SKILLS=no. */
  readonly small: number;
}

export const KB = 1024;
/** What the original project promised for all of it. */
export const PROMISED_KB = 200;

export const BUDGETS: Readonly<Record<string, Budget>> = {
  amd64: { host: 734, product: 256, whole: 990, small: 800 },
  arm64: { host: 744, product: 256, whole: 1000, small: 800 },
  armv7: { host: 544, product: 256, whole: 800, small: 600 },
  armv5: { host: 594, product: 256, whole: 850, small: 650 },
  mipsel: { host: 944, product: 256, whole: 1200, small: 1000 },
  mips: { host: 944, product: 256, whole: 1200, small: 1000 },
};

/** "reached" or "not reached". */
export function verdict(bytes: number, maxKb: number): string {
  return bytes <= maxKb * KB ? "reached" : "not reached";
}
