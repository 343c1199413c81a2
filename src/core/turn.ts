// One turn: a button, a slash or console command without a model, or the model loop with
// its tools. Bounded in steps and time; always ends in one answer, and leaves the
// conversation consistent: every call has its result, every question an answer.

import { type Fault, fault, isFault, sayFault, type Wait } from "../base/fault.ts";
import { DEVICE_NAME_CHARS_MAX, MESSAGE_BYTES_MAX, TURN_STEPS_MAX } from "../base/limits.ts";
import type { Scope } from "../base/scope.ts";
import { redact } from "../base/secret.ts";
import { cutBytes, oneLine } from "../base/text.ts";
import type { Answer, Message, Part } from "../port/provider.ts";
import { approve, deny } from "./approve.ts";
import { type Asker, makeAsker } from "./ask.ts";
import { makeCircle } from "./circle.ts";
import { faultResult } from "./command-kit.ts";
import { runSlash } from "./commands.ts";
import { sumUp } from "./compact-summary.ts";
import { makeTalk, type Talk } from "./compact-talk.ts";
import { isPassing } from "./failover.ts";
import { LINK_WAIT } from "./failover-route.ts";
import type { Models } from "./failover-types.ts";
import { decide } from "./keep.ts";
import { sayStopped } from "./lane.ts";
import { forgetPictures, questionOf } from "./pictures.ts";
import { laneKey } from "./rows.ts";
import type { Session } from "./session.ts";
import { type Call, runCalls } from "./toolrun.ts";
import type { TurnCtx, TurnResult } from "./turn-types.ts";

const NO_MODEL = "No language model is configured, so I understand commands only: send /help to see them.";
const NO_MODEL_NEXT = "To talk freely, set LLM_BASE_URL, LLM_API_KEY and MODEL (or OPENROUTER_KEY) and start again.";
const WITHOUT_MODEL = "Without the model these work: /status, /devices, /wan, /log and all others of /help.";
const TOO_MANY_STEPS = `I stopped after ${TURN_STEPS_MAX} steps without coming to an end. Ask for a smaller part of it, or say "go on".`;
const CUT_SHORT = '[The answer was cut at the model\'s length limit; say "go on" for the rest.]';
const CUT_CALL =
  "Error (limit): your answer was cut at the length limit before this call was complete, so it was not run. Call again with shorter arguments.";

/** The answer to one message. */
export async function runTurn(s: Scope, ctx: TurnCtx): Promise<TurnResult> {
  const { press } = ctx.who;
  if (press !== undefined) return runPress(s, ctx, press);
  const text = ctx.who.text.trim();
  if (text === "" && ctx.who.pictures === undefined)
    return { text: "There is no text in this message; I can read text only. Send /help for what I can do." };
  if (text.startsWith("/")) {
    ctx.counters.commands += 1;
    return runSlash(s, ctx, text);
  }
  const { model, router } = ctx.deps;
  if (model !== null) return converse(s, ctx, model, text);
  // Nothing else could be meant by it here.
  const found = router?.commandIn(text) ?? null;
  if (found === "whole") return runTurn(s, { ...ctx, who: { ...ctx.who, text: `/${text}` } });
  const next =
    found === "menu"
      ? `${NO_MODEL_NEXT} A RouterOS command begins with a slash: /${oneLine(text, DEVICE_NAME_CHARS_MAX)}`
      : NO_MODEL_NEXT;
  return faultResult(fault("missing", NO_MODEL, { next, code: "no_model" }));
}

async function runPress(s: Scope, ctx: TurnCtx, press: string): Promise<TurnResult> {
  if (press.startsWith("a:")) return approve(s, ctx, press.slice(2));
  if (press.startsWith("d:")) return deny(s, ctx, press.slice(2));
  if (press.startsWith("k:")) return decide(s, ctx, press.slice(2), "keep");
  if (press.startsWith("r:")) return decide(s, ctx, press.slice(2), "revert");
  return { text: "This button is from an older version and does nothing any more." };
}

/** How the loop ended: what to say, and what the model itself said last. */
interface Closing {
  text: string;
  fault?: Fault;
  /** The model's own last message says it already. */
  said?: true;
  /** Nothing was done yet, and a model may answer some time later. */
  later?: true;
}

const KEPT_FOR_LINK = "I have kept your message and answer it when the way is better, or in an hour.";
const KEPT =
  "I have kept your message and answer it when a model is back. Until then commands work, such as /status, and so do approvals.";

async function converse(s: Scope, ctx: TurnCtx, models: Models, text: string): Promise<TurnResult> {
  // Who waits for a model is answered first.
  if (ctx.behind) return later(fault("unreachable", "The model gives no answer.", { code: "model_away" }));
  const key = laneKey(ctx.who);
  const session = ctx.sessions.of(key);
  const asked = await questionOf(s, ctx.deps.channels.get(ctx.who.channel), ctx.who, withEvents(ctx, session, text));
  ctx.tools.hear(text);
  const talk = makeTalk(ctx, session, asked);
  const asker = await makeAsker(s, ctx, models, session);
  const closing = await loop(s, ctx, asker, talk);
  if (closing.fault !== undefined && closing.later === true && ctx.canWait) return later(closing.fault);
  if (closing.said !== true) {
    talk.add({ role: "assistant", parts: [{ kind: "text", text: cutBytes(closing.text, MESSAGE_BYTES_MAX, "…") }] });
  }
  ctx.sessions.keep(key, forgetPictures(talk.messages));
  sumUp(ctx, models, session, talk);
  // What the person stopped is not offered to them.
  const unoffered = closing.fault?.fault === "stopped" && ctx.drafts.length > 0;
  const drafts = unoffered ? [] : ctx.drafts;
  session.events = unoffered ? ["Your last turn was stopped; the plans of it were not offered and are void."] : [];
  session.turns += 1;
  const told = [closing.text, ...asker.notes].join("\n");
  return {
    text: told,
    drafts,
    rows: ctx.budget.rows(ctx.who),
    ...(closing.fault === undefined ? {} : { fault: closing.fault }),
  };
}

/** To be answered when a model is back; the text is told meanwhile. */
function later(why: Fault): TurnResult {
  return { text: `${why.what} ${why.code === LINK_WAIT ? KEPT_FOR_LINK : KEPT}`, fault: why, later: true };
}

function withEvents(ctx: TurnCtx, session: Session, text: string): string {
  const clean = redact(text, ctx.deps.secrets);
  if (session.events.length === 0) return clean;
  return `[Since your last answer:\n${session.events.map((e) => `- ${redact(e, ctx.deps.secrets)}`).join("\n")}]\n\n${clean}`;
}

/** Asks, and once more with less of the conversation where it is too long. */
async function askFitting(s: Scope, asker: Asker, talk: Talk, step: number): Wait<Answer> {
  // What tools answered in the last step nobody would read: it has to be words.
  const choice = step === TURN_STEPS_MAX - 1 ? "none" : "auto";
  const answer = await asker.ask(s, talk.messages, choice);
  const isLong = isFault(answer) && answer.code === "model_context";
  return isLong && talk.shorten() ? asker.ask(s, talk.messages, choice) : answer;
}

async function loop(s: Scope, ctx: TurnCtx, asker: Asker, talk: Talk): Promise<Closing> {
  let lastText = "";
  const circle = makeCircle();
  for (let step = 0; step < TURN_STEPS_MAX; step += 1) {
    if (s.stopped !== null) return stoppedBy(s.stopped);
    const answer = await askFitting(s, asker, talk, step);
    if (isFault(answer)) return modelFailed(s, answer, step);
    const parts = cleanParts(answer.parts, talk.messages);
    const calls = parts.filter((p) => p.kind === "call");
    const said = textOf(parts);
    lastText = said === "" ? lastText : said;
    if (calls.length === 0) return close(talk, parts, answer, said, lastText, ctx.drafts.length);
    const round = circle.look(calls, answer);
    if (round !== null) return { text: `${lastText}\n\n${round}`.trim() };
    const results = answer.stop === "length" ? calls.map(cutCall) : await runCalls(s, ctx, calls);
    circle.learn(calls, results);
    talk.add({ role: "assistant", parts }, ...results);
  }
  if (s.stopped !== null) return stoppedBy(s.stopped);
  return { text: `${lastText}\n\n${TOO_MANY_STEPS}`.trim() };
}

/** The last step: no calls in it. */
function close(
  talk: Talk,
  parts: readonly Part[],
  answer: Answer,
  said: string,
  lastText: string,
  plans: number,
): Closing {
  if (answer.stop === "length") return { text: said === "" ? CUT_SHORT : `${said}\n${CUT_SHORT}` };
  if (said !== "") {
    talk.add({ role: "assistant", parts });
    return { text: said, said: true };
  }
  if (answer.stop === "refused") return { text: "The model refused to answer this. Ask in other words." };
  if (plans > 0) return { text: lastText === "" ? "This is what would be done:" : lastText };
  if (lastText !== "") return { text: lastText };
  return { text: "The model gave an empty answer. Ask again, or in other words." };
}

function stoppedBy(why: Fault): Closing {
  return { text: sayStopped(why), fault: why };
}

function modelFailed(s: Scope, f: Fault, step: number): Closing {
  if (s.stopped !== null) return stoppedBy(s.stopped);
  const failed: Closing = { text: `${sayFault(f)} ${WITHOUT_MODEL}`, fault: f };
  // What tools did in earlier steps is not done again.
  return step === 0 && f.code !== "budget" && isPassing(f) ? { ...failed, later: true } : failed;
}

function cutCall(call: Call): Message {
  return { role: "tool", callId: call.callId, text: CUT_CALL, isError: true };
}

function textOf(parts: readonly Part[]): string {
  return parts
    .map((p) => (p.kind === "text" ? p.text : ""))
    .join("")
    .trim();
}

/** Texts within bounds, and every call with an id of its own in the whole conversation. */
function cleanParts(parts: readonly Part[], earlier: readonly Message[]): Part[] {
  const used = new Set<string>();
  for (const m of earlier) {
    if (m.role !== "assistant") continue;
    for (const p of m.parts) if (p.kind === "call") used.add(p.callId);
  }
  return parts.map((p) => {
    if (p.kind === "text") return { kind: "text", text: cutBytes(p.text, MESSAGE_BYTES_MAX, "\n[… cut]") };
    if (p.kind === "opaque") return p;
    let callId = p.callId === "" ? "call" : p.callId;
    for (let n = 2; used.has(callId); n += 1) callId = `${p.callId === "" ? "call" : p.callId}_${n}`;
    used.add(callId);
    return { ...p, callId };
  });
}
