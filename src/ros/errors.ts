// What the router's REST says when it refuses, as faults with the next step. Texts and
// their causes: MikroTik manual, REST API; table of error texts seen on 7.10 to 7.25.

import { type Fault, type FaultKind, fault, refault } from "../base/fault.ts";
import { REST_READ_MS } from "../base/limits.ts";
import { oneLine } from "../base/text.ts";
import type { Url } from "../base/url.ts";

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
  /** Host and port. */
  where: string;
}

const CHECK_HOST =
  "Check ROUTER_HOST: it must be a router with RouterOS 7.1 or newer, whose REST is served by /ip/service www and www-ssl.";

/** The fault for an answer that RouterOS never gives. */
export function notRest(where: string): Fault {
  return fault("failed", `What answers at ${where} is not the RouterOS REST API.`, {
    code: "not_rest",
    next: CHECK_HOST,
  });
}

/** The fault for a read that is not waited for any longer; `before`: for an earlier request's sake. */
export function noAnswer(before: boolean): Fault {
  const what = before
    ? "The router is still busy with an earlier request, so this one was not answered."
    : `The router has not answered within ${REST_READ_MS / 1000} seconds.`;
  const next =
    "Try again in a minute; where much is asked for, narrow it with where or proplist=. In its own terminal: /system/resource/print";
  return fault("timeout", what, { next, code: "router_slow", retryAfterMs: 60_000 });
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

interface Status {
  kind: FaultKind;
  what: string;
  next: string;
}

/** What is behind a status. */
function byStatus(r: Refusal): Status {
  const { status, where, path } = r;
  if (status === 401) {
    return {
      kind: "denied",
      what: `The router refuses the login of user "${oneLine(r.user, 40)}".`,
      next: "Check the password; in the router's terminal /user/print shows whether the user exists and which addresses it may come from, and its group needs rest-api.",
    };
  }
  if (status === 403) {
    return r.html
      ? {
          kind: "denied",
          what: "The router's web server is not allowed to serve REST.",
          next: "In the router's terminal: /ip/service/webserver/set rest-plain=yes (or rest-secure=yes for HTTPS).",
        }
      : {
          kind: "denied",
          what: `The router forbids ${path} (403).`,
          next: "In the router's terminal: /ip/service/print and /user/print show from which addresses one may come, /user/group/print the policies.",
        };
  }
  // Every version has this menu.
  if (status === 404 && (r.html || path === "/system/resource"))
    return { kind: "failed", what: `A web server answers at ${where}, but REST is not there.`, next: CHECK_HOST };
  if (status === 404)
    return { kind: "missing", what: "There is no such entry (any more).", next: "Look again with print." };
  if (status === 429 || status === 503)
    return { kind: "limit", what: `The router is too busy to answer (${status}).`, next: "Try again in a minute." };
  if (status < 400) {
    return {
      kind: "failed",
      what: `${where} answers with a redirect (${status}), which RouterOS's REST never does.`,
      next: "ROUTER_HOST must be the router itself, with https:// in front where it takes only that.",
    };
  }
  return status < 500
    ? {
        kind: "input",
        what: `The router refuses ${path} (${status}).`,
        next: "Try the same in the router's own terminal.",
      }
    : {
        kind: "failed",
        what: `The router failed at ${path} (${status}).`,
        next: "Try again in a minute; /log/print in the router's own terminal may say why.",
      };
}

/** The fault for a reply that is not 2xx. */
export function restFault(r: Refusal): Fault {
  const said = oneLine(r.detail, 200);
  const rule = RULES.find((x) => x.fits.test(said));
  const code = `router_${r.status}`;
  if (rule === undefined) {
    const { kind, what, next } = byStatus(r);
    return fault(kind, said === "" ? what : `The router says: ${said}.`, {
      code,
      next,
      // A server error or a redirect says nothing of whether the change was made.
      maybeDone: r.write && (r.status >= 500 || r.status < 400),
      ...(kind === "limit" ? { retryAfterMs: 60_000 } : {}),
    });
  }
  return fault(rule.kind, `${rule.what} The router says: ${said}.`, {
    code,
    maybeDone: r.write && rule.maybe === true,
    ...(rule.next === "" ? {} : { next: rule.next }),
  });
}

const REACH: Partial<Record<FaultKind, string>> = {
  unreachable: 'Check ROUTER_HOST, and in the router\'s own terminal: /ip/service/print where name~"www"',
  timeout: "The router may be busy or the way to it cut; in its own terminal: /system/resource/print",
};

// By the code that our HTTP client gives.
const BROKEN: Readonly<Record<string, string>> = {
  bad_reply: CHECK_HOST,
  content_encoding: "Something stands between: ROUTER_HOST must be the router itself, not a proxy.",
  body_too_large: "Ask for less: with where, proplist= or count-only.",
  cut_short: "Try again in a minute; /log/print in the router's own terminal may say why.",
};

// What a plain request to an HTTPS port meets: an alert, or the end.
const IS_HTTPS = new Set(["tls_wanted", "bad_reply", "closed_before_reply", "kept_connection_closed"]);

/** The next step where no trusted connection came about. */
function afterTls(what: string): string {
  // Never advise a new pin where the old one does not fit: that may be an attack.
  if (/is not the pinned one/.test(what))
    return "Somebody may stand between, or the certificate was renewed: compare it in the router's own terminal with /certificate/print";
  if (/The certificate of/.test(what))
    return "If it is the router's own (in its terminal: /certificate/print proplist=name,fingerprint), pin it with ROUTER_PIN.";
  return "HTTPS needs www-ssl on, with a certificate of its own, in the router's terminal: /ip/service/print; another port is written behind ROUTER_HOST.";
}

/** A call that never got a whole answer: the same fault with the next step on the router. */
export function unanswered(f: Fault, base: Url): Fault {
  const isHttps = base.scheme === "http" && IS_HTTPS.has(f.code ?? "");
  const next = isHttps
    ? `Port ${base.port} may want HTTPS (then write https:// in front of ROUTER_HOST), or not take this address: in the router's own terminal /ip/service/print`
    : (BROKEN[f.code ?? ""] ?? (f.fault === "denied" ? afterTls(f.what) : (f.next ?? REACH[f.fault])));
  return next === undefined ? f : refault(f, { next });
}
