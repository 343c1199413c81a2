// Addresses, DHCP, firewall, DNS and routes of the simulated home: the default
// configuration of a RouterOS home router (manual: Default configurations, Filter, NAT).

import { arpRows, connectionRows, hostRows, leaseRows } from "./home-lan.ts";
import { PORTS } from "./home-links.ts";

type Rows = Array<Record<string, string>>;

export const WAN_ADDRESS = "203.0.113.57";
export const WAN_GATEWAY = "203.0.113.1";

const defconf = (text: string): string => `defconf: ${text}`;

function rule(fields: Record<string, string>, perSecond: number, size: number): Record<string, string> {
  const { chain = "", action = "", comment = "", ...match } = fields;
  return {
    chain,
    action,
    ...match,
    log: "false",
    "log-prefix": "",
    invalid: "false",
    dynamic: "false",
    disabled: "false",
    comment,
    "~pps": String(perSecond),
    "~size": String(size),
  };
}

function filterRows(): Rows {
  const eru = "established,related,untracked";
  return [
    { ...rule({ chain: "forward", action: "passthrough", comment: "special dummy rule to show fasttrack counters" }, 1_150, 980), dynamic: "true" },
    rule({ chain: "input", action: "accept", "connection-state": eru, comment: defconf("accept established,related,untracked") }, 14, 210),
    rule({ chain: "input", action: "drop", "connection-state": "invalid", comment: defconf("drop invalid") }, 0.02, 52),
    rule({ chain: "input", action: "accept", protocol: "icmp", comment: defconf("accept ICMP") }, 0.3, 64),
    rule({ chain: "input", action: "accept", "dst-address": "127.0.0.1", comment: defconf("accept to local loopback (for CAPsMAN)") }, 0.01, 80),
    rule({ chain: "input", action: "accept", protocol: "udp", "dst-port": "13231", comment: "allow WireGuard" }, 0.01, 148),
    rule({ chain: "input", action: "drop", "in-interface-list": "!LAN", comment: defconf("drop all not coming from LAN") }, 1.7, 46),
    rule({ chain: "forward", action: "accept", "ipsec-policy": "in,ipsec", comment: defconf("accept in ipsec policy") }, 0, 0),
    rule({ chain: "forward", action: "accept", "ipsec-policy": "out,ipsec", comment: defconf("accept out ipsec policy") }, 0, 0),
    rule({ chain: "forward", action: "fasttrack-connection", "connection-state": "established,related", "hw-offload": "true", comment: defconf("fasttrack") }, 42, 640),
    rule({ chain: "forward", action: "accept", "connection-state": eru, comment: defconf("accept established,related, untracked") }, 42, 640),
    rule({ chain: "forward", action: "drop", "connection-state": "invalid", comment: defconf("drop invalid") }, 0.06, 48),
    rule({ chain: "forward", action: "drop", "connection-state": "new", "connection-nat-state": "!dstnat", "in-interface-list": "WAN", comment: defconf("drop all from WAN not DSTNATed") }, 0.01, 60),
  ];
}

function natRows(): Rows {
  return [
    rule({ chain: "srcnat", action: "masquerade", "ipsec-policy": "out,none", "out-interface-list": "WAN", comment: defconf("masquerade") }, 3.1, 71),
    rule({ chain: "dstnat", action: "dst-nat", protocol: "tcp", "dst-port": "8443", "to-addresses": "192.168.88.10", "to-ports": "443", "in-interface-list": "WAN", comment: "file server from outside" }, 0.01, 60),
  ];
}

const lan: Record<string, string> = {
  address: "192.168.88.1/24",
  network: "192.168.88.0",
  interface: "bridge",
  "actual-interface": "bridge",
  vrf: "main",
  invalid: "false",
  dynamic: "false",
  slave: "false",
  disabled: "false",
  comment: "defconf",
};

const client: Record<string, string> = {
  name: "client1",
  interface: "ether1",
  "add-default-route": "yes",
  "default-route-distance": "1",
  "use-peer-dns": "yes",
  "use-peer-ntp": "true",
  "dhcp-options": "hostname,clientid",
  "allow-reconfigure": "false",
  "check-gateway": "none",
  status: "bound",
  address: `${WAN_ADDRESS}/24`,
  gateway: WAN_GATEWAY,
  "dhcp-server": WAN_GATEWAY,
  "primary-dns": "203.0.113.2",
  "secondary-dns": "203.0.113.3",
  dynamic: "false",
  invalid: "false",
  disabled: "false",
  comment: "defconf",
};

const server: Record<string, string> = {
  name: "defconf",
  interface: "bridge",
  "address-pool": "default-dhcp",
  "lease-time": "30m",
  "lease-script": "",
  authoritative: "yes",
  "use-radius": "no",
  "bootp-support": "static",
  dynamic: "false",
  invalid: "false",
  disabled: "false",
};

const dnsStatic: Rows = [
  { name: "router.lan", type: "A", address: "192.168.88.1", ttl: "1d", dynamic: "false", disabled: "false", comment: "defconf" },
  { name: "nas.lan", type: "A", address: "192.168.88.10", ttl: "1d", dynamic: "false", disabled: "false" },
];

const cached = (name: string, data: string, ttl: string): Record<string, string> => ({ name, type: "A", data, ttl, static: "false", negative: "false" });

/** Menu → rows. Connected routes and WAN addresses are made by links.ts, as they follow the addresses. */
export function netRows(): ReadonlyArray<readonly [string, Rows]> {
  return [
    ["/ip/address", [lan, { ...lan, address: "192.168.100.1/24", network: "192.168.100.0", interface: "wireguard1", "actual-interface": "wireguard1", comment: "phones" }]],
    ["/ip/dhcp-client", [client]],
    ["/ip/pool", [{ name: "default-dhcp", ranges: "192.168.88.10-192.168.88.254", total: "245", used: "7", available: "238" }]],
    ["/ip/dhcp-server", [server]],
    ["/ip/dhcp-server/network", [{ address: "192.168.88.0/24", gateway: "192.168.88.1", "dns-server": "192.168.88.1", "wins-server": "", "ntp-server": "", "caps-manager": "", "dhcp-option": "", dynamic: "false", comment: "defconf" }]],
    ["/ip/dhcp-server/lease", leaseRows()],
    ["/ip/arp", arpRows()],
    ["/interface/bridge/host", hostRows(PORTS.lan)],
    ["/ip/firewall/filter", filterRows()],
    ["/ip/firewall/nat", natRows()],
    ["/ip/firewall/connection", connectionRows(WAN_ADDRESS)],
    ["/ip/firewall/address-list", [{ list: "blocked", address: "198.51.100.66", "creation-time": "2026-09-28 16:48:57", dynamic: "false", disabled: "false", comment: "tried passwords" }]],
    ["/ip/dns/static", dnsStatic],
    ["/ip/dns/cache", [cached("time.example.net", "203.0.113.201", "4m12s"), cached("cdn.example.org", "198.51.100.20", "58s"), cached("mail.example.com", "198.51.100.44", "1h2m")]],
    ["/ip/neighbor", [{ interface: "ether5", address: "192.168.88.10", "mac-address": "00:11:32:8C:4E:10", identity: "nas", platform: "", version: "", "discovered-by": "lldp", age: "12s", "system-description": "file server", "interface-name": "eth0" }]],
    ["/routing/table", [{ name: "main", fib: "true", dynamic: "true", disabled: "false", invalid: "false" }]],
    ["/ipv6/address", [{ address: "fe80::4aa9:8aff:fe3c:71e1/64", interface: "bridge", "actual-interface": "bridge", advertise: "false", "link-local": "true", dynamic: "true", invalid: "false", disabled: "false", deprecated: "false", slave: "false" }]],
  ];
}

/** Menus without records: their one object. */
export function netSingles(): ReadonlyArray<readonly [string, Record<string, string>]> {
  return [
    ["/ip/dns", {
      servers: "",
      "dynamic-servers": "203.0.113.2,203.0.113.3",
      "use-doh-server": "",
      "verify-doh-cert": "false",
      "doh-max-server-connections": "5",
      "doh-max-concurrent-queries": "50",
      "doh-timeout": "5s",
      "allow-remote-requests": "true",
      "max-udp-packet-size": "4096",
      "query-server-timeout": "2s",
      "query-total-timeout": "10s",
      "max-concurrent-queries": "100",
      "max-concurrent-tcp-sessions": "20",
      "cache-size": "2048KiB",
      "cache-max-ttl": "1w",
      "address-list-extra-time": "0s",
      vrf: "main",
      "mdns-repeat-ifaces": "",
      "cache-used": "71KiB",
    }],
    ["/ip/settings", { "ip-forward": "true", "send-redirects": "true", "accept-source-route": "false", "accept-redirects": "false", "secure-redirects": "true", "rp-filter": "no", "tcp-syncookies": "false", "max-neighbor-entries": "8192", "arp-timeout": "30s", "icmp-rate-limit": "10", "allow-fast-path": "true", "ipv4-fast-path-active": "true" }],
    ["/ip/neighbor/discovery-settings", { "discover-interface-list": "LAN", protocol: "cdp,lldp,mndp", mode: "tx-and-rx", "lldp-med-net-policy-vlan": "disabled" }],
    ["/ip/cloud", { "ddns-enabled": "auto", "ddns-update-interval": "none", "update-time": "true", "back-to-home-vpn": "revoked-and-disabled" }],
    ["/ip/upnp", { enabled: "false", "allow-disable-external-interface": "false", "show-dummy-rule": "true" }],
    ["/ip/socks", { enabled: "false", port: "1080", version: "4", "auth-method": "none", "max-connections": "200", "connection-idle-timeout": "2m", vrf: "main" }],
    ["/ip/proxy", { enabled: "false", port: "8080", anonymous: "false" }],
    ["/ip/ssh", { "strong-crypto": "true", "forwarding-enabled": "no", "always-allow-password-login": "false", "host-key-type": "ed25519" }],
    ["/ip/firewall/connection/tracking", { enabled: "auto", active: "true", "total-entries": "214", "max-entries": "1048576", "tcp-established-timeout": "1d", "udp-timeout": "30s", "udp-stream-timeout": "3m", "icmp-timeout": "10s", "generic-timeout": "10m" }],
    ["/ipv6/settings", { "disable-ipv6": "false", forward: "true", "accept-redirects": "yes-if-forwarding-disabled", "accept-router-advertisements": "yes-if-forwarding-disabled", "max-neighbor-entries": "8192" }],
  ];
}
