// Albums: Telegram sends each picture of one as a message of its own; they share an id
// (https://core.telegram.org/bots/api#message, media_group_id). For us they are one question.

import * as z from "zod/mini";
import { isFault, type Outcome } from "../../base/fault.ts";
import { IMAGES_MAX } from "../../base/limits-models.ts";
import { type Asked, readUpdate, type TelegramBot, type TelegramUpdate } from "./telegram-format.ts";

const member = () => z.object({ media_group_id: z.string() });

/** The id of the album that an update is part of; "" for others. */
export function albumOf(u: TelegramUpdate | undefined): string {
  const found = member().safeParse(u?.message);
  return found.success ? found.data.media_group_id : "";
}

/** Updates of one album together, all others alone. */
export function grouped(updates: readonly TelegramUpdate[]): TelegramUpdate[][] {
  const groups: TelegramUpdate[][] = [];
  for (const update of updates) {
    const album = albumOf(update);
    const known = album === "" ? undefined : groups.find(([first]) => albumOf(first) === album);
    if (known === undefined) groups.push([update]);
    else known.push(update);
  }
  return groups;
}

/** What a group asks of us: the first message, with the words and pictures of the others. */
export function readGroup(group: readonly TelegramUpdate[], bot: TelegramBot, nowMs: number): Outcome<Asked | null> {
  const all = group.map((u) => readUpdate(u, bot, nowMs));
  const [first = null] = all;
  if (all.length < 2 || first === null || isFault(first)) return first;
  const messages = all.flatMap((a) => (a === null || isFault(a) ? [] : [a.inbound]));
  const pictures = messages.flatMap((m) => m.pictures ?? []);
  const texts = messages.map((m) => m.text).filter((text) => text !== "");
  const left = pictures.length - IMAGES_MAX;
  if (left > 0) texts.push(`[${left} more came; ${IMAGES_MAX} pictures of a message are looked at. Tell the person.]`);
  return { ...first, inbound: { ...first.inbound, text: texts.join("\n"), pictures: pictures.slice(0, IMAGES_MAX) } };
}
