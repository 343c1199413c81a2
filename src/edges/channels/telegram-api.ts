// One call of the Telegram Bot API (https://core.telegram.org/bots/api#making-requests) and
// what its refusals mean. The token is part of the path, so the path is a Secret and neither
// it nor an address with it is ever in a fault or a log line.

import * as z from "zod/mini";
import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../../base/fault.ts";
import { imageTooBig } from "../../base/image.ts";
import { parseJson } from "../../base/json.ts";
import { TELEGRAM_BODY_BYTES_MAX } from "../../base/limits.ts";
import { IMAGE_BYTES_MAX } from "../../base/limits-models.ts";
import { type Scope, withScope } from "../../base/scope.ts";
import { joinSecret, redact, type Secret } from "../../base/secret.ts";
import { oneLine, printable } from "../../base/text.ts";
import { parseUrl } from "../../base/url.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import type { ChannelKit, Settings } from "../../port/channel.ts";
import type { Request, Response } from "../../port/http.ts";

export interface TelegramConfig {
  token: Secret;
  /** Where the Bot API is, for a local Bot API server or a test. */
  apiRoot?: string | undefined;
}

export type TelegramKit = ChannelKit<TelegramConfig>;

/** What the owner sets for Telegram; null without a token. */
export function telegramConfig({ text, secret }: Settings): TelegramConfig | null {
  const token = secret("BOT_TOKEN");
  return token === undefined ? null : { token, apiRoot: text("TELEGRAM_API_ROOT") };
}

const API_ROOT = "https://api.telegram.org";
const NEXT_TOKEN = "Take a fresh token from @BotFather, set BOT_TOKEN and start again.";
const NEXT_NOTHING = "Nothing need be done: it is tried again by itself.";

/** Calls `method`; the answer is its `result`. A refusal's fault has the code `telegram_<number>`. */
export async function callTelegram(
  s: Scope,
  kit: TelegramKit,
  method: string,
  params: Readonly<Record<string, unknown>>,
  capMs: number,
): Wait<unknown> {
  const response = await withScope(s, capMs, (inner) =>
    send(inner, kit, "/bot", method, {
      method: "POST",
      headers: [["content-type", "application/json"]],
      body: JSON.stringify(params),
      maxBytes: TELEGRAM_BODY_BYTES_MAX,
      // Only what has no effect by itself may go out twice unasked.
      repeatable: method.startsWith("get"),
    }),
  );
  return isFault(response) ? response : readReply(response, kit.config.token);
}

/** The bytes of a file; `path` is from getFile. */
export async function fetchTelegramFile(s: Scope, kit: TelegramKit, path: string): Wait<Uint8Array> {
  const r = { method: "GET", headers: [], maxBytes: IMAGE_BYTES_MAX, repeatable: true };
  const response = await send(s, kit, "/file/bot", path, r);
  if (isFault(response)) return response.code === "body_too_large" ? imageTooBig() : response;
  if (response.status === 200) return response.body;
  const refused = readReply(response, kit.config.token);
  return isFault(refused) ? refused : notTelegram();
}

async function send(
  s: Scope,
  { config, http }: TelegramKit,
  before: string,
  after: string,
  r: Omit<Request, "url" | "target">,
): Wait<Response> {
  const { token, apiRoot = API_ROOT } = config;
  const root = parseUrl(apiRoot);
  if (isFault(root)) return fault("input", `TELEGRAM_API_ROOT is not usable: ${root.what}`, { code: "bad_config" });
  const target = joinSecret("telegram_path", [root.path.replace(/\/+$/, ""), before, token, `/${after}`]);
  const response = await http.send(s, { ...r, url: root.href, target });
  if (!isFault(response)) return response;
  const next = response.next ?? "Check the internet connection of the router: /tool/ping 1.1.1.1 count=3";
  return refault(response, { what: `Telegram could not be reached: ${response.what}`, next });
}

const okReply = () => z.object({ ok: z.literal(true), result: z.unknown() });
const errorReply = () =>
  z.object({
    error_code: z.optional(z.number()),
    description: z.optional(z.string()),
    // Test servers answer {"message"} without "ok".
    message: z.optional(z.string()),
    parameters: z.optional(
      z.object({ retry_after: z.optional(z.number()), migrate_to_chat_id: z.optional(z.number()) }),
    ),
  });

function readReply(r: Response, token: Secret): Outcome<unknown> {
  const value = parseJson(decodeUtf8(r.body), TELEGRAM_BODY_BYTES_MAX);
  const good = r.status < 300 && !isFault(value) ? okReply().safeParse(value) : null;
  if (good?.success === true) return good.data.result;
  const bad = isFault(value) ? null : errorReply().safeParse(value);
  const said = bad?.success === true ? bad.data : {};
  if (r.status < 300 && said.error_code === undefined) return notTelegram();
  const status = said.error_code ?? r.status;
  const text = oneLine(printable(redact(said.description ?? said.message ?? "", [token])), 200);
  const waitS = said.parameters?.retry_after;
  const to = said.parameters?.migrate_to_chat_id;
  return refusal(status, text, waitS ?? null, to ?? null);
}

// A proxy's page or another program at that address: whatever it did, it was not what was asked.
function notTelegram(): Fault {
  return fault("failed", "What answers at Telegram's address is not the Bot API: its reply is not Telegram's JSON.", {
    code: "telegram_foreign",
    next: "Check TELEGRAM_API_ROOT, and whether a proxy or login page stands between. Polling goes on by itself.",
    maybeDone: true,
  });
}

/** The new id of a group that became a supergroup, when a fault tells one. */
export function migratedTo(f: Fault): number | null {
  const found = /^telegram_migrated:(-?\d+)$/.exec(f.code ?? "");
  return found === null ? null : Number(found[1]);
}

/** Whether Telegram's own text, quoted in a fault, has these words. */
export function says(f: Fault, words: string): boolean {
  return f.what.toLowerCase().includes(words);
}

function refusal(status: number, text: string, waitS: number | null, to: number | null): Fault {
  const code = `telegram_${status}`;
  const quoted = text === "" ? `HTTP ${status}` : `"${text}"`;
  if (to !== null)
    return fault("conflict", "The group was upgraded to a supergroup and has a new id.", {
      code: `telegram_migrated:${to}`,
    });
  if (status === 401 || status === 404) {
    return fault("denied", `Telegram does not accept the bot token: ${quoted}.`, { code, next: NEXT_TOKEN });
  }
  if (status === 403)
    return fault("denied", `The bot may not write to this chat: ${quoted}.`, {
      code,
      next: "The person has to unblock or start the bot.",
    });
  if (status === 409)
    return fault("conflict", `Telegram refuses to poll: ${quoted}.`, {
      code,
      next: "Stop the other program that polls with this BOT_TOKEN, or give it a bot of its own; this one goes on by itself.",
    });
  if (status === 429) {
    const retryAfterMs = (waitS !== null && waitS >= 0 ? waitS : 1) * 1_000;
    return fault("limit", "Telegram asks to send more slowly.", { code, next: NEXT_NOTHING, retryAfterMs });
  }
  if (status === 400 && text.toLowerCase().includes("chat not found")) {
    return fault("missing", "Telegram does not know this chat.", {
      code,
      next: "The person has to start the bot first.",
    });
  }
  if (status >= 400 && status < 500) return fault("input", `Telegram refused the call: ${quoted}.`, { code });
  // The server may have done it before it broke.
  return fault("failed", `Telegram answered with an error: ${quoted}.`, { code, next: NEXT_NOTHING, maybeDone: true });
}
