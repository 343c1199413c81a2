// The router's certificate: read before anything is sent, shown, kept, and compared from
// then on. Most routers have one that they signed themselves.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { connect } from "node:tls";

const HANDSHAKE_MS = 15_000;

export const plainPin = (text: string): string => text.replace(/[:\s]/g, "").toLowerCase();

/** The SHA-256 fingerprint of the certificate that is shown there. Nothing is sent. */
export function shownPin(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // Whose certificate it is is decided by its fingerprint alone.
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: HANDSHAKE_MS }, () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      if (fingerprint256) resolve(plainPin(fingerprint256));
      else
        reject(new Error(`${host}:${port} shows no certificate. On the router: /ip/service/set www-ssl certificate=…`));
    });
    socket.on("timeout", () => socket.destroy(new Error("no answer")));
    socket.on("error", (error) => {
      const next = "On the router: /ip/service/print shows whether www-ssl is on, and for whom";
      reject(new Error(`${host}:${port} does not speak https (${error.message}). ${next}.`));
    });
  });
}

export const pinsFile = (given: string | undefined): string =>
  given ?? join(process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "mikroclaw", "routers.json");

function readPins(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {};
  }
  const all: unknown = JSON.parse(text);
  if (typeof all !== "object" || all === null) throw new Error(`${file} is damaged. Remove it.`);
  return Object.fromEntries(Object.entries(all).filter(([, pin]) => typeof pin === "string"));
}

export interface Trust {
  readonly host: string;
  readonly port: number;
  readonly pin?: string;
  readonly file: string;
  /** Asks the owner about a certificate that was never seen; true: take it. */
  ask(shown: string): Promise<boolean>;
}

/** The fingerprint to insist on. Throws where it is not the one from before. */
export async function trustedPin(t: Trust): Promise<string> {
  const shown = await shownPin(t.host, t.port);
  const at = `${t.host}:${t.port}`;
  const pins = readPins(t.file);
  const wanted = t.pin === undefined ? pins[at] : plainPin(t.pin);
  if (wanted === shown) return shown;
  if (wanted !== undefined) {
    throw new Error(
      `${at} shows another certificate than ${t.pin === undefined ? "before" : "--pin says"}.\n  wanted ${wanted}\n  shown  ${shown}\n` +
        `Nothing was sent. If you changed it yourself: --pin ${shown}`,
    );
  }
  if (!(await t.ask(shown))) throw new Error("Not trusted; nothing was sent.");
  mkdirSync(dirname(t.file), { recursive: true });
  writeFileSync(t.file, `${JSON.stringify({ ...pins, [at]: shown }, null, 2)}\n`, { mode: 0o600 });
  return shown;
}
