// Bounds of what is sent to a model with each question, and of how one is chosen for it. As
// in limits.ts, each has its unit, a reason and a test.

/** A longer text is estimated by as many samples of this length. */
export const TOKEN_SAMPLES = 4;
export const TOKEN_SAMPLE_UNITS = 512;
