// Bounds of what stands between a turn and its models: chains, tries, cooldowns, budgets,
// messages kept for later. As in limits.ts, each has its unit, a reason and a test.

/** Tries of one question over all models and keys. */
export const MODEL_TRIES_MAX = 160;
export const MODEL_ROUNDS_MAX = 3; // Tries of one model with one key for one question.
export const MODEL_LINKS_MAX = 32; // Models of one chain.
export const MODEL_KEYS_MAX = 8; // Keys of one service.
/** Rest after the first, second, … failure in a row; whoever is overloaded gets the next one. */
export const MODEL_COOLDOWNS_MS: readonly number[] = [1_000, 5_000, 30_000, 300_000, 1_800_000];
export const MODEL_MISSING_MS = 300_000; // A model that the service does not know is not asked for so long.
export const MODEL_BILLING_MS = 1_800_000; // Credit may be added without a new key.
export const MODEL_FORGET_MS = 3_600_000; // Failures before a quiet time of this length do not count.
/** A question waits so long in all for a model that will be asked again soon; a person sits there. */
export const MODEL_PATIENCE_MS = 10_000;
/** Of the time that a turn has left, what a silent model may take while others could still answer. */
export const MODEL_SILENT_SHARE = 0.5;
export const SEAM_UNITS = 240; // Text held back after a break, to find where it repeats what was shown.
export const SEAM_ALIKE_UNITS_MIN = 12; // A shorter repeat may be chance.
export const KEPT_MESSAGES_MAX = 64; // Messages kept until a model is back; Telegram hands over 100 at most.
export const KEPT_MS = 21_600_000; // Afterwards the person is told that it was in vain.
export const KEPT_LOOK_MS_MAX = 60_000; // Pause between two looks whether a model is back.
export const KEPT_LOOK_MS_MIN = 5_000;
export const BUDGET_KEYS_MAX = 256; // Chats and people whose use of a day is counted.
export const LINK_STATE_MS = 60_000; // How long a reading of the way to the internet is good.
export const LINK_READ_MS = 3_000; // A question waits no longer for it.
export const WAN_ROWS_MAX = 16; // Default routes and probes that are looked at for it.
export const SAME_CALLS_MAX = 3; // The same call with the same arguments; then the model runs in a circle.
export const IMAGES_MAX = 4; // Pictures of one message.
/** Base64 of all pictures of one message: with its text it fits a request to the gateway. */
export const IMAGES_UNITS_MAX = 917_504;
export const IMAGE_BYTES_MAX = 688_128; // The same before it is base64, for one picture.
/** Base64 of the pictures of all questions under way over HTTP. Each costs five times its size for a moment. */
export const IMAGES_HELD_UNITS_MAX = 1_835_008;
export const IMAGE_WEIGHT_BYTES = 4_096; // What a picture counts as in a conversation: about its tokens.
export const IMAGE_FETCH_MS = 20_000; // From a chat platform, while a person waits.
export const REPAIR_UNITS_MAX = 16_384; // Longer arguments are not mended.
/** What one sign-in may take, whoever waits for it. */
export const OAUTH_MS = 20_000;
export const OAUTH_MARGIN_MS = 60_000; // A token is not used any more so long before it expires: a question takes its time.
export const OAUTH_REPLY_BYTES_MAX = 65_536;
export const OAUTH_TOKEN_UNITS_MAX = 16_384; // Longer ones do not fit into the head of a request.
export const BEGUN_MAX = 128; // Messages with effects that a new process knows: more than a platform offers again.
export const BEGUN_BYTES_MAX = 16_384; // The file of their keys.
