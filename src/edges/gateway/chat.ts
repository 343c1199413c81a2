// `POST /chat`: one message in, its answer out, whole or as events. The turn belongs to the
// gateway, not to the connection: a client that goes away does not end it. Each token has
// its own conversations.

import * as z from "zod/mini";
import { hex } from "../../base/bytes.ts";
import { type Fault, fault, isFault, type Outcome, refault, type Wait } from "../../base/fault.ts";
import { type Image, imageTooBig, readImage } from "../../base/image.ts";
import { parseJson } from "../../base/json.ts";
import { CHAT_BODY_BYTES_MAX, CHAT_NAME_UNITS_MAX } from "../../base/limits.ts";
import { IMAGES_HELD_UNITS_MAX, IMAGES_MAX, IMAGES_UNITS_MAX } from "../../base/limits-models.ts";
import { type Launched, launch, orStop, type Scope } from "../../base/scope.ts";
import { oneLine, printable } from "../../base/text.ts";
import { decodeUtf8Strict } from "../../base/utf8.ts";
import { contentCoding, headerValue } from "../../net/http-head.ts";
import type { Agent, Progress, Said } from "../../port/agent.ts";
import type { Inbound } from "../../port/channel.ts";
import type { Clock, Random } from "../../port/clock.ts";
import type { Headers, Incoming, Reply } from "../../port/http.ts";
import { schemaOf } from "../../port/schema.ts";
import { makeChatEvents } from "./chat-events.ts";
import { faultBody, jsonReply } from "./reply.ts";

const CHAT_USUAL = "main";
const MESSAGE_ID_BYTES = 16;
const FIELDS = ["message", "chat", "images"];
const NEXT_BODY =
  'Send a body like {"message":"which devices are on my network?","chat":"kitchen"}; "chat" may be left out, and "images" added: a list of base64 texts.';

const chatBody = () =>
  z.strictObject({
    message: z.optional(z.string()),
    images: z.optional(z.array(z.string())),
    chat: z.optional(z.string().check(z.maxLength(CHAT_NAME_UNITS_MAX), z.regex(/^[A-Za-z0-9._-]+$/))),
  });

export interface ChatParts {
  agent: Agent;
  clock: Clock;
  random: Random;
  /** Base64 of the pictures of all turns under way. */
  readonly held: { units: number };
}

/** Answers one request of the client `who`. `home` is the gateway's own scope. */
export async function answerChat(s: Scope, home: Scope, parts: ChatParts, who: string, r: Incoming): Wait<Reply> {
  const asked = await readBody(s, r);
  if (isFault(asked)) return asked;
  const pictures = picturesOf(asked.images ?? []);
  if (isFault(pictures)) return pictures;
  const chat = asked.chat ?? CHAT_USUAL;
  const m: Inbound = {
    channel: "http",
    account: "local",
    chat: `${who}:${chat}`,
    sender: who,
    messageId: hex(parts.random.bytes(MESSAGE_ID_BYTES)),
    text: asked.message ?? "",
    ...(pictures.length === 0 ? {} : { pictures }),
    sentMs: parts.clock.wallMs(),
  };
  // The core bounds a turn; a cap here would only cut off its last word.
  const { held } = parts;
  const units = unitsOf(pictures);
  if (held.units + units > IMAGES_HELD_UNITS_MAX) return tooManyHeld();
  held.units += units;
  const start = (onProgress?: (p: Progress) => void): Launched<Said> => {
    const turn = launch(home, Infinity, (ts) => parts.agent.say(ts, m, onProgress));
    const free = (): void => {
      held.units -= units;
    };
    void turn.done.then(free, free);
    return turn;
  };
  if (wantsEvents(r.headers)) return streamed(start, chat);
  const said = await orStop(s, start().done);
  return isFault(said) ? said : jsonReply(200, finalOf(said, chat));
}

function tooManyHeld(): Fault {
  return fault("limit", "Too many pictures wait here.", {
    code: "busy",
    next: "Send it again in a minute.",
    retryAfterMs: 60_000,
  });
}

/** The pictures of a body. */
function picturesOf(texts: readonly string[]): Outcome<readonly Image[]> {
  const pictures: Image[] = [];
  for (const text of texts) {
    const picture = readImage(text);
    if (isFault(picture)) return picture;
    pictures.push(picture);
  }
  if (pictures.length <= IMAGES_MAX) return unitsOf(pictures) > IMAGES_UNITS_MAX ? imageTooBig() : pictures;
  return fault("input", `A message may have ${IMAGES_MAX} pictures.`, { code: "image_count", next: "Send fewer." });
}

const unitsOf = (pictures: readonly Image[]): number => pictures.reduce((sum, p) => sum + p.data.length, 0);

async function readBody(s: Scope, r: Incoming): Wait<z.infer<ReturnType<typeof chatBody>>> {
  const type = headerValue(r.headers, "content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    return fault("input", "The body must be JSON.", {
      code: "media_type",
      next: "Send the header Content-Type: application/json",
    });
  }
  if (contentCoding(r.headers) !== "identity")
    return fault("input", "The body is compressed, which is not taken.", {
      code: "media_type",
      next: "Send it without Content-Encoding.",
    });
  const bytes = await r.body(s, CHAT_BODY_BYTES_MAX);
  if (isFault(bytes)) return bytes;
  const text = decodeUtf8Strict(bytes);
  if (isFault(text)) return refault(text, { next: NEXT_BODY });
  const value = parseJson(text);
  if (isFault(value)) return refault(value, { next: NEXT_BODY });
  const body = schemaOf(chatBody).safeParse(value);
  if (!body.success) return fault("input", wrongBody(value), { code: "invalid", next: NEXT_BODY });
  const { message, images = [] } = body.data;
  if (message?.trim() || images.length > 0) return body.data;
  if (message === undefined) return fault("input", wrongBody(value), { code: "invalid", next: NEXT_BODY });
  return fault("input", "The message is empty.", { code: "empty_message", next: NEXT_BODY });
}

// In the client's words: a schema's own would quote its patterns.
function wrongBody(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "The body is no JSON object.";
  const strange = Object.keys(value).find((key) => !FIELDS.includes(key));
  if (strange !== undefined) return `The body has a field that is not known here: ${oneLine(printable(strange), 40)}.`;
  const { message, images = [] }: { message?: unknown; images?: unknown } = value;
  if (typeof message !== "string") return 'The body has no text as its "message".';
  const areTexts = Array.isArray(images) && images.every((i) => typeof i === "string");
  if (!areTexts) return 'The "images" must be a list of base64 texts.';
  return `The name of the chat must be 1 to ${CHAT_NAME_UNITS_MAX} letters, digits, ".", "_" or "-".`;
}

function wantsEvents(headers: Headers): boolean {
  const accept = headerValue(headers, "accept")?.toLowerCase() ?? "";
  return accept.split(",").some((type) => type.split(";")[0]?.trim() === "text/event-stream");
}

/** A failure that the person is told of is an answer as well; `failed` marks it for programs. */
function finalOf({ reply, failed, plan }: Said, chat: string): Said & { chat: string } {
  return { reply, chat, ...(failed === true ? { failed } : {}), ...(plan === undefined ? {} : { plan }) };
}

function streamed(start: (onProgress: (p: Progress) => void) => Launched<Said>, chat: string): Reply {
  const events = makeChatEvents();
  const turn = start((p) => events.progress(p));
  void turn.done.then(
    (said) => (isFault(said) ? events.finish("error", faultBody(said)) : events.finish("final", finalOf(said, chat))),
    () => events.finish("error", { error: "An internal error ended this turn; it was reported.", code: "internal" }),
  );
  return {
    status: 200,
    headers: [
      ["content-type", "text/event-stream; charset=utf-8"],
      ["cache-control", "no-store"],
    ],
    pump: (s, out) => events.pump(s, out),
  };
}
