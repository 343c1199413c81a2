// People in Telegram chats: they write, read what the bot answers, and press buttons, by
// script or by seed. Times are virtual.

import type { Prng } from "../../../src/host/sim/prng.ts";
import type { World } from "../../../src/host/sim/sim.ts";
import type { TelegramServer } from "./telegram-server.ts";
import { messageKey, type TgMessage, type TgUser } from "./telegram-state.ts";

export interface Person {
  readonly user: TgUser;
  readonly chat: number;
  /** Messages this person sent, by id, in order. */
  readonly said: Array<{ id: number; text: string; atMs: number }>;
  /** What the bot wrote to this chat, as it reads now, in order. */
  heard(): readonly TgMessage[];
  says(text: string): number;
  /** Presses the first button whose label or data holds `what`, on that message or the newest with such a button. */
  presses(what: string, messageId?: number): boolean;
}

/** A person with a private chat with the bot. The chat's id is the person's. */
export function makePerson(w: World, server: TelegramServer, id: number, name: string): Person {
  const { state } = server;
  const user: TgUser = { id, is_bot: false, first_name: name, username: name.toLowerCase() };
  const chat = { id, type: "private" as const };
  const said: Array<{ id: number; text: string; atMs: number }> = [];
  const heard = (): TgMessage[] => [...state.messages.values()].filter((m) => m.chat.id === id && m.from.is_bot);
  const date = (): number => Math.floor(server.host.clock.wallMs() / 1000);
  let pressed = 0;
  return {
    user,
    chat: id,
    said,
    heard,
    says(text) {
      const message: TgMessage = { message_id: state.messageId(id), chat, from: user, date: date(), text };
      state.messages.set(messageKey(id, message.message_id), message);
      said.push({ id: message.message_id, text, atMs: w.nowMs() });
      state.put({ message });
      return message.message_id;
    },
    presses(what, messageId) {
      const on = heard().filter((m) => messageId === undefined || m.message_id === messageId);
      const fits = (b: { text: string; callback_data: string }): boolean =>
        `${b.text}\n${b.callback_data}`.includes(what);
      const message = on.findLast((m) => m.reply_markup?.inline_keyboard.flat().some(fits));
      const button = message?.reply_markup?.inline_keyboard.flat().find(fits);
      if (message === undefined || button === undefined) return false;
      pressed += 1;
      const query = `${id}0${pressed}`;
      state.presses.set(query, false);
      const frozen = { ...message };
      state.put({
        callback_query: { id: query, from: user, message: frozen, chat_instance: "1", data: button.callback_data },
      });
      return true;
    },
  };
}

export interface Habits {
  /** How many messages the person sends. */
  messages: number;
  /** Longest pause before the next one. */
  pauseMaxMs: number;
  texts: readonly string[];
  /** Of a hundred offers with buttons, how many are pressed, and of those how many twice. */
  pressPercent?: number;
  doublePercent?: number;
}

/** Lets a person live by seed: messages at random times, buttons pressed some time after they appear. */
export function live(w: World, server: TelegramServer, person: Person, prng: Prng, habits: Habits): void {
  let atMs = w.nowMs();
  for (let i = 0; i < habits.messages; i += 1) {
    atMs += prng.between(1, habits.pauseMaxMs);
    const text = prng.pick(habits.texts);
    w.at(atMs, () => void person.says(text));
  }
  server.state.onBotMessage((m, how) => {
    const buttons = m.reply_markup?.inline_keyboard.flat() ?? [];
    if (m.chat.id !== person.chat || how !== "new" || buttons.length === 0) return;
    if (!prng.chance(habits.pressPercent ?? 80)) return;
    const what = prng.pick(buttons).callback_data;
    const pauseMs = prng.between(200, 20_000);
    w.at(w.nowMs() + pauseMs, () => void person.presses(what, m.message_id));
    if (!prng.chance(habits.doublePercent ?? 20)) return;
    w.at(w.nowMs() + pauseMs + prng.between(1, 500), () => void person.presses(what, m.message_id));
  });
}
