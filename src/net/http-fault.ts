// How a malformed message is told: to a client as bad input, about a server as its failure.

import { type Fault, fault } from "../base/fault.ts";

/** Which of the two messages is being read. */
export type Side = "request" | "response";

/** The fault of our server for a request that it has no room for. `what` it has as much of as it can keep. */
export function noRoom(what: string): Fault {
  return fault("limit", `This server has all the ${what} it can keep.`, { code: "busy", retryAfterMs: 5_000 });
}

/** The fault for a reply that ended before its end. */
export function cutShort(): Fault {
  return fault("failed", "The server closed the connection in the middle of its reply.", {
    code: "cut_short",
    next: "Try again; if it stays so, look at that server and at any proxy between.",
    maybeDone: true,
  });
}

/** The fault for a message that breaks RFC 9112. `why` completes the sentence. */
export function malformed(side: Side, why: string, code = "bad_request"): Fault {
  if (side === "request") return fault("input", `The HTTP request is refused: ${why}.`, { code });
  return fault("failed", `The server's HTTP reply is broken: ${why}.`, {
    code: "bad_reply",
    next: "Check that the address and port belong to this service.",
    maybeDone: true,
  });
}
