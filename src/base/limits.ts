// Every number that bounds a queue, body, loop, retry, cache, time or output. The unit
// is in the name; each has a line of reason and a test on both sides of it.

// Host
/** Operations under way at once; more is a programming fault upstream, answered BUSY. */
export const HOST_OPS_MAX = 1024;
export const HOST_OPS_RESERVED = 64; // Of these, kept free for deadlines and for closing.
export const READ_BYTES_MAX = 16_384; // One read of a stream: a TLS record holds 16 KiB.
/** Connections that a listener has taken from the kernel and nobody has accepted yet; more are dropped. */
export const LISTEN_WAITING_MAX = 128;
export const RANDOM_BYTES_MAX = 65_536; // The most random bytes one call to the host gives.
export const TIMER_MS_MAX = 0x7fffffff; // The longest host timer on Node, which takes a longer one for 1 ms.
export const DATAGRAMS_WAITING_MAX = 64; // Datagrams that arrived before a read; more are lost, as UDP may.
/** Heap of quickjs-emscripten; its own limit does not hold, the size of its WebAssembly memory does. */
export const ENGINE_HEAP_BYTES_MAX = 268_435_456;
/** Stack of quickjs-emscripten: above it runaway recursion kills its module instead of throwing inside. */
export const ENGINE_STACK_BYTES_MAX = 65_536;
/** Kept sets of extra TLS roots on Node: reading the bundled ones takes some 10 ms each time. */
export const TLS_ROOT_SETS_MAX = 8;
export const HOST_RANDOM_BYTES_MAX = 65_536; // Random bytes of one call, as the ABI says.

// HTTP
export const HTTP_HEAD_BYTES_MAX = 16_384; // Heads of both directions; browsers send under 8 KiB.
export const HTTP_HEADERS_MAX = 100;
export const HTTP_HEADS_KEPT_MAX = 32; // Parsed heads that a server remembers: keep-alive clients repeat theirs.
export const HTTP_KEPT_HEAD_UNITS_MAX = 1_024; // Longer heads are not remembered.
export const HTTP_TARGET_BYTES_MAX = 8_192; // A request line beyond this is 414.
export const HTTP_CHUNK_LINE_BYTES_MAX = 256; // A chunk-size line with its extensions.
export const HTTP_TRAILER_BYTES_MAX = 4_096; // Trailer fields after a chunked body; read and dropped.
export const HTTP_CONNECTIONS_MAX = 256; // Gateway connections; then the longest idle one closes.
export const HTTP_IDLE_MS = 15_000; // A kept connection without a request.
export const HTTP_HEAD_MS = 10_000; // A whole request head must arrive in this time (slow-loris).
export const HTTP_BODIES_BYTES_MAX = 8_388_608; // Held of all large bodies together, until they are answered;
export const HTTP_BODY_SMALL_BYTES = 16_384; // smaller ones are always taken: a router's heap has 48 MB.
export const HTTP_BODY_MS = 30_000; // A whole request body.
export const HTTP_BODY_BYTES_PER_MS = 4; // What a body of known length must bring, after HTTP_HEAD_MS.
export const HTTP_WRITE_MS = 30_000; // Writing one reply to a slow reader.
/** What a connection may still send after our last reply, so that the reply is not lost to a reset. */
export const HTTP_LINGER_BYTES_MAX = 262_144;
export const HTTP_LINGER_MS = 2_000;
/** A request body that nobody read is read away up to this, to keep the connection. */
export const HTTP_UNREAD_BYTES_MAX = 65_536;
export const HTTP_ACCEPT_REST_MS = 200; // Rest after an accept that failed (no descriptors left).
export const HTTP_EARLY_REPLY_MS = 1_000; // How long an answer is awaited after our request could not be sent whole.
export const HTTP_INTERIM_MAX = 16; // Interim replies (1xx) before the real one.
export const WRITE_BYTES_MAX = 65_536; // One write to the host, which copies it.
export const POOL_IDLE_PER_HOST_MAX = 2; // Kept connections of our own client, per host.
export const POOL_IDLE_MS = 10_000;
export const POOL_CONNECTIONS_PER_HOST_MAX = 8;
export const POOL_HOSTS_MAX = 32;
export const POOL_WAITING_PER_HOST_MAX = 64; // Requests waiting for a connection to one host.
export const CONNECT_MS = 10_000;
export const REDIRECTS_MAX = 5;
export const SSE_LINE_BYTES_MAX = 262_144; // One SSE line of a model API: a whole tool call may come in one.
export const RETRY_FIRST_MS = 500; // Back-off between tries of something repeatable.
export const RETRY_MAX_MS = 30_000;
export const RETRY_TRIES_MAX = 3;
export const RETRY_AFTER_MS_MAX = 120_000; // The longest Retry-After that is waited for; longer ones are reported.

// Data
export const JSON_DEPTH_MAX = 32;
export const JSON_BYTES_MAX = 1_048_576;

// Router
export const REST_CALL_MS = 70_000; // A REST call; RouterOS ends its own at 60 s, and it is never aborted.
export const REST_READ_MS = 20_000; // How long somebody waits for a plain read; the call itself goes on.
export const REST_ROWS_MAX = 500; // Rows fetched for one read by a tool or command.
export const REST_BODY_BYTES_MAX = 4_194_304;
export const REST_WAITING_MAX = 32; // Calls waiting for the one connection.
export const COMMAND_BYTES_MAX = 4_096; // One console command line from a person or a model.
export const PLAN_ROWS_MAX = 64; // Rows one write command may touch.
export const FACTS_BYTES_MAX = 3_072; // Live facts for the system prompt.
export const FACTS_MS = 30_000;
export const ARGS_CACHED_MAX = 3; // Commands of the tree whose arguments are kept unpacked.
export const CHILDREN_CACHED_MAX = 24; // Menus of it whose next level is known by name.
export const MENUS_CACHED_MAX = 12; // Menus of the command tree kept unpacked; a plan touches a handful.
export const TREE_PARTS_MAX = 2; // Parts of the tree, some 24 kB each, held unpacked.
export const COMMAND_WORDS_MAX = 512; // Parts of one command line: words, nested expressions, states of a pattern.
export const WHERE_DEPTH_MAX = 16;
export const SCRIPT_DEPTH_MAX = 24; // Brackets, blocks and strings of code in one another.
export const SCRIPT_STATEMENTS_MAX = 500;
export const PATTERN_DEPTH_MAX = 32;
export const PATTERN_STATES_MAX = 2_048;
export const COMMANDS_PER_LINE_MAX = 16; // Commands in one line; each is planned and shown.
export const SECRETS_REMEMBERED_MAX = 256; // Values remembered so that free text (logs) does not show them.
export const SECRET_FIELDS_CACHED_MAX = 128; // Answers to "is this field secret", for the menus in use.
export const PLANS_KEPT_MAX = 64; // Plans whose undo is kept in memory; as many as may be open.
export const CHANGE_MS = 100_000; // A whole approved change with its checks, within a turn; it goes on when its caller leaves.
export const ARM_MS = 45_000; // The router takes a change back after this, unless the program has reached it again.
export const ARM_WRITE_MS = 15_000; // What an armed change waits for one answer: it may have cut its own way.
export const UNFINISHED_TRIES_MAX = 10; // Asking at the start for changes that an earlier process left.
export const KEEP_MARGIN_MS = 5_000; // A keep later than this before the end could cross with the taking back.
export const ARM_TWIN_MS = 15_000; // The scheduler's entry comes this much after the job, whose end removes it.
export const ARM_SCRIPT_UNITS_MAX = 24_000; // RouterOS takes 64 kB of script.
export const BLAST_NAMED_MAX = 4; // Devices, interfaces or services that a plan names before it only counts them.
export const READ_BACK_TRIES_MAX = 4; // Reading back a change whose answer was lost: tries and the pause before each.
export const READ_BACK_PAUSE_MS = 2_000;
export const ROUTER_TEXT_BYTES_MAX = 32_768; // The text of one read; tools cut it further.
export const ROUTER_VALUE_UNITS_MAX = 200; // One value in a table or a diff line.
export const TABLE_CELL_UNITS_MAX = 48; // One cell that is not the last of its line.
export const TABLE_COLUMNS_MAX = 8; // Columns of a table of rows; with more, each row is a line of name=value pairs.
export const FACTS_LINES_MAX = 12; // Lines of one section of the live facts.
export const ROUTER_FACTS_MS = 60_000; // Router identity and version for plans.

// Core
export const MESSAGE_BYTES_MAX = 16_384;
export const LANE_WAITING_MAX = 16;
export const LANES_RUNNING_MAX = 4;
export const LANES_RUNNING_BIG_MAX = 32;
export const LANES_MAX = 512;
export const TURN_STEPS_MAX = 12;
export const TURN_CAP_MS = 120_000;
export const TURN_CALLS_PER_STEP_MAX = 8;
export const TOOL_OUT_BYTES_MAX = 8_192;
export const TOOL_VALUE_UNITS_MAX = 512; // One value of a printed row.
export const TOOL_ARGS_BYTES_MAX = 65_536;
export const TOOL_CAP_MS = 75_000;
export const ANSWER_BYTES_MAX = 262_144; // What one answer of the model may hold.
export const ANSWER_TOKENS_MAX = 2_048; // What a person reads of one answer; thinking has room of its own.
/** Room for thinking, which services count with the answer: nothing is left of 2,048 otherwise. */
export const MODEL_THOUGHTS_TOKENS = 6_144;
/** Where the bound itself counts against small contexts and rates per minute (local servers, Groq). */
export const MODEL_THOUGHTS_TIGHT_TOKENS = 2_048;
export const HISTORY_BYTES_MAX = 49_152; // Conversation kept for the model, in bytes of JSON, and messages.
export const HISTORY_MESSAGES_MAX = 156;
export const SESSIONS_MAX = 96;
/** Of all conversations together; a family has a dozen, and a small router 20 MB for everything. */
export const SESSIONS_MESSAGES_MAX = 512;
export const SESSIONS_BYTES_MAX = 786_432;
export const OUTBOX_TRIES_MAX = 12;
export const OUTBOX_RUNNING_MAX = 8;
export const REPLY_PIECES_MAX = 8; // Pieces one reply may be split into; the rest is cut with a marker.
export const APPROVAL_MS = 600_000;
export const PLANS_OPEN_MAX = 64;
export const PLANS_OPEN_PER_CHAT_MAX = 8;
export const PLAN_DIFF_CHARS_MAX = 4_000; // A plan that cannot be shown whole cannot be approved.
export const PLANS_PER_TURN_MAX = 3;
export const DRAIN_MS = 5_000;
export const SENDER_PER_MINUTE_MAX = 120; // Messages one sender may send per minute before a polite refusal.
export const SENDERS_MAX = 1_024;
/** A reply's retry: a provider's outage of a quarter of an hour must not lose it. */
export const OUTBOX_RETRY_MS_MAX = 300_000;
export const OUTBOX_SEND_MS = 60_000; // One try to send one piece.
export const DRAIN_TURNS_MS = 3_000; // Of DRAIN_MS: running turns may still end by themselves.
export const DRAIN_FLUSH_MS = 1_500; // Of DRAIN_MS: the last words of the others are sent.
export const RECORD_TRIES_MAX = 4; // Tries to record an answer before it is given without a record.
export const MESSAGE_ID_CHARS_MAX = 256; // Ids and names of a message: channels' own ids are far shorter.
/** A prompt waits no longer for live facts: the tools can ask the router themselves. */
export const PROMPT_FACTS_MS = 8_000;
export const PROMPT_NOW_BYTES_MAX = 6_144; // Time and live facts behind the rules, with room for a fault's words.
export const PROMPT_KEPT_MS = 300_000; // As long as services keep what they have read in their caches.
export const SESSION_EVENTS_MAX = 8; // What happened between two turns and the model should know.
export const COMMAND_OUT_BYTES_MAX = 12_288; // Text of one slash command's answer.
export const COMMAND_ROWS_MAX = 100; // Rows shown by one slash command.
export const LOG_LINES_MAX = 50; // Log lines shown by /log.
export const LOG_LINE_CHARS_MAX = 200; // One log line as shown.
export const DEVICES_FOUND_MAX = 10; // Devices that /find tells all about.
export const BACKUP_VALUE_CHARS_MAX = 2_000; // One value in a snapshot: scripts are longer than names.
export const BACKUP_BYTES_MAX = 131_072; // A masked snapshot by /backup.
export const REFUSED_LOG_EVERY_MS = 60_000; // One line about refusals of the same sender.
export const DEVICE_NAME_CHARS_MAX = 32; // Names and comments that strangers give their devices.
export const SCHEMAS_KEPT_MAX = 4; // Of outside values: those parsed last; one takes up to 10 KB.
export const STORE_ROWS_MAX = 512; // Rows of one table kept in RAM.
/** Of these, final ones: a message is known again for so long; a poll of Telegram brings 100 at most. */
export const STORE_FINAL_ROWS_MAX = 128;
export const MODEL_FIRST_BYTE_MS = 90_000; // Model call: first byte, then silence between bytes.
export const MODEL_IDLE_MS = 60_000;
export const MODEL_BODY_BYTES_MAX = 8_388_608; // A streamed answer spends about 200 bytes of JSON on each token.
export const MODEL_TAIL_MS = 2_000; // After the end of an answer some services still send its usage.
export const MODEL_CALLS_MAX = 64; // Calls collected from one answer; core runs fewer.
export const MODEL_ERROR_UNITS_MAX = 300; // What is quoted of a service's own error text.
export const MODEL_LIST_BYTES_MAX = 4_194_304; // A list of models: OpenRouter's is over half a megabyte.
export const MODEL_LIST_MAX = 2_000;
export const MODEL_ID_UNITS_MAX = 200; // One model id; the longest known are routes of 100 characters.
export const MODEL_TEST_MS = 100_000; // `provider test`: a local server may load the model first.
export const MODEL_TEST_TOKENS = 256; // Room for an answer of one word after some thinking.
/** Ollama cuts what does not fit its context without a word; models take these sizes, and loading is per size. */
export const OLLAMA_CONTEXT_TOKENS_MIN = 8_192;
export const OLLAMA_CONTEXT_TOKENS_MAX = 131_072;

// Skills: a stranger's JavaScript in a process of its own. src/host/native/skill.h has the same numbers.
export const SKILL_MESSAGE_BYTES_MAX = 262_144; // One message of its pipe; the first one carries the skill itself.
export const SKILL_MS_MAX = 600_000;
export const SKILLS_RUNNING_MAX = 4; // Processes at once: each may take its whole heap.
/** Turns of 10,000 calls or loops: some 10 s on a PC, some minutes on a slow board. */
export const SKILL_TURNS_MAX = 100_000;
export const SKILL_HEAP_BYTES_MIN = 1_048_576;
export const SKILL_HEAP_BYTES_MAX = 67_108_864;
export const SKILL_START_MS = 5_000; // What Node and its engine may take to start, beside the skill's own time.

// Gateway
export const PAIR_CODE_MS = 600_000;
export const PAIR_WRONG_TOTAL_MAX = 10;
export const PAIR_WRONG_PER_PEER_MAX = 5;
export const PAIR_LOCK_MS = 60_000;
export const PAIR_PEERS_MAX = 256;
export const PAIR_TYPED_UNITS_MAX = 32; // A typed code with its hyphens and spaces; longer is no code.
export const TOKEN_MS = 30 * 86_400_000;
export const TOKENS_MAX = 64;
export const CHAT_BODY_BYTES_MAX = 1_048_576; // As JSON_BYTES_MAX: a message with its pictures.
export const CHAT_NAME_UNITS_MAX = 64; // A client's own name for a conversation.
/** Events waiting for a slow reader of one streamed reply; then pieces of text are left out. */
export const CHAT_EVENTS_MAX = 256;
export const CHAT_ALIVE_MS = 10_000; // Proxies close a stream that is silent for half a minute.
export const PROBE_EVERY_MS = 30_000;
export const OWN_ROWS_EVERY_MS = 300_000; // How soon what somebody took away on the router is put back.
export const PROBE_MS = 5_000;
/** A model service is asked seldom: its list may be large and the link metered. */
export const PROBE_MODEL_EVERY_MS = 300_000;

// Telegram
export const TELEGRAM_POLL_S = 50;
export const TELEGRAM_POLL_SLACK_MS = 10_000;
/** The pace of asking while a message is unsettled, and the floor between polls. */
export const TELEGRAM_UNSETTLED_MS = 1_000;
export const TELEGRAM_BODY_BYTES_MAX = 1_048_576;
export const TELEGRAM_SEND_MS = 30_000;
export const TELEGRAM_TYPING_MS = 4_000;
export const TELEGRAM_SEEN_MAX = 512; // Update ids remembered; a poll brings at most 100.
export const TELEGRAM_BACKOFF_MS_MAX = 30_000;
/** sendMessage takes as many UTF-16 units, a button as many bytes of data. */
export const TELEGRAM_TEXT_UNITS_MAX = 4_096;
export const TELEGRAM_PRESS_BYTES_MAX = 64;
/** Waiting for answers at the end; within DRAIN_MS, with room for the last confirmation. */
export const TELEGRAM_SETTLE_MS = 4_000;
/** Telegram keeps updates 24 hours, and ids start anew at random after a quiet week. */
export const TELEGRAM_QUIET_MS = 172_800_000;

// Files and terminal
export const FILE_READ_BYTES_MAX = 262_144;
export const FILE_PIECE_BYTES_MAX = 67_108_864; // The largest piece a host gives of a file, whatever it is asked for.
export const FILE_LIST_MAX = 4_096; // Names of one folder in one answer.
export const FILE_WRITE_BYTES_MAX = 262_144;
export const FILE_NAMES_SHOWN_MAX = 200; // Names shown of one folder.
export const CONFIG_BYTES_MAX = 65_536;
export const CA_BYTES_MAX = 1_048_576; // A PEM file with certificate authorities.
export const CLI_LINE_BYTES_MAX = 16_384;
export const CLI_HISTORY_MAX = 200;
export const WAIT_TOLD_MS = 3_000; // A person at a terminal who waits longer is told for what, and again after each of the next.
export const WAIT_TOLD_AGAIN_MS = 10_000;
export const DOCTOR_MS = 10_000;
