// What the router's REST says when it refuses, as faults with the next step. Texts and
// their causes: MikroTik manual, REST API; table of error texts seen on 7.10 to 7.25.

import { type Fault, type FaultKind, fault, refault } from "../base/fault.ts";
import { oneLine } from "../base/text.ts";

export interface Refusal {
  status: number;
  /** RouterOS's own text; "" when there is none. */
  detail: string;
  /** The body was a web page, not JSON. */
  html: boolean;
  write: boolean;
  /** Below /rest, without query. */
  path: string;
  user: string;
}

interface Rule {
  fits: RegExp;
  kind: FaultKind;
  what: string;
  next: string;
  /** The command may have run although the answer is an error. */
  maybe?: boolean;
}

// The patterns are ours and run on a bounded line.
const RULES: readonly Rule[] = [
  {
    fits: /^std failure: not allowed/,
    kind: "denied",
    what: "The router lets this user in but not through the API.",
    next: "Its group needs both policies: /user/group/set [find name=mikroclaw] policy=read,write,test,api,rest-api",
  },
  {
    fits: /not enough permissions/,
    kind: "denied",
    what: "The router user's group lacks a policy for this command.",
    next: "See /user/group/print in the router's own terminal; read,write,test,api,rest-api are the usual ones.",
  },
  {
    fits: /device-mode/,
    kind: "denied",
    what: "The router's device-mode does not allow this.",
    next: "See /system/device-mode/print; changing it needs a press on the router's button.",
  },
  {
    fits: /^Session closed/,
    kind: "timeout",
    what: "The router ended this request after its 60 seconds.",
    next: "Ask for less at once, then look at the state with print.",
    maybe: true,
  },
  {
    fits: /already have|already exists/,
    kind: "conflict",
    what: "The router already has such an entry.",
    next: "Look at it with print, then set it in place of adding one.",
  },
  {
    fits: /^no such item/,
    kind: "missing",
    what: "There is no such entry (any more).",
    next: "Look again with print.",
  },
  {
    fits: /^missing or invalid resource identifier/,
    kind: "failed",
    what: "The router does not take this change: the entry cannot be changed so, or this user may not write.",
    next: "Check the value, and the user's policies with /user/group/print.",
  },
  {
    fits: /^no such command/,
    kind: "missing",
    what: "This router's version or board does not have that menu or command.",
    next: "See its version with /system/resource/print.",
  },
  {
    fits: /^unknown parameter/,
    kind: "input",
    what: "This router's version does not know one of the names.",
    next: "Names change between versions: compare with print on the router.",
  },
  {
    fits: /can not change dynamic/,
    kind: "denied",
    what: "This entry is dynamic and cannot be changed.",
    next: "Change what makes it, or add a static one.",
  },
  {
    fits: /^missing =|^invalid value|^input does not match|out of range|^ambiguous value|trailing characters/,
    kind: "input",
    what: "The router does not take one of the values.",
    next: "",
  },
];

const kindOf = (status: number): FaultKind => {
  if (status === 404) return "missing";
  if (status === 401 || status === 403) return "denied";
  if (status === 503 || status === 429) return "limit";
  return status >= 400 && status < 500 ? "input" : "failed";
};

/** What is behind a status without a telling text. */
function byStatus(r: Refusal): Fault | null {
  const code = `router_${r.status}`;
  if (r.status === 401) {
    return fault("denied", `The router refuses the login of user "${oneLine(r.user, 40)}".`, {
      code: "router_401",
      next: "Check the password; in the router's terminal /user/print shows whether the user exists and which addresses it may come from, and its group needs rest-api.",
    });
  }
  if (r.status === 403 && r.html) {
    return fault("denied", "The router's web server is not allowed to serve REST.", {
      code,
      next: "In the router's terminal: /ip/service/webserver/set rest-plain=yes (or rest-secure=yes for HTTPS).",
    });
  }
  if (r.status === 404) {
    return r.html
      ? fault("missing", "There is no REST at this address.", {
          code,
          next: "ROUTER_HOST must be a RouterOS 7 router with /ip/service www or www-ssl on.",
        })
      : fault("missing", "There is no such entry (any more).", { code, next: "Look again with print." });
  }
  return null;
}

/** The fault for a reply that is not 2xx. */
export function restFault(r: Refusal): Fault {
  const said = oneLine(r.detail, 200);
  const rule = RULES.find((x) => x.fits.test(said));
  if (rule === undefined) {
    const known = byStatus(r);
    if (known !== null) return known;
    return fault(
      kindOf(r.status),
      said === "" ? `The router answered ${r.status} to ${r.path}.` : `The router says: ${said}.`,
      {
        code: `router_${r.status}`,
        // A server error or a redirect says nothing of whether the change was made.
        maybeDone: r.write && (r.status >= 500 || r.status < 400),
      },
    );
  }
  return fault(rule.kind, `${rule.what} The router says: ${said}.`, {
    code: `router_${r.status}`,
    maybeDone: r.write && rule.maybe === true,
    ...(rule.next === "" ? {} : { next: rule.next }),
  });
}

const REACH: Partial<Record<FaultKind, string>> = {
  unreachable: 'Check ROUTER_HOST, and in the router\'s own terminal: /ip/service/print where name~"www"',
  timeout: "The router may be busy or the way to it cut; in its own terminal: /system/resource/print",
  denied: "Pin its certificate with ROUTER_PIN: /certificate/print proplist=name,fingerprint",
};

const PIN_CHANGED =
  "Somebody may stand between, or the certificate was renewed: compare it in the router's own terminal with /certificate/print";

/** A call that never got an answer: the same fault with the next step on the router. */
export function unanswered(f: Fault): Fault {
  // Never advise a new pin where the old one does not fit: that may be an attack.
  const isTls = f.fault === "denied" && /pin|fingerprint/i.test(f.what);
  const next = f.next ?? (isTls ? PIN_CHANGED : REACH[f.fault]);
  return next === undefined ? f : refault(f, { next });
}
