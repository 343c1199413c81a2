// Which build this is: constants put in by scripts/bundle.ts. Sources run without a
// bundle (a single test by tsx) have neither.

declare const __VERSION__: string;
declare const __BUILD_MS__: number;

/** The version in package.json, or "0.0.0" when run from source. */
export const VERSION: string = typeof __VERSION__ === "string" ? __VERSION__ : "0.0.0";

/** Time of the last commit, milliseconds since 1970 UTC: a wall clock before it is wrong. 0 from source. */
export const BUILD_MS: number = typeof __BUILD_MS__ === "number" ? __BUILD_MS__ : 0;
