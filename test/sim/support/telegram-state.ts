// What a Telegram Bot API server knows: updates with their queue, chats, messages, button
// presses. Semantics of the queue: core.telegram.org/bots/api#getupdates and the server's
// source, tdlib/telegram-bot-api.

export interface TgUser {
  id: number;
  is_bot: boolean;
  first_name: string;
  username?: string;
}

export interface TgChat {
  id: number;
  type: "private" | "supergroup";
  title?: string;
}

export interface TgButton {
  text: string;
  callback_data: string;
}

export interface TgMessage {
  message_id: number;
  chat: TgChat;
  from: TgUser;
  date: number;
  text: string;
  reply_markup?: { inline_keyboard: TgButton[][] };
}

export interface TgUpdate {
  update_id: number;
  message?: TgMessage;
  callback_query?: { id: string; from: TgUser; message: TgMessage; chat_instance: string; data: string };
}

/** What the bot did, in order. */
export interface TgDone {
  method: string;
  chat: number;
  messageId: number;
  text: string;
  atMs: number;
}

export interface TgState {
  readonly bot: TgUser;
  readonly messages: Map<string, TgMessage>;
  readonly done: TgDone[];
  /** Callback query id → answered. */
  readonly presses: Map<string, boolean>;
  /** Updates that are not confirmed. */
  queue: TgUpdate[];
  /** Updates that were confirmed, newest last. */
  readonly confirmed: TgUpdate[];
  /** Calls `run` at every message of the bot to a chat, new or edited. */
  onBotMessage(run: (m: TgMessage, how: "new" | "edit") => void): void;
  tell(m: TgMessage, how: "new" | "edit"): void;
  put(update: Omit<TgUpdate, "update_id">): TgUpdate;
  /** Forgets what is below `offset`; a negative one keeps only that many from the end. */
  confirm(offset: number): void;
  /** Wakes waiting polls. */
  readonly wakers: Set<() => void>;
  messageId(chat: number): number;
}

/** A bot without messages. Updates are numbered from `firstUpdate`. */
export function makeTgState(bot: TgUser, firstUpdate: number): TgState {
  let nextUpdate = firstUpdate;
  const lastIds = new Map<number, number>();
  const listeners: Array<(m: TgMessage, how: "new" | "edit") => void> = [];
  const state: TgState = {
    bot,
    messages: new Map(),
    done: [],
    presses: new Map(),
    queue: [],
    confirmed: [],
    wakers: new Set(),
    onBotMessage: (run) => void listeners.push(run),
    tell(m, how) {
      for (const run of listeners) run(m, how);
    },
    put(update) {
      const made = { update_id: nextUpdate, ...update };
      nextUpdate += 1;
      state.queue.push(made);
      for (const wake of [...state.wakers]) wake();
      return made;
    },
    confirm(offset) {
      const keep = offset < 0 ? state.queue.slice(offset) : state.queue.filter((u) => u.update_id >= offset);
      state.confirmed.push(...state.queue.filter((u) => !keep.includes(u)));
      state.queue = keep;
    },
    messageId(chat) {
      const id = (lastIds.get(chat) ?? 0) + 1;
      lastIds.set(chat, id);
      return id;
    },
  };
  return state;
}

export const messageKey = (chat: number, id: number): string => `${chat}/${id}`;
