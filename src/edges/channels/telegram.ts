// Telegram: text in by long polling (telegram-inbound.ts), plain text with buttons out.
// A message may be sent twice when the fate of the first try is unknown, as Telegram has no
// key to tell it by. Source: https://core.telegram.org/bots/api#sendmessage

import { base64 } from "../../base/bytes.ts";
import { isFault, type Wait } from "../../base/fault.ts";
import { type Image, readImage } from "../../base/image.ts";
import { TELEGRAM_SEND_MS, TELEGRAM_TEXT_UNITS_MAX } from "../../base/limits.ts";
import type { Scope } from "../../base/scope.ts";
import type { Channel, Outbound } from "../../port/channel.ts";
import {
  callTelegram,
  fetchTelegramFile,
  migratedTo,
  says,
  type TelegramConfig,
  type TelegramKit,
  telegramConfig,
} from "./telegram-api.ts";
import { chatId, messageParams, readBot, readFilePath } from "./telegram-format.ts";
import { pollTelegram } from "./telegram-inbound.ts";

/** The Telegram channel. */
export const telegram: Channel<TelegramConfig> = {
  id: "telegram",
  meta: { title: "Telegram", docs: "https://core.telegram.org/bots/api" },
  can: { edit: false, buttons: true, threads: true, textMax: TELEGRAM_TEXT_UNITS_MAX },
  configure: telegramConfig,
  inbound: pollTelegram,
  outbound,
  typing,
  picture,
  check,
};

async function outbound(s: Scope, kit: TelegramKit, m: Outbound): Wait<{ remoteId: string }> {
  const params = messageParams(m);
  if (isFault(params)) return params;
  const send = (): Wait<unknown> => callTelegram(s, kit, "sendMessage", params, TELEGRAM_SEND_MS);
  let sent = await send();
  if (isFault(sent)) {
    // Nothing was sent yet: the same message once more to where it can go.
    const newId = migratedTo(sent);
    if (newId !== null) params["chat_id"] = newId;
    else if (says(sent, "message thread not found")) delete params["message_thread_id"];
    else return sent;
    sent = await send();
  }
  return isFault(sent) ? sent : { remoteId: remoteId(m.chat, sent) };
}

function remoteId(chatText: string, result: unknown): string {
  const id = typeof result === "object" && result !== null && "message_id" in result ? result.message_id : "";
  return typeof id === "number" ? `${chatText}:${id}` : "";
}

async function typing(s: Scope, kit: TelegramKit, chatText: string): Wait<void> {
  const done = await callTelegram(
    s,
    kit,
    "sendChatAction",
    { chat_id: chatId(chatText), action: "typing" },
    TELEGRAM_SEND_MS,
  );
  if (isFault(done)) return done;
}

async function picture(s: Scope, kit: TelegramKit, ref: string): Wait<Image> {
  const found = await callTelegram(s, kit, "getFile", { file_id: ref }, TELEGRAM_SEND_MS);
  const path = isFault(found) ? found : readFilePath(found);
  const bytes = isFault(path) ? path : await fetchTelegramFile(s, kit, path);
  return isFault(bytes) ? bytes : readImage(base64(bytes));
}

async function check(s: Scope, kit: TelegramKit): Wait<string> {
  const result = await callTelegram(s, kit, "getMe", {}, TELEGRAM_SEND_MS);
  if (isFault(result)) return result;
  const bot = readBot(result);
  return isFault(bot) ? bot : `The bot @${bot.username} (${bot.id}) answers.`;
}
