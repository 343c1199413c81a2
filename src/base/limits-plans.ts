// Bounds of the typed tasks that change something, each with its reason.

export const BAN_TRIES_MIN = 5; // Fewer failed logins may be somebody who forgot a password.
export const BANNED_AT_ONCE_MAX = 12; // Fits with the rule into the commands of one plan; the rest is banned next time.
export const BAN_TIME_MS_MIN = 60_000; // A shorter ban is over before it is looked at.
export const GUEST_NAME_BYTES_MAX = 32; // IEEE 802.11: an SSID.
export const GUEST_PASSPHRASE_CHARS: readonly [least: number, most: number] = [8, 63]; // IEEE 802.11: a WPA passphrase.
