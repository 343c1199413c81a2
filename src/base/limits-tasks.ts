// Bounds of the typed tasks that look, each with its reason.

export const SLOW_CONNECTIONS_MAX = 4_000; // Connections that are fetched to see who uses the line: about 0.5 MB.
export const SLOW_SHOWN_MAX = 5; // Users of the line that are named.
export const AUDIT_FINDINGS_MAX = 40; // Findings of an audit that are told: more than a router of a home can have.
export const FIREWALL_JUMPS_MAX = 8; // Chains within chains, and lists within lists, that an audit follows.
export const COMPARE_LINES_MAX = 120; // Lines of differences that are told: more nobody reads in a chat.
export const COMPARE_VALUE_CHARS_MAX = 120; // One value in a difference.
export const SNAPSHOT_FILES_MAX = 1_000; // Names of the workspace among which snapshots are looked for.
export const ADLIST_CACHE_KIB = 65_536; // DNS cache for a blocking list: about what 160,000 names need.
export const ADLIST_FREE_BYTES_MIN = 157_286_400; // Free memory from which the cache is made that large.
export const UPGRADE_FREE_BYTES_MIN = 20_971_520; // Free disk below which new packages may not fit: they are about 13 to 17 MB.
export const ANSWER_BYTES_MAX = 4_096; // What a scan or torch answered, as it is told after its approval.
