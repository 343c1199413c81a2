// Bounds of what is sent to a model with each question, and of how one is chosen for it. As
// in limits.ts, each has its unit, a reason and a test.

/** A longer text is estimated by as many samples of this length. */
export const TOKEN_SAMPLES = 4;
export const TOKEN_SAMPLE_UNITS = 512;

/** A result of a tool that is long ago keeps its beginning. */
export const THIN_RESULT_BYTES = 240;
export const THIN_RESULT_BYTES_MIN = 600; // A shorter result stays as it is.
/** What is kept of the part of a conversation that does not fit any more: also this share of the room at most. */
export const DIGEST_BYTES_MAX = 4_096;
export const DIGEST_SHARE = 0.125;
export const DIGEST_LINES_MAX = 12; // Of each kind: wishes, promises, questions, …
export const DIGEST_LINE_UNITS_MAX = 240;

/** Tools that come to no more are all offered in every question; of more, groups by need. */
export const TOOLS_TOKENS_MAX = 1_500;
export const HEARD_UNITS_MAX = 1_000; // Of a message, what is looked at for what it is about: people say that first.
export const TOOL_GROUPS_HEARD_MAX = 2; // Groups that one message of a person adds by its words.
/** A model with a small context gets no more tools than this share of it holds. */
export const TOOLS_SHARE = 0.2;

export const ROUTES_MAX = 64; // Rules of the owner's policy.
/** A first token is measured anew after so long: who was slow once is asked again. */
export const FIRST_TOKEN_KEPT_MS = 3_600_000;
/** Times to the first token that differ by less than this factor are alike, and the chain's order counts. */
export const FIRST_TOKEN_FACTOR = 1.5;
/** A question that waits for a better way to the internet waits no longer. */
export const LINK_WAIT_MS = 3_600_000;
/** What a service counts, against our estimate: further off than this is a mistake in the counting. */
export const TOKEN_SCALE_MIN = 0.5;
export const TOKEN_SCALE_MAX = 3;
/** A question that was too long taught how long the next may be: this share of it. */
export const TOO_LONG_SHARE = 0.75;
export const CONTEXT_TOKENS_MIN = 512; // Room for the conversation in any context, however much the rest takes.
/** Arguments of one tool that cannot be read: the model is told once, then the turn ends. */
export const UNREADABLE_CALLS_MAX = 2;

/** Of less that is left out at once no summary is asked: it would cost more than it keeps. */
export const SUMMARY_TOKENS_MIN = 1_500;
export const SUMMARY_ASKED_BYTES_MAX = 24_576; // What is summed up at once, as it is sent.
export const SUMMARY_WORDS_UNITS_MAX = 1_000; // Of one message of it.
export const SUMMARY_TOKENS_MAX = 400;
export const SUMMARY_BYTES_MAX = 1_600;
export const SUMMARY_MS = 60_000;
