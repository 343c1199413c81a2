// What the Bot API does and telegram-test-api does not, put before that server: an update comes
// again until a poll with a higher offset confirms it, a poll waits for updates, and what the
// bot sends can be held back. Source: https://core.telegram.org/bots/api#getupdates

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import TelegramServer from "telegram-test-api";
import { freePort } from "./ports.ts";

interface Update {
  update_id: number;
}

/** A message of the bot as the test server keeps it. */
export interface Sent {
  messageId: number;
  chat: string;
  text: string;
  /** Label → data of the buttons that it has now. */
  buttons: Readonly<Record<string, string>>;
}

export interface TelegramFront {
  /** For TELEGRAM_API_ROOT. */
  readonly url: string;
  readonly server: InstanceType<typeof TelegramServer>;
  /** Methods other than getUpdates that were called, in turn. */
  readonly called: Array<{ method: string; chat: string }>;
  /** While true, sendMessage waits before it has any effect. */
  hold: boolean;
  /** Photos that getFile finds, by their ids. */
  readonly files: Map<string, Buffer>;
  /** Updates that no poll has confirmed. */
  unconfirmed(): number;
  /** What the bot has sent, oldest first. */
  sent(): Sent[];
  /** Waits until `look` gives something, long enough for a slow machine. */
  until<T>(what: string, look: () => T | undefined | false): Promise<T>;
  close(): Promise<void>;
}

const WAIT_MS = 60_000;
const STEP_MS = 20;
const POLL_MS_MAX = 5_000;

async function bodyOf(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const piece of req) text += String(piece);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** A Bot API on loopback for the bot with this token. */
export async function startTelegram(token: string): Promise<TelegramFront> {
  const server = new TelegramServer({ port: await freePort(), host: "127.0.0.1", storage: "RAM", storeTimeout: 3_600 });
  await server.start();
  let queue: Update[] = [];
  const fetched = (): Update[] => {
    queue.push(...(server.getUpdates(token) as unknown as Update[]));
    return queue;
  };

  const poll = async (res: ServerResponse, params: Record<string, unknown>): Promise<unknown> => {
    const { offset, timeout, limit } = params as { offset?: number; timeout: number; limit: number };
    const endMs = performance.now() + Math.min(timeout * 1_000, POLL_MS_MAX);
    queue = queue.filter((u) => offset === undefined || u.update_id >= offset);
    while (fetched().length === 0 && performance.now() < endMs && !res.destroyed) await pause(STEP_MS);
    return { ok: true, result: res.destroyed ? [] : queue.slice(0, limit) };
  };
  const onward = async (res: ServerResponse, path: string, params: Record<string, unknown>): Promise<unknown> => {
    const method = path.slice(path.lastIndexOf("/") + 1);
    self.called.push({ method, chat: String(params["chat_id"] ?? "") });
    const id = String(params["file_id"]);
    if (method === "getFile" && self.files.has(id))
      return {
        ok: true,
        result: { file_id: id, file_size: self.files.get(id)?.length, file_path: `photos/${id}.png` },
      };
    while (method === "sendMessage" && self.hold && !res.destroyed) await pause(STEP_MS);
    if (res.destroyed) return {};
    const r = await fetch(`${server.config.apiURL}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    res.statusCode = r.status;
    return r.json();
  };
  const front = createServer((req, res) => {
    void bodyOf(req).then(async (params) => {
      const path = req.url ?? "";
      const file = /^\/file\/bot(.+)\/photos\/(.+)\.png$/.exec(path);
      if (file !== null && file[1] === token) {
        self.called.push({ method: "file", chat: file[2] ?? "" });
        res.end(self.files.get(file[2] ?? ""));
        return;
      }
      const answer = path.endsWith("/getUpdates") ? await poll(res, params) : await onward(res, path, params);
      res.setHeader("content-type", "application/json");
      res.end(JSON.stringify(answer));
    });
  }).listen(0, "127.0.0.1");
  await once(front, "listening");

  const self: TelegramFront = {
    url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    server,
    called: [],
    hold: false,
    files: new Map(),
    unconfirmed: () => fetched().length,
    sent: () =>
      server.storage.botMessages.map(({ messageId, message }) => {
        const markup = message.reply_markup as unknown as
          | { inline_keyboard?: Array<Array<{ text: string; callback_data: string }>> }
          | undefined;
        const buttons = Object.fromEntries(
          (markup?.inline_keyboard ?? []).flat().map((b) => [b.text, b.callback_data]),
        );
        return { messageId, chat: String(message.chat_id), text: message.text, buttons };
      }),
    async until(what, look) {
      for (const endMs = performance.now() + WAIT_MS; performance.now() < endMs; await pause(STEP_MS)) {
        const seen = look();
        if (seen !== undefined && seen !== false) return seen;
      }
      throw new Error(
        `${what}: not seen in time; sent so far: ${self
          .sent()
          .slice(-5)
          .map((m) => JSON.stringify(m))
          .join("\n")}`,
      );
    },
    async close() {
      front.closeAllConnections();
      front.close();
      await server.stop();
    },
  };
  return self;
}
