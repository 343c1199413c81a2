// Bounds of the simulated router, each with its reason and its unit in the name.

export const SIM_PORT = 18_780; // Where `sim` listens unless told otherwise.
export const SIM_REQUEST_MS = 60_000; // RouterOS ends a REST request at this age.
export const SIM_SESSION_MS = 600_000; // A login over REST lasts this long after its last request.
export const SIM_REBOOT_MS = 8_000; // A restart answers nobody for this long.
export const SIM_LOG_ROWS_MAX = 1_000; // The memory log of RouterOS and its history, in rows.
export const SIM_HISTORY_ROWS_MAX = 100;
export const SIM_ROWS_MAX = 10_000; // Rows of one menu: a simulation that is filled up by mistake stays small.
export const SIM_BODY_BYTES_MAX = 262_144; // A request body; RouterOS takes 64 kB of script and about 60 kB of file.
export const SIM_CALLS_MAX = 1_000; // Requests remembered for tests.
export const SIM_HANG_MS = 86_400_000; // A reply that a test wants never to come; timers hold less than 25 days.
export const SIM_WAITING_MAX = 64; // Requests of one user that wait for their turn.
export const SIM_PINGS_MAX = 100; // Echo requests of one `/tool/ping`.
export const SIM_SCRIPT_BYTES_MAX = 65_536; // RouterOS takes 64 kB of script.
export const SIM_SCRIPT_STEPS_MAX = 100_000; // Statements of one script: one without end must end.
export const SIM_EVENTS_MAX = 100_000; // What falls due in one go after a long silence.
export const SIM_RETRY_MS = 1_000; // A peer sends again what was not answered.
export const SIM_JUMPS_MAX = 8; // Chains and interface lists in one another.
export const SIM_HOPS_MAX = 4; // Next hops that the simulated router looks up behind each other.
export const EXPORT_BYTES_MAX = 2_097_152; // A large configuration is a few hundred KB of text.
