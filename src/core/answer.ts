// The answer of a turn as pieces for a channel: redacted, printable, plans in full with
// their buttons, split by the channel's own bound. A plan that cannot be shown is not offered.

import { ANSWER_BYTES_MAX, APPROVAL_MS, REPLY_PIECES_MAX } from "../base/limits.ts";
import { redact } from "../base/secret.ts";
import { cutBytes, cutUnits, printable, splitUnits } from "../base/text.ts";
import { formatDuration } from "../base/time.ts";
import type { Said } from "../port/agent.ts";
import type { Button, Inbound, Outbound } from "../port/channel.ts";
import type { BoundChannel, CoreDeps } from "./deps.ts";
import { LIFELINE_WORD } from "./plan-id.ts";
import type { Draft } from "./plans.ts";
import { inKey, outKey } from "./rows.ts";
import type { TurnResult } from "./turn-types.ts";

export interface Reply {
  readonly said: Said;
  readonly pieces: readonly Outbound[];
  /** Those plans that are shown, and so may be opened. */
  readonly shown: readonly Draft[];
}

/** Smallest room for a piece that still makes sense. */
const PIECE_UNITS_MIN = 64;

function cardOf({ id, plan }: Draft, once: boolean, clean: (text: string) => string): string {
  const name = once ? "Plan" : `Plan ${id}`;
  const typed = plan.risk === "lifeline" ? ` ${LIFELINE_WORD}` : "";
  const then = once
    ? "This run has ended and cannot apply it: ask for it again at the prompt (mikroclaw agent) or in a chat of the running gateway, and approve it there."
    : `Approve${typed === "" ? "" : " by typing"}: /approve ${id}${typed}   Refuse: /deny ${id}   (within ${formatDuration(APPROVAL_MS)})`;
  return `${name} (${plan.risk}), not applied yet:\n${clean(plan.diff)}\n${then}`;
}

function buttonsOf(shown: readonly Draft[], pending: string | undefined): Button[] {
  const one = shown.length === 1;
  const keep =
    pending === undefined
      ? []
      : [
          { label: "Keep", press: `k:${pending}` },
          { label: "Take back", press: `r:${pending}` },
        ];
  const plans = shown.flatMap((d) => [
    ...(d.plan.risk === "lifeline" ? [] : [{ label: one ? "Approve" : `Approve ${d.id}`, press: `a:${d.id}` }]),
    { label: one ? "Deny" : `Deny ${d.id}`, press: `d:${d.id}` },
  ]);
  return [...keep, ...plans];
}

/** Units that surely fit: a split at a line end leaves a piece at least half full. */
function roomOf(channel: BoundChannel | undefined): { piece: number; all: number } {
  if (channel === undefined || channel.send === undefined) return { piece: ANSWER_BYTES_MAX, all: ANSWER_BYTES_MAX };
  const piece = Math.max(PIECE_UNITS_MIN, channel.can.textMax);
  return { piece, all: Math.floor((piece / 2) * REPLY_PIECES_MAX) };
}

/** The reply of a turn to a message. */
export function composeReply(deps: CoreDeps, m: Inbound, result: TurnResult): Reply {
  const clean = (text: string): string => printable(redact(text, deps.secrets));
  const channel = deps.channels.get(m.channel);
  const room = roomOf(channel);
  const shown: Draft[] = [];
  let cards = "";
  for (const draft of result.drafts ?? []) {
    const card = `\n\n${cardOf(draft, deps.once === true, clean)}`;
    if (cards.length + card.length <= room.all - PIECE_UNITS_MIN) {
      shown.push(draft);
      cards += card;
    }
  }
  const hidden = (result.drafts?.length ?? 0) - shown.length;
  const note = hidden > 0 ? "\n(A plan was too long to be shown here and is not offered; do it in smaller steps.)" : "";
  const main = cutBytes(clean(result.text).trim(), ANSWER_BYTES_MAX, "\n[… cut]") + note;
  const left = Math.max(PIECE_UNITS_MIN, room.all - cards.length - 32);
  const text = (main.length > left ? `${cutUnits(main, left)}\n[… the rest was cut]` : main) + cards;
  const whole = text.trim() === "" ? "(empty answer)" : text.trim();
  return {
    said: saidOf(whole, shown[0], clean, result),
    pieces: piecesOf(m, whole, room.piece, buttonsOf(shown, result.pending)),
    shown,
  };
}

function saidOf(reply: string, first: Draft | undefined, clean: (t: string) => string, result: TurnResult): Said {
  return {
    reply,
    ...(first === undefined ? {} : { plan: { id: first.id, risk: first.plan.risk, diff: clean(first.plan.diff) } }),
    ...(result.fault === undefined ? {} : { failed: true }),
  };
}

function piecesOf(m: Inbound, text: string, max: number, buttons: Button[]): Outbound[] {
  const texts = splitUnits(text, max).filter((t) => t.trim() !== "");
  const pieces = texts.slice(0, REPLY_PIECES_MAX);
  return pieces.map((piece, i) => ({
    key: outKey(inKey(m), i),
    channel: m.channel,
    account: m.account,
    chat: m.chat,
    ...(m.thread === undefined ? {} : { thread: m.thread }),
    text: piece,
    ...(i === pieces.length - 1 && buttons.length > 0 ? { buttons } : {}),
  }));
}
