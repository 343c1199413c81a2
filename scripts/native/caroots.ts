// Mozilla's authorities as a table that is searched where it lies (src/host/native/roots.c reads it):
// from certdata.txt of Debian's ca-certificates, those trusted to name servers. A trust anchor is a name
// and a key (RFC 5280 6.1.1 d). The name is only looked up, so a hash of it is enough; the parts that
// most keys share (algorithm, lengths, exponent) are kept once. Same input, same bytes.
// `node --import tsx scripts/native/caroots.ts CERTDATA OUT`

import { createHash, createPublicKey, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** One authority: the DER of its name, of its public key, and from which certificates on it is not trusted. */
export interface Anchor {
  label: string;
  subject: Buffer;
  key: Buffer;
  /** Year, month and day as a number (20241130): certificates that begin later are refused. 0: never. */
  distrustAfter: number;
}

/** A key is prefix + body + suffix; authorities of one kind share the ends. */
interface Kind {
  prefix: Buffer;
  suffix: Buffer;
  bodyBytes: number;
}

type Entry = Readonly<Record<string, string | Buffer>>;

/** The objects of a certdata.txt: lines `NAME TYPE VALUE`, with blocks of octal bytes up to END. */
export function parseCertdata(text: string): Entry[] {
  const objects = text
    .slice(text.indexOf("\nBEGINDATA"))
    .split(/^CKA_CLASS CK_OBJECT_CLASS /m)
    .slice(1);
  return objects.map((object) => {
    const entry: Record<string, string | Buffer> = { CKA_CLASS: object.slice(0, object.indexOf("\n")).trim() };
    for (const [, name = "", , value = ""] of object.matchAll(/^(CKA_\w+) (\w+) (.*)$/gm)) entry[name] = value;
    for (const [, name = "", octal = ""] of object.matchAll(/^(CKA_\w+) MULTILINE_OCTAL\n([^E]*)END$/gm)) {
      entry[name] = Buffer.from((octal.match(/[0-7]{3}/g) ?? []).map((digits) => Number.parseInt(digits, 8)));
    }
    return entry;
  });
}

function hex(value: string | Buffer | undefined): string {
  return Buffer.isBuffer(value) ? value.toString("hex") : "";
}

const identity = (entry: Entry): string => `${hex(entry["CKA_ISSUER"])} ${hex(entry["CKA_SERIAL_NUMBER"])}`;

// Mozilla writes an ASN.1 UTCTime: YYMMDDhhmmssZ.
function day(value: string | Buffer | undefined): number {
  if (!Buffer.isBuffer(value)) return 0;
  const digits = /^\d{6}/.exec(value.toString("latin1"))?.[0];
  if (digits === undefined) throw new Error(`a date of distrust cannot be read: ${value.toString("latin1")}`);
  return 20_000_000 + Number(digits);
}

/** Those that Mozilla trusts to name servers. */
export function anchorsOf(entries: readonly Entry[]): Anchor[] {
  const trusted = new Set(
    entries
      .filter((e) => e["CKA_CLASS"] === "CKO_NSS_TRUST" && e["CKA_TRUST_SERVER_AUTH"] === "CKT_NSS_TRUSTED_DELEGATOR")
      .map(identity),
  );
  const anchors: Anchor[] = [];
  for (const entry of entries) {
    const { CKA_CLASS: kind, CKA_VALUE: der, CKA_SUBJECT: subject } = entry;
    if (kind !== "CKO_CERTIFICATE" || !trusted.has(identity(entry))) continue;
    if (!Buffer.isBuffer(der) || !Buffer.isBuffer(subject)) throw new Error("a certificate has no name or no content");
    const key = new X509Certificate(der).publicKey.export({ type: "spki", format: "der" });
    const distrustAfter = day(entry["CKA_NSS_SERVER_DISTRUST_AFTER"]);
    anchors.push({ label: String(entry["CKA_LABEL"]), subject, key, distrustAfter });
  }
  return anchors;
}

// The number that makes a key: an RSA modulus with its exponent behind it, or the two coordinates of a point.
function kindOf(key: Buffer): Kind {
  const { asymmetricKeyDetails: details } = createPublicKey({ key, format: "der", type: "spki" });
  const { modulusLength, publicExponent, namedCurve = "none" } = details ?? {};
  const rsa = modulusLength !== undefined && publicExponent !== undefined;
  const bodyBytes = rsa ? modulusLength / 8 : COORDINATES[namedCurve];
  if (bodyBytes === undefined) throw new Error(`keys on the curve ${namedCurve} are not known here`);
  const end = key.length - (rsa ? 2 + Math.ceil(publicExponent.toString(16).length / 2) : 0);
  return { prefix: key.subarray(0, end - bodyBytes), suffix: key.subarray(end), bodyBytes };
}

const COORDINATES: Readonly<Record<string, number>> = { prime256v1: 64, secp384r1: 96 };

/** How a name is looked up; roots.c does the same. */
export function nameHash(subject: Buffer): Buffer {
  return createHash("sha256").update(subject).digest().subarray(0, 8);
}

/**
 * "MCR1", counts of kinds and entries (u16), the kinds (u8 length and prefix, u8 length and suffix, u16 bytes of the
 * body), the entries by hash (8 bytes of it, u32 day of distrust, u32 offset of the body and the kind in its upper
 * 8 bits), the bodies. All numbers little-endian.
 */
export function pack(anchors: readonly Anchor[]): Buffer {
  const kinds = new Map<string, { kind: Kind; number: number }>();
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let bodyBytes = 0;
  const sorted = [...anchors].sort((a, b) =>
    Buffer.compare(Buffer.concat([nameHash(a.subject), a.key]), Buffer.concat([nameHash(b.subject), b.key])),
  );
  for (const anchor of sorted) {
    const kind = kindOf(anchor.key);
    const id = `${hex(kind.prefix)} ${hex(kind.suffix)} ${kind.bodyBytes}`;
    const known = kinds.get(id) ?? { kind, number: kinds.size };
    kinds.set(id, known);
    const entry = Buffer.alloc(16);
    nameHash(anchor.subject).copy(entry);
    entry.writeUInt32LE(anchor.distrustAfter, 8);
    entry.writeUInt32LE(known.number * 0x1000000 + bodyBytes, 12);
    entries.push(entry);
    bodies.push(anchor.key.subarray(kind.prefix.length, kind.prefix.length + kind.bodyBytes));
    bodyBytes += kind.bodyBytes;
  }
  const ends = [...kinds.values()].flatMap(({ kind }) => {
    const size = Buffer.alloc(2);
    size.writeUInt16LE(kind.bodyBytes);
    return [Buffer.from([kind.prefix.length]), kind.prefix, Buffer.from([kind.suffix.length]), kind.suffix, size];
  });
  const head = Buffer.from("MCR1\0\0\0\0");
  head.writeUInt16LE(kinds.size, 4);
  head.writeUInt16LE(entries.length, 6);
  return Buffer.concat([head, ...ends, ...entries, ...bodies]);
}

function main(certdata: string | undefined, out: string | undefined): number {
  if (certdata === undefined || out === undefined) {
    process.stderr.write("usage: caroots.ts CERTDATA OUT\n");
    return 2;
  }
  const anchors = anchorsOf(parseCertdata(readFileSync(certdata, "utf8")));
  // A truncated or changed input must not make a program that trusts nobody.
  if (anchors.length < 100) throw new Error(`${certdata} has only ${anchors.length} authorities`);
  const table = pack(anchors);
  writeFileSync(out, table);
  process.stdout.write(`${out}: ${anchors.length} authorities, ${table.length} bytes\n`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  process.exitCode = main(process.argv[2], process.argv[3]);
