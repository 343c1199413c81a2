// Telegram's updates to Inbound and Outbound to the parameters of sendMessage. Field names
// are from https://core.telegram.org/bots/api#update and #sendmessage.

import * as z from "zod/mini";
import { fault, isFault, type Outcome } from "../../base/fault.ts";
import { imageTooBig } from "../../base/image.ts";
import { TELEGRAM_PRESS_BYTES_MAX, TELEGRAM_TEXT_UNITS_MAX } from "../../base/limits.ts";
import { IMAGE_BYTES_MAX } from "../../base/limits-models.ts";
import { oneLine } from "../../base/text.ts";
import { utf8Length } from "../../base/utf8.ts";
import type { Inbound, Outbound } from "../../port/channel.ts";
import { parseAs } from "../../port/parse.ts";

const user = () => z.object({ id: z.int(), username: z.optional(z.string()) });
const chat = () => z.object({ id: z.int(), type: z.optional(z.string()) });

const file = () => z.object({ file_id: z.string(), file_size: z.optional(z.int()), mime_type: z.optional(z.string()) });

const message = () =>
  z.object({
    message_id: z.int(),
    date: z.int(),
    chat: chat(),
    from: z.optional(user()),
    text: z.optional(z.string()),
    caption: z.optional(z.string()),
    photo: z.optional(z.array(file())),
    document: z.optional(file()),
    message_thread_id: z.optional(z.int()),
    is_topic_message: z.optional(z.boolean()),
    reply_to_message: z.optional(z.object({ message_id: z.int() })),
  });

const press = () =>
  z.object({
    id: z.string(),
    from: user(),
    data: z.optional(z.string()),
    message: z.optional(
      z.object({
        message_id: z.optional(z.int()),
        chat: chat(),
        message_thread_id: z.optional(z.int()),
        is_topic_message: z.optional(z.boolean()),
      }),
    ),
  });

const update = () =>
  z.object({
    update_id: z.int(),
    message: z.optional(z.unknown()),
    callback_query: z.optional(z.unknown()),
  });
const updates = () => z.array(update());
const filePath = () => z.object({ file_path: z.optional(z.string()), file_size: z.optional(z.int()) });
const me = () => z.object({ id: z.int(), username: z.optional(z.string()) });

export type TelegramUpdate = z.infer<ReturnType<typeof update>>;

/** Who the bot is. */
export interface TelegramBot {
  id: string;
  username: string;
}

/** A press of a button: what has to be answered and tidied up besides the message itself. */
export interface Press {
  queryId: string;
  chatId: number;
  messageId: number | null;
}

/** What one update asks of us. */
export interface Asked {
  inbound: Inbound;
  press: Press | null;
}

/** The list that getUpdates answers. */
export function readUpdates(result: unknown): Outcome<readonly TelegramUpdate[]> {
  return parseAs(updates, result, "Telegram's list of updates");
}

/** Where a file lies, as getFile answers it; nothing that leads elsewhere. */
export function readFilePath(result: unknown): Outcome<string> {
  const got = parseAs(filePath, result, "Telegram's answer to getFile");
  if (isFault(got)) return got;
  if ((got.file_size ?? 0) > IMAGE_BYTES_MAX) return imageTooBig();
  const path = got.file_path;
  return path !== undefined && /^[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*$/.test(path)
    ? path
    : fault("failed", "Telegram does not tell where the picture is.", {
        code: "telegram_file",
        next: "Send it again.",
      });
}

/** What getMe answers. */
export function readBot(result: unknown): Outcome<TelegramBot> {
  const bot = parseAs(me, result, "Telegram's answer to getMe");
  return isFault(bot) ? bot : { id: String(bot.id), username: bot.username ?? "" };
}

/** Null for what is confirmed and skipped: other kinds of update, other bots' commands, media without words. */
export function readUpdate(u: TelegramUpdate, bot: TelegramBot, nowMs: number): Outcome<Asked | null> {
  if (u.message !== undefined) return readMessage(u.message, bot);
  if (u.callback_query !== undefined) return readPress(u.callback_query, bot, nowMs);
  return null;
}

function person(from: z.infer<ReturnType<typeof user>>): Pick<Inbound, "sender" | "senderName"> {
  const sender = String(from.id);
  return from.username === undefined ? { sender } : { sender, senderName: `@${oneLine(from.username, 64)}` };
}

// A private chat has the id of its person (Bot API, Chat).
const shared = (chatId: number, from: { id: number }): Pick<Inbound, "isShared"> =>
  chatId === from.id ? {} : { isShared: true };

// Replies in plain groups carry a thread id too, and sending there with it fails.
function threadOf(m: {
  message_thread_id?: number | undefined;
  is_topic_message?: boolean | undefined;
}): Pick<Inbound, "thread"> {
  return m.is_topic_message === true && m.message_thread_id !== undefined
    ? { thread: String(m.message_thread_id) }
    : {};
}

function readMessage(value: unknown, bot: TelegramBot): Outcome<Asked | null> {
  const m = parseAs(message, value, "A Telegram message");
  if (isFault(m)) return m;
  const text = ownCommand(m.text ?? m.caption ?? "", bot.username);
  const pictures = pictureOf(m);
  if (m.from === undefined || text === null || (text.trim() === "" && pictures.length === 0)) return null;
  const reply = m.reply_to_message === undefined ? {} : { replyTo: `${m.chat.id}:${m.reply_to_message.message_id}` };
  const inbound: Inbound = {
    channel: "telegram",
    account: bot.id,
    chat: String(m.chat.id),
    ...shared(m.chat.id, m.from),
    ...threadOf(m),
    ...person(m.from),
    messageId: `${m.chat.id}:${m.message_id}`,
    text,
    ...(pictures.length === 0 ? {} : { pictures }),
    sentMs: m.date * 1_000,
    ...reply,
  };
  return { inbound, press: null };
}

// A photo comes in several sizes, the smallest first: the largest that is not too large is taken. Who
// sends it as a file sends one size, and is told when that is too large.
function pictureOf({ photo = [], document }: z.infer<ReturnType<typeof message>>): Array<{ ref: string }> {
  const fits = photo.findLast((p) => (p.file_size ?? 0) <= IMAGE_BYTES_MAX) ?? photo[0];
  const found = fits ?? (document?.mime_type?.startsWith("image/") ? document : undefined);
  return found === undefined ? [] : [{ ref: found.file_id }];
}

/** In groups commands come as "/status@OurBot"; null when another bot is meant. */
function ownCommand(text: string, username: string): string | null {
  const found = /^(\/[A-Za-z0-9_]{1,32})@([A-Za-z0-9_]+)/.exec(text);
  if (found === null) return text;
  const [whole, command = "", name = ""] = found;
  return name.toLowerCase() === username.toLowerCase() ? command + text.slice(whole.length) : null;
}

function readPress(value: unknown, bot: TelegramBot, nowMs: number): Outcome<Asked | null> {
  const q = parseAs(press, value, "A Telegram button press");
  if (isFault(q)) return q;
  if (q.message === undefined || q.data === undefined) return null;
  const inbound: Inbound = {
    channel: "telegram",
    account: bot.id,
    chat: String(q.message.chat.id),
    ...shared(q.message.chat.id, q.from),
    ...threadOf(q.message),
    ...person(q.from),
    messageId: `cb:${q.id}`,
    text: "",
    sentMs: nowMs,
    press: q.data,
  };
  return { inbound, press: { queryId: q.id, chatId: q.message.chat.id, messageId: q.message.message_id ?? null } };
}

/** Chat ids are numbers of up to 52 bits; public channels may be written "@name". */
export function chatId(chatText: string): number | string {
  const id = Number(chatText);
  return /^-?\d+$/.test(chatText) && Number.isSafeInteger(id) ? id : chatText;
}

/**
 * What stands between lines of three backticks, in a font of fixed width. Said by place and length in UTF-16
 * units, as Telegram counts: the text itself stays plain.
 */
function fenced(text: string): { text: string; entities?: readonly object[] } {
  const entities: object[] = [];
  let out = "";
  let at = 0;
  for (const found of text.matchAll(/^```\w*\n([\s\S]*?)\n```$/gm)) {
    const [whole, body = ""] = found;
    out += text.slice(at, found.index);
    if (body.trim() !== "") entities.push({ type: "pre", offset: out.length, length: body.length });
    out += body;
    at = found.index + whole.length;
  }
  return entities.length === 0 ? { text } : { text: out + text.slice(at), entities };
}

/** Parameters of sendMessage: plain text, as no formatting can then fail. */
export function messageParams(m: Outbound): Outcome<Record<string, unknown>> {
  if (m.text.trim() === "") return fault("input", "Telegram takes no empty message.", { code: "telegram_empty" });
  if (m.text.length > TELEGRAM_TEXT_UNITS_MAX) {
    return fault("input", `A Telegram message has at most ${TELEGRAM_TEXT_UNITS_MAX} characters.`, {
      code: "telegram_long",
    });
  }
  const buttons = m.buttons ?? [];
  if (buttons.some((b) => utf8Length(b.press) > TELEGRAM_PRESS_BYTES_MAX)) {
    return fault("input", `The data of a Telegram button has at most ${TELEGRAM_PRESS_BYTES_MAX} bytes.`, {
      code: "telegram_button",
    });
  }
  return {
    chat_id: chatId(m.chat),
    ...fenced(m.text),
    link_preview_options: { is_disabled: true },
    ...(m.thread === undefined ? {} : { message_thread_id: Number(m.thread) }),
    ...(buttons.length === 0
      ? {}
      : { reply_markup: { inline_keyboard: [buttons.map((b) => ({ text: b.label, callback_data: b.press }))] } }),
  };
}
