// Interfaces of the simulated home router: five Ethernet ports, two radios, the bridge,
// WireGuard and the loopback, with their lists. Values are those of a default
// configuration (RouterOS manual: Default configurations, WiFi, WireGuard).

type Rows = Array<Record<string, string>>;

export const SSID = "Hazelnut";

/** The bridge's ports and their own MAC addresses, and the WAN port. */
export const PORTS = {
  wan: ["ether1", "48:A9:8A:3C:71:E0"],
  lan: [
    ["ether2", "48:A9:8A:3C:71:E1"],
    ["ether3", "48:A9:8A:3C:71:E2"],
    ["ether4", "48:A9:8A:3C:71:E3"],
    ["ether5", "48:A9:8A:3C:71:E4"],
    ["wifi1", "48:A9:8A:3C:71:E5"],
    ["wifi2", "48:A9:8A:3C:71:E6"],
  ],
} as const;

const common = { arp: "enabled", "arp-timeout": "auto", disabled: "false" };

function ether(name: string, mac: string, up: number, down: number, more: Record<string, string> = {}): Record<string, string> {
  return {
    name,
    "default-name": name,
    mtu: "1500",
    l2mtu: "1568",
    "mac-address": mac,
    "orig-mac-address": mac,
    "loop-protect": "default",
    "auto-negotiation": "true",
    "full-duplex": "true",
    "tx-flow-control": "off",
    "rx-flow-control": "off",
    bandwidth: "unlimited/unlimited",
    switch: "switch1",
    speed: "1Gbps",
    ...common,
    "~rx": String(up),
    "~tx": String(down),
    ...more,
  };
}

function etherRows(): Rows {
  const [wan, wanMac] = PORTS.wan;
  // Seen from the port: the WAN receives what the home downloads.
  return [
    ether(wan, wanMac, 1_430_000, 128_000),
    ether("ether2", PORTS.lan[0][1], 26_000, 330_000, { slave: "true" }),
    ether("ether3", PORTS.lan[1][1], 9_000, 610_000, { slave: "true" }),
    ether("ether4", PORTS.lan[2][1], 0, 0, { slave: "true", "~unplugged": "true" }),
    ether("ether5", PORTS.lan[3][1], 52_000, 31_000, { slave: "true" }),
  ];
}

const wifi = (name: string, mac: string, profile: string, up: number, down: number): Record<string, string> => ({
  name,
  "default-name": name,
  l2mtu: "1560",
  mtu: "1500",
  "mac-address": mac,
  "radio-mac": mac,
  arp: "enabled",
  "arp-timeout": "auto",
  master: "true",
  bound: "true",
  configuration: profile,
  "configuration.mode": "ap",
  disabled: "false",
  slave: "true",
  "~rx": String(up),
  "~tx": String(down),
});

/** Keys are made up for the simulation: no real network uses them. */
export const WIFI_PASSPHRASE = "copper-otter-lantern";
const WG_PRIVATE = "wKx1mS0rZp8n3qYtqv5bJ7H2cUe9LdGfA4oRiXy6NEs=";
const WG_PUBLIC = "Qm7Vt1nPz5Yc0Gx4Jr8Ld2Hs6Wk9Be3Fa1Ou5Ti7CgU=";
const WG_PEER = "b5Rk2Ny8Xq1Lz7Ve4Tc0Jm6Pf3Gs9Ha5Wd2Ou8Ei1RY0=";
const WG_SHARED = "pZ4s8Tg1Qw6Lx0Yc5Nv9Jb3Ku7Hm2Rf8Da4Ei6Oc1Gs=";

const member = (list: string, name: string): Record<string, string> => ({
  list,
  interface: name,
  dynamic: "false",
  disabled: "false",
  comment: "defconf",
});

const builtin = (name: string, says: string): Record<string, string> => ({
  name,
  include: "",
  exclude: "",
  builtin: "true",
  dynamic: "false",
  comment: says,
});

const port = (name: string): Record<string, string> => ({
  interface: name,
  bridge: "bridge",
  priority: "0x80",
  "path-cost": "",
  edge: "auto",
  "point-to-point": "auto",
  learn: "auto",
  horizon: "none",
  "auto-isolate": "false",
  hw: "true",
  pvid: "1",
  "frame-types": "admit-all",
  "ingress-filtering": "true",
  "unknown-unicast-flood": "true",
  "unknown-multicast-flood": "true",
  "broadcast-flood": "true",
  "tag-stacking": "false",
  trusted: "false",
  "multicast-router": "temporary-query",
  "fast-leave": "false",
  "bpdu-guard": "false",
  "restricted-role": "false",
  "restricted-tcn": "false",
  "mvrp-registrar-state": "normal",
  "mvrp-applicant-state": "normal-participant",
  "port-number": String(1 + PORTS.lan.findIndex((p) => p[0] === name)),
  role: name === "ether4" ? "disabled-port" : "designated-port",
  status: name === "ether4" ? "inactive" : "in-bridge",
  inactive: String(name === "ether4"),
  dynamic: "false",
  disabled: "false",
  comment: "defconf",
});

const bridge: Record<string, string> = {
  name: "bridge",
  mtu: "auto",
  "actual-mtu": "1500",
  l2mtu: "1560",
  "mac-address": PORTS.lan[0][1],
  "admin-mac": PORTS.lan[0][1],
  "auto-mac": "false",
  "protocol-mode": "rstp",
  priority: "0x8000",
  "ageing-time": "5m",
  "forward-delay": "15s",
  "max-message-age": "20s",
  "transmit-hold-count": "6",
  "fast-forward": "true",
  "igmp-snooping": "false",
  "vlan-filtering": "false",
  "dhcp-snooping": "false",
  "port-cost-mode": "short",
  "max-learned-entries": "auto",
  "mvrp": "false",
  ...common,
  comment: "defconf",
  "~rx": "114000",
  "~tx": "1340000",
};

const wireguard: Record<string, string> = {
  name: "wireguard1",
  mtu: "1420",
  "listen-port": "13231",
  "private-key": WG_PRIVATE,
  "public-key": WG_PUBLIC,
  disabled: "false",
  comment: "phones away from home",
  "~rx": "300",
  "~tx": "420",
};

const peer: Record<string, string> = {
  name: "anna-phone",
  interface: "wireguard1",
  "public-key": WG_PEER,
  "private-key": "",
  "preshared-key": WG_SHARED,
  "endpoint-address": "",
  "endpoint-port": "0",
  "current-endpoint-address": "198.51.100.143",
  "current-endpoint-port": "51820",
  "allowed-address": "192.168.100.2/32",
  "client-endpoint": "",
  responder: "true",
  dynamic: "false",
  disabled: "false",
  comment: "Anna's phone",
  "~rx": "300",
  "~tx": "420",
};

/** Menu → rows, in the order in which ids are given. */
export function linkRows(): ReadonlyArray<readonly [string, Rows]> {
  return [
    ["/interface/ethernet", etherRows()],
    ["/interface/wifi", [
      wifi("wifi1", PORTS.lan[4][1], "home-5", 31_500, 395_000),
      wifi("wifi2", PORTS.lan[5][1], "home-2", 460, 440),
    ]],
    ["/interface/bridge", [bridge]],
    ["~loopback", [{ name: "lo", type: "loopback", mtu: "65536", "actual-mtu": "65536", "mac-address": "00:00:00:00:00:00", disabled: "false", "~rx": "40", "~tx": "40" }]],
    ["/interface/wireguard", [wireguard]],
    ["/interface/wireguard/peers", [peer]],
    ["/interface/bridge/port", PORTS.lan.map(([name]) => port(name))],
    ["/interface/list", [
      builtin("all", "contains all interfaces"),
      builtin("none", "contains no interfaces"),
      builtin("dynamic", "contains dynamic interfaces"),
      builtin("static", "contains static interfaces"),
      { name: "WAN", include: "", exclude: "", builtin: "false", dynamic: "false", comment: "defconf" },
      { name: "LAN", include: "", exclude: "", builtin: "false", dynamic: "false", comment: "defconf" },
    ]],
    ["/interface/list/member", [member("LAN", "bridge"), member("WAN", "ether1"), { ...member("LAN", "wireguard1"), comment: "phones" }]],
  ];
}

const profile = (name: string, band: string, width: string): Record<string, string> => ({
  name,
  mode: "ap",
  ssid: SSID,
  country: "Latvia",
  security: "home",
  "channel.band": band,
  "channel.width": width,
  disabled: "false",
});

/** Wi-Fi profiles: security holds the passphrase, configurations refer to it. */
export function wifiProfiles(): ReadonlyArray<readonly [string, Rows]> {
  return [
    ["/interface/wifi/security", [{
      name: "home",
      "authentication-types": "wpa2-psk,wpa3-psk",
      passphrase: WIFI_PASSPHRASE,
      ft: "true",
      "ft-over-ds": "true",
      wps: "disable",
      disabled: "false",
    }]],
    ["/interface/wifi/configuration", [profile("home-5", "5ghz-ax", "20/40/80mhz"), profile("home-2", "2ghz-ax", "20/40mhz")]],
  ];
}
