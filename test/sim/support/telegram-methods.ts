// The Bot API's methods over the state, with the real server's texts for what is wrong.

import { utf8Length } from "../../../src/base/utf8.ts";
import type { TgButton, TgMessage, TgState } from "./telegram-state.ts";
import { messageKey } from "./telegram-state.ts";

/** Reply of one method: a result, or an error as the server words it. */
export type TgReply = { result: unknown } | { code: number; description: string; retryAfterS?: number };

export type Params = Readonly<Record<string, unknown>>;

const bad = (description: string): TgReply => ({ code: 400, description: `Bad Request: ${description}` });

interface Ctx {
  state: TgState;
  wallMs: number;
  params: Params;
}

function chatOf({ state, params }: Ctx): { id: number; known: TgMessage | undefined } {
  const id = Number(params["chat_id"]);
  return { id, known: [...state.messages.values()].find((m) => m.chat.id === id) };
}

/** JSON in a JSON body, JSON text in a form or query. */
function structure<T>(x: unknown): T | undefined {
  if (typeof x !== "string") return x as T | undefined;
  return JSON.parse(x) as T;
}

function textOf({ params }: Ctx): string | TgReply {
  const text = String(params["text"] ?? "");
  if (text.trim() === "") return bad("message text is empty");
  return text.length > 4096 ? bad("message is too long") : text;
}

function keyboardOf({ params }: Ctx): { inline_keyboard: TgButton[][] } | undefined | TgReply {
  const markup = structure<{ inline_keyboard?: TgButton[][] }>(params["reply_markup"]);
  const rows = markup?.inline_keyboard ?? [];
  for (const b of rows.flat()) {
    const size = utf8Length(b.callback_data);
    if (size < 1 || size > 64) return bad("BUTTON_DATA_INVALID");
  }
  return rows.length === 0 ? undefined : { inline_keyboard: rows };
}

const isReply = (x: object | undefined): x is TgReply => x !== undefined && ("code" in x || "result" in x);

function record(ctx: Ctx, method: string, m: TgMessage): void {
  ctx.state.done.push({ method, chat: m.chat.id, messageId: m.message_id, text: m.text, atMs: ctx.wallMs });
}

function sendMessage(ctx: Ctx): TgReply {
  const { id, known } = chatOf(ctx);
  if (known === undefined) return bad("chat not found");
  const text = textOf(ctx);
  if (typeof text !== "string") return text;
  const keyboard = keyboardOf(ctx);
  if (isReply(keyboard)) return keyboard;
  const { state } = ctx;
  const message: TgMessage = {
    message_id: state.messageId(id),
    chat: known.chat,
    from: state.bot,
    date: Math.floor(ctx.wallMs / 1000),
    text,
    ...(keyboard === undefined ? {} : { reply_markup: keyboard }),
  };
  state.messages.set(messageKey(id, message.message_id), message);
  record(ctx, "sendMessage", message);
  state.tell(message, "new");
  return { result: message };
}

const UNMODIFIED =
  "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";

function edit(ctx: Ctx, withText: boolean): TgReply {
  const { id } = chatOf(ctx);
  const message = ctx.state.messages.get(messageKey(id, Number(ctx.params["message_id"])));
  if (message === undefined) return bad("message to edit not found");
  if (message.from.id !== ctx.state.bot.id) return bad("message can't be edited");
  const text = withText ? textOf(ctx) : message.text;
  if (typeof text !== "string") return text;
  const keyboard = keyboardOf(ctx);
  if (isReply(keyboard)) return keyboard;
  if (text === message.text && JSON.stringify(keyboard) === JSON.stringify(message.reply_markup))
    return bad(UNMODIFIED);
  message.text = text;
  if (keyboard === undefined) delete message.reply_markup;
  else message.reply_markup = keyboard;
  record(ctx, withText ? "editMessageText" : "editMessageReplyMarkup", message);
  ctx.state.tell(message, "edit");
  return { result: message };
}

function answerCallbackQuery(ctx: Ctx): TgReply {
  const id = String(ctx.params["callback_query_id"]);
  if (ctx.state.presses.get(id) !== false) {
    return bad("query is too old and response timeout expired or query ID is invalid");
  }
  ctx.state.presses.set(id, true);
  return { result: true };
}

const METHODS: Readonly<Record<string, (ctx: Ctx) => TgReply>> = {
  getme: ({ state }) => ({ result: { ...state.bot, can_join_groups: true, can_read_all_group_messages: false } }),
  sendmessage: sendMessage,
  editmessagetext: (ctx) => edit(ctx, true),
  editmessagereplymarkup: (ctx) => edit(ctx, false),
  answercallbackquery: answerCallbackQuery,
  sendchataction: (ctx) => (chatOf(ctx).known === undefined ? bad("chat not found") : { result: true }),
  setmycommands: () => ({ result: true }),
  deletewebhook: () => ({ result: true }),
  getwebhookinfo: ({ state }) => ({ result: { url: "", pending_update_count: state.queue.length } }),
};

/** Runs one method other than getUpdates. Names are not case-sensitive. */
export function runMethod(state: TgState, method: string, params: Params, wallMs: number): TgReply {
  const run = METHODS[method.toLowerCase()];
  return run === undefined ? { code: 404, description: "Not Found: method not found" } : run({ state, params, wallMs });
}
