// The people's things in the simulated home: one list from which leases, ARP, bridge
// hosts and the Wi-Fi registration table are made, so that they agree with each other.

export interface Device {
  name: string;
  mac: string;
  address: string;
  /** Bridge port it is behind. */
  port: string;
  /** Wi-Fi signal in dBm; undefined for a cable. */
  signal?: number;
  band?: string;
  /** A reserved lease with this comment. */
  reserved?: string;
  /** Not at home now. */
  away?: true;
  clientId?: string;
  /** Mean traffic in bytes per second, from and to the device. */
  up: number;
  down: number;
}

const AX5 = "5ghz-ax";
const AX2 = "2ghz-ax";
const N2 = "2ghz-n";

export const DEVICES: readonly Device[] = [
  {
    name: "nas",
    mac: "00:11:32:8C:4E:10",
    address: "192.168.88.10",
    port: "ether5",
    reserved: "file server",
    up: 52_000,
    down: 31_000,
  },
  {
    name: "living-room-tv",
    mac: "A4:4B:D5:2F:91:7C",
    address: "192.168.88.30",
    port: "ether3",
    reserved: "TV",
    up: 9_000,
    down: 610_000,
  },
  {
    name: "HPE4A1B2",
    mac: "10:E7:C6:E4:A1:B2",
    address: "192.168.88.40",
    port: "wifi2",
    signal: -58,
    band: N2,
    reserved: "printer",
    up: 60,
    down: 90,
  },
  {
    name: "kids-tablet",
    mac: "D8:68:A0:41:5B:93",
    address: "192.168.88.251",
    port: "wifi1",
    signal: -61,
    band: AX5,
    up: 7_000,
    down: 240_000,
  },
  {
    name: "annas-iphone",
    mac: "CE:35:7A:90:D2:1F",
    address: "192.168.88.252",
    port: "wifi1",
    signal: -49,
    band: AX5,
    up: 4_000,
    down: 38_000,
  },
  {
    name: "pixel-8",
    mac: "7A:0C:B1:66:E8:05",
    address: "192.168.88.250",
    port: "wifi1",
    signal: -67,
    band: AX5,
    up: 2_500,
    down: 21_000,
  },
  {
    name: "work-laptop",
    mac: "3C:A9:F4:7D:20:6E",
    address: "192.168.88.253",
    port: "wifi1",
    signal: -54,
    band: AX5,
    up: 18_000,
    down: 96_000,
  },
  { name: "gaming-pc", mac: "04:42:1A:B3:58:EF", address: "192.168.88.254", port: "ether2", up: 26_000, down: 330_000 },
  {
    name: "robot-vacuum",
    mac: "50:EC:50:19:A7:3D",
    address: "192.168.88.249",
    port: "wifi2",
    signal: -72,
    band: AX2,
    up: 400,
    down: 350,
  },
  {
    name: "guest-laptop",
    mac: "8C:85:90:5E:C4:28",
    address: "192.168.88.60",
    port: "wifi1",
    reserved: "guests",
    away: true,
    up: 0,
    down: 0,
  },
];

const MEMORABLE = new Set(["nas", "living-room-tv", "HPE4A1B2", "guest-laptop"]);

/** Rows of /ip/dhcp-server/lease. */
export function leaseRows(): Array<Record<string, string>> {
  return DEVICES.map((d) => ({
    address: d.address,
    "mac-address": d.mac,
    "client-id": `1:${d.mac.toLowerCase().replace(/(^|:)0/g, "$1")}`,
    "address-lists": "",
    server: "defconf",
    "dhcp-option": "",
    status: d.away === true ? "waiting" : "bound",
    ...(d.away === true ? { "last-seen": "3d4h12m8s" } : {}),
    ...(d.away === true
      ? {}
      : { "active-address": d.address, "active-mac-address": d.mac, "active-server": "defconf", "host-name": d.name }),
    radius: "false",
    dynamic: String(!MEMORABLE.has(d.name)),
    blocked: "false",
    disabled: "false",
    ...(d.reserved === undefined ? {} : { comment: d.reserved }),
  }));
}

/** Rows of /ip/arp: what is at home, and the provider's gateway. */
export function arpRows(): Array<Record<string, string>> {
  const row = (address: string, mac: string, port: string, dhcp: boolean): Record<string, string> => ({
    address,
    "mac-address": mac,
    interface: port,
    published: "false",
    status: "reachable",
    invalid: "false",
    dhcp: String(dhcp),
    dynamic: "true",
    complete: "true",
    disabled: "false",
  });
  return [
    row("203.0.113.1", "00:1C:73:00:00:99", "ether1", false),
    ...DEVICES.filter((d) => d.away !== true).map((d) => row(d.address, d.mac, "bridge", true)),
  ];
}

/** Rows of /interface/bridge/host; `own` are the bridge's own ports and their addresses. */
export function hostRows(own: ReadonlyArray<readonly [port: string, mac: string]>): Array<Record<string, string>> {
  const row = (mac: string, port: string, local: boolean): Record<string, string> => ({
    "mac-address": mac,
    interface: port,
    bridge: "bridge",
    "on-interface": port,
    dynamic: "true",
    local: String(local),
    external: "false",
    invalid: "false",
    disabled: "false",
  });
  return [
    ...own.map(([port, mac]) => row(mac, port, true)),
    ...DEVICES.filter((d) => d.away !== true).map((d) => row(d.mac, d.port, false)),
  ];
}

/** Rows of /interface/wifi/registration-table. */
export function registrationRows(ssid: string): Array<Record<string, string>> {
  const onAir = DEVICES.filter((d) => d.signal !== undefined && d.away !== true);
  return onAir.map((d) => ({
    interface: d.port,
    ssid,
    "mac-address": d.mac,
    "auth-type": "wpa3-psk",
    band: d.band ?? AX5,
    authorized: "true",
    "~signal": String(d.signal ?? -60),
    "~up": String(d.up),
    "~down": String(d.down),
    "~joined": String(600 + Math.abs(d.signal ?? 60) * 137),
  }));
}

/** Rows of /ip/firewall/connection: what the home talks to, by documentation addresses. */
export function connectionRows(wan: string): Array<Record<string, string>> {
  const servers = ["198.51.100.20", "198.51.100.44", "203.0.113.201", "198.51.100.7"];
  const talking = DEVICES.filter((d) => d.away !== true && d.up > 1_000);
  return talking.map((d, i) => {
    const server = servers[i % servers.length] ?? "198.51.100.20";
    const port = 49_200 + i * 37;
    return {
      protocol: i % 3 === 0 ? "udp" : "tcp",
      "src-address": `${d.address}:${port}`,
      "dst-address": `${server}:443`,
      "reply-src-address": `${server}:443`,
      "reply-dst-address": `${wan}:${port}`,
      ...(i % 3 === 0 ? {} : { "tcp-state": "established" }),
      timeout: i % 3 === 0 ? "2m58s" : "23h59m51s",
      "orig-rate": "0",
      "repl-rate": "0",
      "seen-reply": "true",
      assured: "true",
      confirmed: "true",
      dying: "false",
      expected: "false",
      fasttrack: "true",
      "hw-offload": "false",
      dstnat: "false",
      srcnat: "true",
      "~up": String(d.up),
      "~down": String(d.down),
    };
  });
}
