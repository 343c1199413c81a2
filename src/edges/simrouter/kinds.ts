// What the command tree does not say of a menu: what its rows are called, what may not
// occur twice, what a new row begins with, which dynamic rows may go.
// Wordings from the published error texts and logs of RouterOS 7.

/** Interface menus and the `type` that /interface shows. They share one count of ids. */
export const INTERFACE_TYPES: ReadonlyMap<string, string> = new Map([
  ["/interface/ethernet", "ether"],
  ["/interface/wifi", "wifi"],
  ["/interface/wireless", "wlan"],
  ["/interface/bridge", "bridge"],
  ["~loopback", "loopback"],
  ["/interface/wireguard", "wg"],
  ["/interface/vlan", "vlan"],
  ["/interface/veth", "veth"],
  ["/interface/bonding", "bond"],
  ["/interface/pppoe-client", "pppoe-out"],
  ["/interface/l2tp-client", "l2tp-out"],
  ["/interface/sstp-client", "sstp-out"],
  ["/interface/ovpn-client", "ovpn-out"],
  ["/interface/eoip", "eoip"],
  ["/interface/gre", "gre-tunnel"],
  ["/interface/ipip", "ipip-tunnel"],
  ["/interface/vxlan", "vxlan"],
  ["/interface/macvlan", "macvlan"],
  ["/interface/vrrp", "vrrp"],
  ["/interface/lte", "lte"],
]);

export interface Unique {
  fields: readonly string[];
  /** After "failure: ". */
  text: string;
}

const NAMED: Unique = { fields: ["name"], text: "item with this name already exists" };
const ENTRY = "already have such entry";

const UNIQUE: ReadonlyMap<string, readonly Unique[]> = new Map<string, readonly Unique[]>([
  ["/ip/address", [{ fields: ["address", "interface"], text: "already have such address" }]],
  ["/ip/arp", [{ fields: ["address", "interface"], text: ENTRY }]],
  ["/ip/firewall/address-list", [{ fields: ["list", "address"], text: ENTRY }]],
  [
    "/ip/dhcp-server/lease",
    [
      { fields: ["address", "server"], text: ENTRY },
      { fields: ["mac-address", "server"], text: ENTRY },
    ],
  ],
  ["/ip/dhcp-server/network", [{ fields: ["address"], text: ENTRY }]],
  ["/ip/dhcp-client", [{ fields: ["interface"], text: "dhcp-client on that interface already exists" }]],
  ["/ip/dns/static", [{ fields: ["name", "type", "address", "cname", "text"], text: "entry already exists" }]],
  ["/interface/list/member", [{ fields: ["list", "interface"], text: ENTRY }]],
  ["/interface/bridge/port", [{ fields: ["interface"], text: "device already added as bridge port" }]],
  // Their name is that of a list.
  ["/container/envs", [{ fields: ["name", "list", "key"], text: ENTRY }]],
  ["/container/mounts", [{ fields: ["name", "list", "dst"], text: ENTRY }]],
  ["/user", [{ fields: ["name"], text: "user with the same name already exists" }]],
]);

/** What may not occur twice in a menu. */
export function uniqueOf(menu: string): readonly Unique[] {
  if (INTERFACE_TYPES.has(menu)) return [{ fields: ["name"], text: "already have such interface" }];
  return UNIQUE.get(menu) ?? [NAMED];
}

const NOUNS: ReadonlyMap<string, string> = new Map([
  ["/ip/firewall/filter", "filter rule"],
  ["/ip/firewall/nat", "nat rule"],
  ["/ip/firewall/mangle", "mangle rule"],
  ["/ip/firewall/raw", "raw rule"],
  ["/ip/firewall/address-list", "address list entry"],
  ["/ip/address", "address"],
  ["/ip/arp", "arp entry"],
  ["/ip/route", "route"],
  ["/ip/pool", "pool"],
  ["/ip/dhcp-server", "dhcp server"],
  ["/ip/dhcp-server/lease", "lease"],
  ["/ip/dhcp-server/network", "dhcp network"],
  ["/ip/dhcp-client", "dhcp client"],
  ["/ip/dns/static", "static dns entry"],
  ["/ip/service", "ip service"],
  ["/interface/bridge/port", "bridge port"],
  ["/interface/list", "interface list"],
  ["/interface/list/member", "interface list member"],
  ["/interface/wireguard/peers", "peer"],
  ["/ppp/secret", "ppp secret"],
  ["/queue/simple", "simple queue"],
  ["/queue/tree", "queue"],
  ["/system/scheduler", "scheduled script"],
  ["/system/script", "script"],
  ["/user", "user"],
  ["/user/group", "group"],
]);

/** What a row of the menu is called in logs and refusals. */
export function nounOf(menu: string): string {
  return NOUNS.get(menu) ?? (menu === "/interface" || INTERFACE_TYPES.has(menu) ? "device" : "item");
}

const RULE = { action: "accept", log: "false", "log-prefix": "" };

const DEFAULTS: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map<
  string,
  Readonly<Record<string, string>>
>([
  ["/ip/firewall/filter", RULE],
  ["/ip/firewall/nat", RULE],
  ["/ip/firewall/mangle", { ...RULE, passthrough: "true" }],
  ["/ip/firewall/raw", RULE],
  [
    "/ip/dhcp-server/lease",
    {
      "address-lists": "",
      server: "all",
      "dhcp-option": "",
      status: "waiting",
      "last-seen": "never",
      radius: "false",
      blocked: "false",
    },
  ],
  ["/ip/dhcp-server", { "address-pool": "static-only", "lease-time": "30m", "use-radius": "no", authoritative: "yes" }],
  [
    "/ip/dhcp-client",
    {
      "add-default-route": "yes",
      "default-route-distance": "1",
      "use-peer-dns": "yes",
      "use-peer-ntp": "true",
      status: "searching...",
    },
  ],
  ["/ip/dns/static", { type: "A", ttl: "1d" }],
  ["/ip/address", { vrf: "main" }],
  ["/ip/route", { "routing-table": "main", distance: "1", scope: "30", "target-scope": "10" }],
  ["/ip/arp", { published: "false", complete: "true", dhcp: "false", status: "permanent" }],
  [
    "/queue/simple",
    {
      parent: "none",
      priority: "8/8",
      queue: "default-small/default-small",
      "limit-at": "0/0",
      "max-limit": "0/0",
      "burst-limit": "0/0",
      "burst-threshold": "0/0",
      "burst-time": "0s/0s",
      "bucket-size": "0.1/0.1",
      "packet-marks": "",
      rate: "0/0",
      bytes: "0/0",
    },
  ],
  [
    "/interface/bridge",
    {
      mtu: "auto",
      "actual-mtu": "1500",
      "protocol-mode": "rstp",
      "vlan-filtering": "false",
      "ageing-time": "5m",
      "igmp-snooping": "false",
    },
  ],
  [
    "/interface/bridge/port",
    {
      pvid: "1",
      priority: "0x80",
      hw: "true",
      "ingress-filtering": "true",
      "frame-types": "admit-all",
      status: "in-bridge",
    },
  ],
  ["/interface/vlan", { mtu: "1500", l2mtu: "1564", arp: "enabled", "use-service-tag": "false" }],
  ["/interface/wireguard", { mtu: "1420", "listen-port": "13231" }],
  [
    "/interface/wireguard/peers",
    { "preshared-key": "", "private-key": "", "endpoint-address": "", "endpoint-port": "0", responder: "false" },
  ],
  ["/system/scheduler", { interval: "0s", "on-event": "", "run-count": "0" }],
  ["/system/script", { "dont-require-permissions": "false", "run-count": "0" }],
  ["/ppp/secret", { service: "any", profile: "default", "caller-id": "", routes: "" }],
  ["/user", { address: "", "inactivity-timeout": "10m", "inactivity-policy": "none" }],
]);

/** Fields that a new row shows although nobody gave them. */
export function defaultsOf(menu: string): Readonly<Record<string, string>> {
  return DEFAULTS.get(menu) ?? {};
}

/** Menus whose dynamic rows may be removed all the same. */
export const DYNAMIC_REMOVABLE: ReadonlySet<string> = new Set([
  "/ip/firewall/address-list",
  "/ip/firewall/connection",
  "/ip/dhcp-server/lease",
  "/ip/arp",
  "/interface/wifi/registration-table",
  "/user/active",
]);

/** How a row without a name is called: bridge1, pool1 … */
export const AUTO_NAMES: ReadonlyMap<string, string> = new Map([
  ["/interface/bridge", "bridge"],
  ["/interface/wireguard", "wireguard"],
  ["/interface/vlan", "vlan"],
  ["/interface/veth", "veth"],
  ["/interface/wireguard/peers", "peer"],
  ["/ip/dhcp-server", "dhcp"],
  ["/ip/dhcp-client", "client"],
  ["/ip/pool", "pool"],
  ["/queue/simple", "queue"],
  ["/system/script", "script"],
]);
