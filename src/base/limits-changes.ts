// Bounds of changes that the router takes back unless they are kept, and of measuring their effect.

export const CONFIRM_MS = 45_000; // So long the owner may say keep; who is cut off is back within a minute.
export const CONFIRM_MS_MAX = 600_000; // The longest that an owner may choose for himself.
export const MEASURE_MS = 6_000; // Measuring what a change did: it takes from the time to say keep.
export const MEASURE_PINGS = 2; // As few as tell loss from silence.
