// What Wi-Fi numbers mean, and the menus in which they stand.
// Facts: MikroTik manual, WiFi (7.13 and newer), wifiwave2 (before), Wireless; IEEE 802.11
// channel numbers.

/** Newest first; a router has the first one of them, old chips the last. */
export const AIR_MENUS = ["/interface/wifi", "/interface/wifiwave2", "/interface/wireless"] as const;

/** dBm of "-61", "-61@HT20-7" (the old menu); null for anything else. */
export function signalOf(text: string | undefined): number | null {
  const found = /^-\d{1,3}/.exec(text ?? "")?.[0];
  return found === undefined ? null : Number(found);
}

/** A signal in a word. */
export function signalWord(text: string | undefined): string {
  const dbm = signalOf(text);
  if (dbm === null) return "unknown";
  return dbm >= -60 ? "good" : dbm >= -70 ? "fair" : dbm >= -78 ? "weak" : "very weak";
}

/** MHz of "2437/ax/Ce", "2437" or "2437-2452"; null without one. */
export function megahertzOf(text: string | undefined): number | null {
  const found = /^\d{4}/.exec(text ?? "")?.[0];
  return found === undefined ? null : Number(found);
}

/** The channel of a frequency in MHz, as people know it. */
export function channelOf(mhz: number): number {
  if (mhz === 2484) return 14;
  if (mhz < 2500) return Math.round((mhz - 2407) / 5);
  return mhz < 5950 ? Math.round((mhz - 5000) / 5) : Math.round((mhz - 5950) / 5);
}
