// Pictures of a message: fetched when its turn begins, shown to the model while it lasts, and
// then forgotten but for a mark. A picture that cannot be shown is told of in words.

import { isFault, type Outcome, sayFault } from "../base/fault.ts";
import type { Image } from "../base/image.ts";
import { MESSAGE_ID_CHARS_MAX } from "../base/limits.ts";
import { IMAGE_FETCH_MS, IMAGES_MAX, IMAGES_UNITS_MAX } from "../base/limits-models.ts";
import { type Scope, withScope } from "../base/scope.ts";
import { count } from "../base/text.ts";
import type { Inbound } from "../port/channel.ts";
import type { Message } from "../port/provider.ts";
import { changed } from "./compact.ts";
import type { BoundChannel } from "./deps.ts";

/** The person's words with the pictures that came with them. */
export async function questionOf(
  s: Scope,
  channel: BoundChannel | undefined,
  { pictures = [] }: Inbound,
  words: string,
): Promise<Message> {
  const got = await Promise.all(
    pictures.map(async (p): Promise<Outcome<Image> | undefined> => {
      if ("data" in p) return p;
      return withScope(s, IMAGE_FETCH_MS, async (fs) => channel?.picture?.(fs, p.ref));
    }),
  );
  const images = got.filter((g): g is Image => g !== undefined && !isFault(g));
  const lost = got.flatMap((g) => (isFault(g) ? [`It could not be fetched: ${sayFault(g)}`] : []));
  const text = [words, ...lost.map((why) => told(1, why))].filter((t) => t !== "").join("\n");
  const question: Message = { role: "user", text: text === "" ? "(A picture without words.)" : text };
  return images.length === 0 ? question : { ...question, images };
}

/** Words in the place of pictures. */
function told(pictures: number, why: string): string {
  return `[${count(pictures, "picture")} came with this. ${why}]`;
}

/** The message with its pictures told in words; `why` they are not there. */
export function withoutPictures(m: Message, why: string): Message {
  if (m.role !== "user" || m.images === undefined) return m;
  return { role: "user", text: `${m.text}\n${told(m.images.length, why)}` };
}

/** What a conversation keeps: many pictures would fill a router's memory. */
export function forgetPictures(messages: readonly Message[]): readonly Message[] {
  return messages.map((m) =>
    m.role === "user" && m.images !== undefined
      ? changed(m, (own) => withoutPictures(own, "You saw it then; it is not kept."))
      : m,
  );
}

/** False for more pictures, or larger ones, than a message may have. */
export function arePictures(pictures: Inbound["pictures"] = []): boolean {
  let units = 0;
  for (const p of pictures) units += "data" in p ? p.data.length : 0;
  const named = pictures.every((p) => "data" in p || p.ref.length <= MESSAGE_ID_CHARS_MAX);
  return named && pictures.length <= IMAGES_MAX && units <= IMAGES_UNITS_MAX;
}

/** The message as its row keeps it: what can be fetched again, and words for the rest. */
export function keptOf({ pictures = [], ...m }: Inbound): Inbound {
  const refs = pictures.filter((p) => "ref" in p);
  const gone = pictures.length - refs.length;
  const text = gone === 0 ? m.text : `${m.text}\n${told(gone, "It was lost when the program ended.")}`;
  return refs.length === 0 ? { ...m, text } : { ...m, text, pictures: refs };
}
