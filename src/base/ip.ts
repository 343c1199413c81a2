// IP addresses as text: canonical IPv4 only, IPv6 in any valid form (RFC 4291 2.2), written
// in the one form of RFC 5952. No zone names.

/** Four bytes of a canonical dotted address ("192.0.2.1"), or null. */
export function ipv4Bytes(text: string): readonly number[] | null {
  if (!/^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(text)) return null;
  const bytes = text.split(".").map(Number);
  return bytes.every((b) => b < 256) && bytes.join(".") === text ? bytes : null;
}

/** Eight words of an IPv6 address without brackets, or null. */
export function ipv6Words(text: string): readonly number[] | null {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return null;
  const [head = "", tail] = halves;
  const first = words(head, tail === undefined);
  const last = words(tail ?? "", true);
  if (first === null || last === null) return null;
  const missing = 8 - first.length - last.length;
  if (tail === undefined) return missing === 0 ? first : null;
  // "::" stands for at least one word.
  return missing < 1 ? null : [...first, ...new Array<number>(missing).fill(0), ...last];
}

// A dotted IPv4 address may stand for the last two words.
function words(text: string, isLast: boolean): number[] | null {
  if (text === "") return [];
  const out: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const v4 = isLast && i === parts.length - 1 ? ipv4Bytes(part) : null;
    if (v4 !== null) out.push(((v4[0] ?? 0) << 8) | (v4[1] ?? 0), ((v4[2] ?? 0) << 8) | (v4[3] ?? 0));
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) out.push(Number.parseInt(part, 16));
    else return null;
  }
  return out;
}

/** The one form of RFC 5952 of an IPv6 address, or null when it is none. */
export function canonicalIpv6(text: string): string | null {
  const all = ipv6Words(text);
  if (all === null) return null;
  let best = 0;
  let bestSize = 1;
  for (let start = 0; start < 8; start += 1) {
    let end = start;
    while (end < 8 && all[end] === 0) end += 1;
    if (end - start > bestSize) {
      best = start;
      bestSize = end - start;
    }
  }
  const shown = all.map((w) => w.toString(16));
  if (bestSize < 2) return shown.join(":");
  return `${shown.slice(0, best).join(":")}::${shown.slice(best + bestSize).join(":")}`;
}
