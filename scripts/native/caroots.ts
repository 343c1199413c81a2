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

/** The objects of a certdata.txt: lines `NAME TYPE VALUE`, with octal blocks up to END. */
export function parseCertdata(text: string): Entry[] {
  const entries: Array<Record<string, string | Buffer>> = [];
  let block: { name: string; octal: string } | null = null;
  for (const line of text.slice(text.indexOf("\nBEGINDATA")).split("\n")) {
    const entry = entries.at(-1);
    if (block !== null && line.startsWith("\\")) block.octal += line;
    else if (block !== null && entry !== undefined) {
      entry[block.name] = Buffer.from(
        block.octal
          .split("\\")
          .slice(1)
          .map((octal) => Number.parseInt(octal, 8)),
      );
      block = null;
    } else if (line.startsWith("CKA_")) {
      const [name = "", type = "", ...value] = line.split(" ");
      if (name === "CKA_CLASS") entries.push({ [name]: value.join(" ") });
      else if (type === "MULTILINE_OCTAL") block = { name, octal: "" };
      else if (entry !== undefined) entry[name] = value.join(" ");
    }
  }
  return entries;
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

// The number that makes a key: an RSA modulus before its exponent of 65537, or the two coordinates of a point.
function kindOf(key: Buffer): Kind {
  const { asymmetricKeyDetails: details } = createPublicKey({ key, format: "der", type: "spki" });
  const rsa = details?.modulusLength;
  const bodyBytes = rsa === undefined ? (details?.namedCurve === "secp384r1" ? 96 : 64) : rsa / 8;
  const suffixBytes = rsa === undefined ? 0 : key.length - key.lastIndexOf(Buffer.from([2, 3]));
  const end = key.length - suffixBytes;
  if (suffixBytes > 8 || end - bodyBytes > 64) throw new Error("an RSA key has an unusual exponent");
  if (rsa === undefined && !["secp384r1", "prime256v1"].includes(details?.namedCurve ?? ""))
    throw new Error(`keys on the curve ${details?.namedCurve ?? "?"} are not known here`);
  return { prefix: key.subarray(0, end - bodyBytes), suffix: key.subarray(end), bodyBytes };
}

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
