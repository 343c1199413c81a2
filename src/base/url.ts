// http and https addresses (RFC 3986), plain ones only: what is accepted here reads the same
// in every other parser, so a check of the host cannot be fooled. Refused: user names,
// control characters, backslashes, odd IPv4 forms, hosts that are not ASCII.

import { type Fault, fault, isFault } from "./fault.ts";
import { canonicalIpv6, ipv4Bytes, ipv6Words } from "./ip.ts";
import { HTTP_TARGET_BYTES_MAX } from "./limits.ts";
import { decodeUtf8Strict, encodeUtf8 } from "./utf8.ts";

export interface Url {
  scheme: "http" | "https";
  /** Lower case; an IPv6 address without brackets. */
  host: string;
  port: number;
  /** Begins with "/", percent-encoded, without dot segments. */
  path: string;
  /** Without "?"; "" when there is none. */
  query: string;
  href: string;
}

function bad(why: string): Fault {
  return fault("input", `This web address is not accepted: ${why}.`, { code: "bad_url" });
}

/** Reads an absolute http or https address. A fragment is dropped. */
export function parseUrl(text: string): Url | Fault {
  if (text.length > HTTP_TARGET_BYTES_MAX) return bad("it is too long");
  if (/[\u0000-\u0020\u007f-\u009f\\]/.test(text)) return bad("it holds spaces, control characters or backslashes");
  // Not "i": folding the case of the classes takes QuickJS longer than the rest of this function.
  const found = /^([Hh][Tt][Tt][Pp][Ss]?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/s.exec(text);
  if (found === null) return bad("it must begin with http:// or https://");
  const [, scheme = "", authority = "", path = "", query = ""] = found;
  const kind = scheme.toLowerCase() === "https" ? "https" : "http";
  const at = parseAuthority(authority, kind === "https" ? 443 : 80);
  return isFault(at) ? at : makeUrl(kind, at.host, at.port, encodePath(path), encodeQuery(query));
}

function makeUrl(scheme: Url["scheme"], host: string, port: number, path: string, query: string): Url {
  const shown = host.includes(":") ? `[${host}]` : host;
  const suffix = port === (scheme === "https" ? 443 : 80) ? "" : `:${port}`;
  return {
    scheme,
    host,
    port,
    path,
    query,
    href: `${scheme}://${shown}${suffix}${path}${query === "" ? "" : `?${query}`}`,
  };
}

function parseAuthority(text: string, usual: number): { host: string; port: number } | Fault {
  if (text.includes("@")) return bad("a user name or password does not belong into it");
  const found = /^(\[[^[\]]*\]|[^:[\]]*)(?::([1-9]\d{0,4}))?$/.exec(text);
  if (found === null) return bad("its host or port is malformed");
  const host = parseHost(found[1] ?? "");
  if (isFault(host)) return host;
  const port = found[2] === undefined ? usual : Number(found[2]);
  return port > 65_535 ? bad("its port is above 65535") : { host, port };
}

/** A host name or address as it stands in a URL (IPv6 in brackets), canonical. */
function parseHost(text: string): string | Fault {
  if (text.startsWith("[") && text.endsWith("]")) {
    return canonicalIpv6(text.slice(1, -1)) ?? bad("its IPv6 address is malformed");
  }
  const host = text.toLowerCase();
  if (host === "" || host.length > 253) return bad("it has no host, or one that is too long");
  const labels = host.split(".");
  for (const label of labels) {
    if (!/^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)) return bad("its host is not a plain name or address");
  }
  // Other parsers read such a host as a number: 0x7f.1 is 127.0.0.1 to them.
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "") && ipv4Bytes(host) === null) {
    return bad("its IPv4 address is not in the plain form 192.0.2.1");
  }
  return host;
}

// What the URL Standard encodes in a path and a query; escapes that are there stay.
function encodePath(text: string): string {
  return removeDots(escapeAll(text === "" ? "/" : text, /["<>^`{}]|[^\u0000-\u007f]+/g));
}

function encodeQuery(text: string): string {
  return escapeAll(text, /["'<>]|[^\u0000-\u007f]+/g);
}

function escapeAll(text: string, what: RegExp): string {
  return text.replace(what, (found) => percent(encodeUtf8(found)));
}

function percent(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
  return out;
}

// RFC 3986 5.2.4; the URL Standard counts %2e as a dot.
function removeDots(path: string): string {
  const kept: string[] = [];
  const parts = path.slice(1).split("/");
  parts.forEach((part, i) => {
    const dots = part.replace(/%2e/gi, ".");
    if (dots === "..") kept.pop();
    if (dots !== "." && dots !== "..") kept.push(part);
    else if (i === parts.length - 1) kept.push("");
  });
  return `/${kept.join("/")}`;
}

/** The address that `ref` means on a page at `base` (RFC 3986 section 5.2). */
export function resolveUrl(base: Url, ref: string): Url | Fault {
  const origin = makeUrl(base.scheme, base.host, base.port, "", "").href;
  if (/^[a-z][a-z0-9+.-]*:/i.test(ref)) return parseUrl(ref);
  if (ref.startsWith("//")) return parseUrl(`${base.scheme}:${ref}`);
  if (ref.startsWith("/")) return parseUrl(origin + ref);
  if (ref.startsWith("?")) return parseUrl(origin + base.path + ref);
  if (ref === "" || ref.startsWith("#")) return base;
  return parseUrl(origin + base.path.slice(0, base.path.lastIndexOf("/") + 1) + ref);
}

/** Text of percent-encoded UTF-8; a broken escape is an `input` fault. */
export function percentDecode(text: string): string | Fault {
  if (!text.includes("%")) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return fault("input", "A percent escape is broken.", { code: "bad_escape" });
  const raw = encodeUtf8(text);
  const out = new Uint8Array(raw.length);
  let size = 0;
  for (let i = 0; i < raw.length; i += 1) {
    const byte = raw[i] ?? 0;
    const isEscape = byte === 0x25;
    out[size++] = isEscape ? Number.parseInt(String.fromCharCode(raw[i + 1] ?? 0, raw[i + 2] ?? 0), 16) : byte;
    if (isEscape) i += 2;
  }
  return decodeUtf8Strict(out.subarray(0, size));
}

/** Everything but letters, digits and "-._~" as percent escapes (RFC 3986 section 2.3). */
export function percentEncode(text: string): string {
  return escapeAll(text, /[^A-Za-z0-9\-._~]+/g);
}

/** Name and value of each field; "+" is a space (application/x-www-form-urlencoded). */
export function parseQuery(query: string): ReadonlyArray<readonly [string, string]> | Fault {
  const fields: Array<readonly [string, string]> = [];
  for (const part of query.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = percentDecode((at < 0 ? part : part.slice(0, at)).replaceAll("+", " "));
    if (isFault(name)) return name;
    const value = percentDecode(at < 0 ? "" : part.slice(at + 1).replaceAll("+", " "));
    if (isFault(value)) return value;
    fields.push([name, value]);
  }
  return fields;
}

/** What kind of thing the host of a {@link Url} is. */
export function hostKind(host: string): "name" | "ipv4" | "ipv6" {
  if (host.includes(":")) return "ipv6";
  return ipv4Bytes(host) === null ? "name" : "ipv4";
}

// The four bytes of an IPv4 address, also of one mapped into IPv6 (RFC 4291 2.5.5.2).
function v4Of(host: string): readonly number[] | null {
  const words = ipv6Words(host);
  if (words === null) return ipv4Bytes(host);
  if (words.slice(0, 5).some((w) => w !== 0) || words[5] !== 0xffff) return null;
  return [6, 7].flatMap((i) => [(words[i] ?? 0) >> 8, (words[i] ?? 0) & 255]);
}

/** True for this machine itself: 127/8, ::1, localhost. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost") || host === "::1") return true;
  return v4Of(host)?.[0] === 127;
}

/** True for addresses that are not on the public internet (RFC 6890); false for names but localhost. */
export function isPrivateAddress(host: string): boolean {
  if (isLoopback(host)) return true;
  const v4 = v4Of(host);
  if (v4 !== null) return isPrivateV4(v4);
  const first = ipv6Words(host)?.[0];
  if (first === undefined) return false;
  // fc00::/7 unique local, fe80::/10 link local, :: unspecified.
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || host === "::";
}

function isPrivateV4([a = 0, b = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10) return true;
  if (a === 172) return b >= 16 && b < 32;
  if (a === 100) return b >= 64 && b < 128;
  return (a === 192 && b === 168) || (a === 169 && b === 254);
}
