// Every configuration key, once: the schema, the dump, the flags and README's table are
// all made from these rows. Environment names are those of the original program.

import { baseUrlVariable, SERVICE_KEY_VARIABLES, SERVICES } from "./services.ts";

export type KeyKind =
  | "text"
  | "secret"
  | "number"
  | "switch"
  | "list"
  | "url"
  | "choice"
  | "address"
  | "pin"
  | "router"
  | "budget"
  | "menus"
  | "roles"
  | "service";

/** One key. `env` is its name in the environment, `flag` on the command line; in the JSON file see {@link fileName}. */
export interface ConfigKey {
  readonly env: string;
  /** Its name in the JSON file where that is not made of `env`. */
  readonly file?: string;
  readonly flag?: string;
  readonly kind: KeyKind;
  /** As text, as it would stand in the environment; absent = not set. */
  readonly standard?: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** One of many alike: not in README's table. */
  readonly quiet?: boolean;
  /** One sentence; of the many that services bring it is made when somebody asks. */
  readonly help: string | (() => string);
}

/** `OPENAI_API_KEY` → `openaiApiKey`, the name in the JSON file. */
export function fileName({ env, file }: ConfigKey): string {
  return file ?? env.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a key is for, in one sentence. */
export function helpOf({ help }: ConfigKey): string {
  return typeof help === "string" ? help : help();
}

function key(env: string, kind: KeyKind, help: ConfigKey["help"], more: Partial<ConfigKey> = {}): ConfigKey {
  return { env, kind, help, ...more };
}

const ROUTER: readonly ConfigKey[] = [
  key(
    "ROUTER_HOST",
    "router",
    "The router: host, host:port or a URL. Without a scheme: http on loopback, else https on 443.",
  ),
  key("ROUTER_USER", "text", "RouterOS user; its group needs the policies read, write, test, api, rest-api.", {
    standard: "admin",
  }),
  key("ROUTER_PASS", "secret", "RouterOS password."),
  key(
    "ROUTER_PIN",
    "pin",
    "SHA-256 fingerprint of the router's certificate: /certificate/print proplist=name,fingerprint",
  ),
  key(
    "ROUTEROS_SCOPE",
    "menus",
    "Menus that commands are bound to, reads as well, with all below them: /ip/firewall,/queue. Unset: all.",
  ),
  key("KEEP_SECONDS", "number", "How long you have to keep a change before the router takes it back by itself.", {
    standard: "45",
    min: 30,
    max: 600,
  }),
  key("MIKROCLAW_CA_FILE", "text", "PEM file with more certificate authorities to trust for any TLS connection.", {
    file: "caFile",
  }),
];

function whose(env: string): string {
  return SERVICES.filter((s) => s.keys.includes(env))
    .map((s) => s.title)
    .join(" and ");
}

const MODEL: readonly ConfigKey[] = [
  key(
    "LLM_PROVIDER",
    "service",
    "Model service by name (mikroclaw integrations list); it sets the dialect too. Unset: the first one with a key.",
  ),
  key(
    "LLM_BASE_URL",
    "url",
    "Base URL of LLM_PROVIDER, or without one of any OpenAI-compatible endpoint; its path is kept. One service's alone: NAME_BASE_URL, such as OLLAMA_BASE_URL.",
  ),
  key(
    "LLM_API_KEY",
    "secret",
    "Key for LLM_BASE_URL, or for LLM_PROVIDER when its own variable is not set. As every key: one or several with commas between them, each a key, bearer:TOKEN or oauth:URL#….",
  ),
  key(
    "MODEL",
    "text",
    "Model id, as the service names it. Unset: openrouter/auto at OpenRouter, a Claude Sonnet at Anthropic, a Gemini Flash at Google, the first listed one on a server of your own.",
  ),
  key(
    "RELIABLE_PROVIDERS",
    "list",
    "Models to ask when the first gives no answer, in this order: name or name/model, each with its service's own key.",
  ),
  key(
    "MODEL_ROUTES",
    "list",
    "Which model is asked first where: WHERE:WHAT. WHERE is any, or channel=, chat=, task=chat|diagnosis|change|background and wan=good|metered|weak, joined with +. WHAT is a name, small, large, local, cheap, fast, cached, or wait (an hour at most). Metered and weak ways prefer local, small and cached models anyhow.",
  ),
  key("BUDGET_DAY", "budget", "What all chats together may cost in a day (UTC): 200000 tokens, 2 usd, or both."),
  key("BUDGET_CHAT", "budget", "The same for one chat."),
  key("BUDGET_OWNER", "budget", "The same for one person."),
  key(
    "MODEL_PRICES",
    "list",
    "US dollars for a million tokens, from your service's price list: NAME=in/out or NAME=in/out/cached, NAME as /model shows it, with the list's day behind it: NAME=in/out@2026-01-31.",
  ),
  key(
    "MODEL_TRAITS",
    "list",
    "What the program cannot see of a model: NAME=8k (tokens of its context), small, large, local, remote, joined with +.",
  ),
  key("LLM_STREAMING", "switch", "Ask the model for a stream of pieces.", { standard: "1" }),
  ...SERVICE_KEY_VARIABLES.map((env) =>
    key(env, "secret", () => `Key of ${whose(env)}, or several with commas between them.`),
  ),
  key("AZURE_RESOURCE_NAME", "text", "Azure OpenAI: name of the resource, the first part of its host name."),
  key("CLOUDFLARE_ACCOUNT_ID", "text", "Cloudflare Workers AI: id of the account."),
  key("AWS_REGION", "text", "Amazon Bedrock: region of the service.", { standard: "us-east-1" }),
  ...SERVICES.filter((s) => s.retired === undefined).map((s) =>
    key(baseUrlVariable(s), "url", () => `Base URL of ${s.title} instead of its own.`, { quiet: true }),
  ),
];

const GATEWAY: readonly ConfigKey[] = [
  key("GATEWAY_PORT", "number", "Port of the gateway; 0 takes a free one.", {
    flag: "port",
    standard: "18789",
    min: 0,
    max: 65_535,
  }),
  key("GATEWAY_BIND", "address", "Address that the gateway listens on.", { flag: "bind", standard: "127.0.0.1" }),
  key("GATEWAY_NAMES", "list", "Host names under which the gateway may be called, besides IP addresses and localhost."),
  key("GATEWAY_CERT_FILE", "text", "PEM file with the gateway's certificate and those above it: it speaks HTTPS then."),
  key("GATEWAY_KEY_FILE", "text", "PEM file with the private key of GATEWAY_CERT_FILE, without a passphrase."),
  key("PAIRING_REQUIRED", "switch", "Ask every client for a token. 0 only where GATEWAY_BIND is a loopback address.", {
    standard: "1",
  }),
  key("GATEWAY_TOKEN_SHA256", "list", "SHA-256 hashes (hex) of tokens that are valid from the start."),
  key(
    "ROUTEROS_FIREWALL",
    "switch",
    "Keep rules on the router, before those that drop, that let ROUTEROS_ALLOW_SUBNETS in; removed at the end.",
  ),
  key("ROUTEROS_ALLOW_SUBNETS", "list", "Networks that may reach the gateway through the router.", {
    standard: "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16",
  }),
  key(
    "HEARTBEAT_ROUTEROS",
    "switch",
    "Keep a scheduler entry on the router that calls the gateway; removed at the end.",
  ),
  key("HEARTBEAT_INTERVAL", "text", "How often it calls.", { standard: "5m" }),
];

const CHANNELS: readonly ConfigKey[] = [
  key("BOT_TOKEN", "secret", "Telegram bot token from @BotFather."),
  key("TELEGRAM_ALLOWLIST", "list", "Who may talk to the bot: numeric ids or user names. Unset: nobody. *: everyone."),
  key(
    "MIKROCLAW_ROLES",
    "roles",
    "Who is what: telegram/@anna=admin, telegram/chat:-100=viewer, telegram/chat:-100/123=owner, http=viewer, *=viewer. Roles: owner, admin, viewer, none. Unset: all owners.",
    { file: "roles" },
  ),
  key("TELEGRAM_API_ROOT", "url", "Base URL of the Bot API.", { standard: "https://api.telegram.org" }),
];

const REST: readonly ConfigKey[] = [
  key("MIKROCLAW_WORKSPACE", "text", "Folder of the file tools.", {
    file: "workspace",
    standard: "workspace",
  }),
  key("AUDIT_LOG", "choice", "Where the audit log lies. auto: in the workspace where one is mounted, else in memory.", {
    standard: "auto",
    choices: ["auto", "memory"],
  }),
  key("LOG_LEVEL", "choice", "Least level of log lines.", {
    standard: "info",
    choices: ["error", "warn", "info", "debug"],
  }),
];

/** True for what a running program can take anew: its models and their keys. */
export function isLiveKey(env: string): boolean {
  return MODEL.some((k) => k.env === env) && !env.startsWith("BUDGET_");
}

export const CONFIG_KEYS: readonly ConfigKey[] = [...ROUTER, ...MODEL, ...GATEWAY, ...CHANNELS, ...REST];
