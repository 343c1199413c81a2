// Telegram's long poll. The offset never passes an unsettled message, so nothing is lost by a
// restart; nothing that Telegram or the network does ends the poller but a refused token.
// Source: https://core.telegram.org/bots/api#getupdates

import { type Fault, fault, isFault, type Wait } from "../../base/fault.ts";
import {
  DRAIN_MS,
  RETRY_AFTER_MS_MAX,
  RETRY_FIRST_MS,
  TELEGRAM_BACKOFF_MS_MAX,
  TELEGRAM_POLL_S,
  TELEGRAM_POLL_SLACK_MS,
  TELEGRAM_SEND_MS,
  TELEGRAM_SETTLE_MS,
  TELEGRAM_UNSETTLED_MS,
} from "../../base/limits.ts";
import { powerOfTwo } from "../../base/power.ts";
import { type Launched, launch, orStop, type Scope, withScope } from "../../base/scope.ts";
import type { Sink } from "../../port/channel.ts";
import { albumOf, grouped, readGroup } from "./telegram-album.ts";
import { callTelegram, says, type TelegramKit } from "./telegram-api.ts";
import { type Press, readBot, readUpdates, type TelegramBot, type TelegramUpdate } from "./telegram-format.ts";
import { makePlace, type Place } from "./telegram-poll.ts";

// The setting is sticky at Telegram, so it goes with every poll.
const ALLOWED_UPDATES = ["message", "callback_query"];
const LIMIT = 100;

interface Poller {
  readonly kit: TelegramKit;
  readonly sink: Sink;
  readonly place: Place;
  /** Side calls (answering presses) that run beside the poll. */
  readonly side: Set<Promise<unknown>>;
  bot: TelegramBot;
  closing: boolean;
  /** The wait that a close ends: a poll or a pause. */
  current: Launched<unknown> | null;
  /** The album that the last poll ended with; "": none. */
  album: string;
  /** Failures in a row. */
  failures: number;
  /** The core takes no more for now; said once. */
  isHeld: boolean;
}

/** Polls until the sink closes or the token is refused. */
export async function pollTelegram(s: Scope, kit: TelegramKit, sink: Sink): Wait<void> {
  const p: Poller = {
    kit,
    sink,
    place: makePlace(kit.clock.monoMs()),
    side: new Set(),
    bot: { id: "", username: "" },
    closing: false,
    current: null,
    album: "",
    failures: 0,
    isHeld: false,
  };
  const forget = sink.onClose(() => {
    p.closing = true;
    p.current?.stop(fault("stopped", "The channel is closing."));
  });
  const ended = await pollUntilClosed(s, p);
  forget();
  if (isFault(ended)) return ended;
  return finish(s, p);
}

async function pollUntilClosed(s: Scope, p: Poller): Wait<void> {
  while (!p.closing) {
    if (s.stopped !== null) return s.stopped;
    const startMs = p.kit.clock.monoMs();
    const isFirst = p.bot.id === "";
    const done = isFirst ? await introduce(s, p) : await pollOnce(s, p);
    const waitMs = isFault(done) ? await afterFault(s, p, done) : afterGood(p);
    if (isFault(waitMs)) return waitMs;
    // Some servers answer at once with nothing; the floor keeps that from becoming a spin.
    const floorMs = isFirst ? 0 : startMs + TELEGRAM_UNSETTLED_MS - p.kit.clock.monoMs();
    const restMs = Math.max(waitMs, floorMs);
    const rested = await rest(s, p, restMs);
    if (isFault(rested)) return rested;
  }
}

/** Sleeps unless the channel closes; a fault only when the whole scope was stopped. */
async function rest(s: Scope, p: Poller, ms: number): Wait<void> {
  if (ms <= 0) return;
  const slept = await interruptible(s, p, (inner) => p.kit.clock.sleep(inner, ms));
  if (isFault(slept) && s.stopped !== null) return s.stopped;
}

/** A wait that the channel's close ends. */
async function interruptible<T>(s: Scope, p: Poller, run: (inner: Scope) => Wait<T>): Wait<T> {
  const work = launch(s, Infinity, run);
  p.current = work;
  if (p.closing) work.stop(fault("stopped", "The channel is closing."));
  const done = await work.done;
  p.current = null;
  return done;
}

/** Learns the bot's id and name: commands in groups are addressed to it. */
async function introduce(s: Scope, p: Poller): Wait<void> {
  const result = await interruptible(s, p, (inner) => callTelegram(inner, p.kit, "getMe", {}, TELEGRAM_SEND_MS));
  if (isFault(result)) return result;
  const bot = readBot(result);
  if (isFault(bot)) return bot;
  p.bot = bot;
  p.kit.log.event("info", "telegram.ready", { bot: bot.username, id: bot.id });
}

function pollParams(place: Place, nowMs: number, timeout: number, limit: number): Record<string, unknown> {
  const offset = place.offset(nowMs);
  return { ...(offset === null ? {} : { offset }), timeout, limit, allowed_updates: ALLOWED_UPDATES };
}

async function pollOnce(s: Scope, p: Poller): Wait<void> {
  const { kit, place } = p;
  // While something is unsettled the same updates come again at once, so nothing is waited for.
  const timeout = place.open > 0 ? 0 : TELEGRAM_POLL_S;
  const params = pollParams(place, kit.clock.monoMs(), timeout, LIMIT);
  const result = await interruptible(s, p, (inner) =>
    callTelegram(inner, kit, "getUpdates", params, timeout * 1_000 + TELEGRAM_POLL_SLACK_MS),
  );
  if (isFault(result)) return result;
  const updates = readUpdates(result);
  if (isFault(updates)) return updates;
  // The rest of an album may be under way: it is looked for once more.
  const album = albumOf(updates.at(-1));
  const isWhole = album === p.album || album === "";
  p.album = album;
  if (!isWhole) return;
  for (const group of grouped(updates.filter((u) => !place.isKnown(u.update_id)))) {
    if (p.closing) return;
    place.heard(kit.clock.monoMs());
    const taken = await takeGroup(s, p, group);
    // What could not be recorded comes again with the next poll, and nothing overtakes it.
    if (!taken) return;
  }
}

/** False when the core cannot take it now. */
async function takeGroup(s: Scope, p: Poller, group: readonly TelegramUpdate[]): Promise<boolean> {
  const { kit, place, sink } = p;
  const ids = group.map((u) => u.update_id);
  const asked = readGroup(group, p.bot, kit.clock.wallMs());
  if (isFault(asked)) kit.log.event("warn", "telegram.skipped", { update: ids.join(), what: asked.what });
  if (isFault(asked) || asked === null) {
    ids.forEach(place.skipped);
    return true;
  }
  const accepted = await sink.accept(s, asked.inbound);
  if (isFault(accepted)) return refused(p, ids, accepted);
  p.isHeld = false;
  ids.forEach(place.opened);
  if (asked.press !== null) answerPress(s, p, asked.press);
  void accepted.settled.then((how) => {
    ids.forEach(place.settled);
    if (asked.press !== null && how !== "refused") removeKeyboard(s, p, asked.press);
  });
  return true;
}

/** What a later try may mend is tried again; the rest would block the queue for ever. */
function refused(p: Poller, ids: readonly number[], why: Fault): boolean {
  const isPassing = PASSING.has(why.fault);
  if (!isPassing || !p.isHeld)
    p.kit.log.event("warn", isPassing ? "telegram.held" : "telegram.refused", { update: ids.join(), what: why.what });
  p.isHeld = isPassing;
  if (!isPassing) ids.forEach(p.place.skipped);
  return !isPassing;
}

const PASSING: ReadonlySet<Fault["fault"]> = new Set(["limit", "timeout", "unreachable", "failed", "stopped"]);

function beside(s: Scope, p: Poller, method: string, params: Record<string, unknown>): void {
  if (s.stopped !== null) return;
  const call = callTelegram(s, p.kit, method, params, TELEGRAM_SEND_MS).then((done) => {
    // Too old, gone or unchanged: nothing that anybody could do something about.
    if (isFault(done)) p.kit.log.event("debug", "telegram.aside", { method, what: done.what });
    p.side.delete(call);
  });
  p.side.add(call);
}

/** Else the button shows a spinner for a minute. */
function answerPress(s: Scope, p: Poller, press: Press): void {
  beside(s, p, "answerCallbackQuery", { callback_query_id: press.queryId });
}

/** A decided question has no buttons any more. */
function removeKeyboard(s: Scope, p: Poller, press: Press): void {
  if (press.messageId === null) return;
  beside(s, p, "editMessageReplyMarkup", {
    chat_id: press.chatId,
    message_id: press.messageId,
    reply_markup: { inline_keyboard: [] },
  });
}

function afterGood(p: Poller): number {
  if (p.failures > 0) p.kit.log.event("info", "telegram.again", { failures: p.failures });
  p.failures = 0;
  return 0;
}

/** How long to wait after a failure, or the fault that ends the channel. */
async function afterFault(s: Scope, p: Poller, f: Fault): Wait<number> {
  if (p.closing) return 0;
  if (s.stopped !== null) return s.stopped;
  // Only Telegram's own word ends the channel; a certificate may be right again tomorrow.
  if (f.fault === "denied" && f.code !== "tls") return f;
  const isWebhook = f.code === "telegram_409" && says(f, "webhook");
  if (isWebhook) {
    p.kit.log.event("warn", "telegram.webhook", {
      what: "A webhook was set for this bot; it is removed, as this program polls.",
    });
    const deleted = await callTelegram(s, p.kit, "deleteWebhook", { drop_pending_updates: false }, TELEGRAM_SEND_MS);
    if (isFault(deleted)) p.kit.log.event("warn", "telegram.webhook", { what: deleted.what });
  }
  // One line for a whole outage.
  if (p.failures === 0 && !isWebhook) tellOutage(p, f);
  p.failures += 1;
  const backOffMs = Math.min(TELEGRAM_BACKOFF_MS_MAX, RETRY_FIRST_MS * powerOfTwo(Math.min(p.failures, 10)));
  return Math.min(f.retryAfterMs ?? backOffMs, RETRY_AFTER_MS_MAX);
}

function tellOutage(p: Poller, f: Fault): void {
  const isOther = f.code === "telegram_409";
  const next = isOther
    ? "Another program polls with the same bot token; stop it, or give each its own bot."
    : (f.next ?? "Trying again.");
  p.kit.log.event("warn", isOther ? "telegram.conflict" : "telegram.failing", { what: f.what, next });
}

/** Waits for what is unsettled, bounded, and confirms what is settled so that it does not come again. */
async function finish(s: Scope, p: Poller): Wait<void> {
  const { kit, place } = p;
  const quiet = place.allSettled().then(() => Promise.all([...p.side]));
  const settled = await withScope(s, TELEGRAM_SETTLE_MS, (inner) => orStop(inner, quiet));
  if (isFault(settled)) kit.log.event("info", "telegram.unsettled", { open: place.open });
  if (place.offset(kit.clock.monoMs()) === null || p.bot.id === "") return;
  const confirmed = await callTelegram(s, kit, "getUpdates", pollParams(place, kit.clock.monoMs(), 0, 1), DRAIN_MS);
  if (isFault(confirmed)) kit.log.event("debug", "telegram.unconfirmed", { what: confirmed.what });
}
