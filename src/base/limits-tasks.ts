// Bounds of the typed tasks that look, each with its reason.

export const SLOW_CONNECTIONS_MAX = 4_000; // Connections that are fetched to see who uses the line: about 0.5 MB.
export const SLOW_SHOWN_MAX = 5; // Users of the line that are named.
