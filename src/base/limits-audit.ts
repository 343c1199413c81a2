// Bounds of the audit log, and of what strangers wrote and others read. As in limits.ts, each has its unit, a reason and a test.

/** The log where nothing is mounted: some hundred entries of a router's memory. */
export const AUDIT_RAM_BYTES_MAX = 131_072;
export const AUDIT_FILE_BYTES_MAX = 131_072; // One file on disk; then another is begun.
export const AUDIT_FILES_MAX = 8; // With the ninth the oldest goes: a megabyte, some thousand entries.
export const AUDIT_TEXT_BYTES_MAX = 4_096; // One text of an entry; a plan that may be approved fits.
export const AUDIT_SHOWN_MAX = 20; // Entries that /audit shows.
/** What is verified at once: an export of a full log, with room. */
export const AUDIT_EXPORT_BYTES_MAX = 2_097_152;
export const EVENT_UNITS_MAX = 600; // What a model is told of how a change ended.
