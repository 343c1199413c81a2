// Interfaces of the simulated home router as a sheet: five Ethernet ports, two radios, the
// bridge, WireGuard and the loopback, with their lists and profiles. Values are those of
// a default configuration (RouterOS manual: Default configurations, WiFi, WireGuard);
// keys and passphrases are made up, no real network uses them.

export const SSID = "Hazelnut";

/** The bridge's ports and their own MAC addresses. */
export const PORTS: ReadonlyArray<readonly [port: string, mac: string]> = [
  ["ether2", "48:A9:8A:3C:71:E1"],
  ["ether3", "48:A9:8A:3C:71:E2"],
  ["ether4", "48:A9:8A:3C:71:E3"],
  ["ether5", "48:A9:8A:3C:71:E4"],
  ["wifi1", "48:A9:8A:3C:71:E5"],
  ["wifi2", "48:A9:8A:3C:71:E6"],
];

export const WIFI_PASSPHRASE = "copper-otter-lantern";

/** In the order in which interfaces got their ids. */
export const LINKS = `
/interface/ethernet
name=ether1 default-name=ether1 mtu=1500 l2mtu=1568 mac-address=48:A9:8A:3C:71:E0 orig-mac-address=48:A9:8A:3C:71:E0
  loop-protect=default auto-negotiation=true full-duplex=true tx-flow-control=off rx-flow-control=off
  bandwidth=unlimited/unlimited switch=switch1 speed=1Gbps arp=enabled arp-timeout=auto disabled=false ~rx=1430000
  ~tx=128000
name=ether2 default-name=ether2 mtu=1500 l2mtu=1568 mac-address=48:A9:8A:3C:71:E1 orig-mac-address=48:A9:8A:3C:71:E1
  loop-protect=default auto-negotiation=true full-duplex=true tx-flow-control=off rx-flow-control=off
  bandwidth=unlimited/unlimited switch=switch1 speed=1Gbps arp=enabled arp-timeout=auto disabled=false ~rx=26000
  ~tx=330000 slave=true
name=ether3 default-name=ether3 mtu=1500 l2mtu=1568 mac-address=48:A9:8A:3C:71:E2 orig-mac-address=48:A9:8A:3C:71:E2
  loop-protect=default auto-negotiation=true full-duplex=true tx-flow-control=off rx-flow-control=off
  bandwidth=unlimited/unlimited switch=switch1 speed=1Gbps arp=enabled arp-timeout=auto disabled=false ~rx=9000
  ~tx=610000 slave=true
name=ether4 default-name=ether4 mtu=1500 l2mtu=1568 mac-address=48:A9:8A:3C:71:E3 orig-mac-address=48:A9:8A:3C:71:E3
  loop-protect=default auto-negotiation=true full-duplex=true tx-flow-control=off rx-flow-control=off
  bandwidth=unlimited/unlimited switch=switch1 speed=1Gbps arp=enabled arp-timeout=auto disabled=false ~rx=0 ~tx=0
  slave=true ~unplugged=true
name=ether5 default-name=ether5 mtu=1500 l2mtu=1568 mac-address=48:A9:8A:3C:71:E4 orig-mac-address=48:A9:8A:3C:71:E4
  loop-protect=default auto-negotiation=true full-duplex=true tx-flow-control=off rx-flow-control=off
  bandwidth=unlimited/unlimited switch=switch1 speed=1Gbps arp=enabled arp-timeout=auto disabled=false ~rx=52000
  ~tx=31000 slave=true

/interface/wifi
name=wifi1 default-name=wifi1 l2mtu=1560 mtu=1500 mac-address=48:A9:8A:3C:71:E5 radio-mac=48:A9:8A:3C:71:E5
  arp=enabled arp-timeout=auto master=true bound=true configuration=home-5 configuration.mode=ap disabled=false
  slave=true ~rx=31500 ~tx=395000
name=wifi2 default-name=wifi2 l2mtu=1560 mtu=1500 mac-address=48:A9:8A:3C:71:E6 radio-mac=48:A9:8A:3C:71:E6
  arp=enabled arp-timeout=auto master=true bound=true configuration=home-2 configuration.mode=ap disabled=false
  slave=true ~rx=460 ~tx=440

/interface/bridge
name=bridge mtu=auto actual-mtu=1500 l2mtu=1560 mac-address=48:A9:8A:3C:71:E1 admin-mac=48:A9:8A:3C:71:E1
  auto-mac=false protocol-mode=rstp priority=0x8000 ageing-time=5m forward-delay=15s max-message-age=20s
  transmit-hold-count=6 fast-forward=true igmp-snooping=false vlan-filtering=false dhcp-snooping=false
  port-cost-mode=short max-learned-entries=auto mvrp=false arp=enabled arp-timeout=auto disabled=false
  comment=defconf ~rx=114000 ~tx=1340000

~loopback
name=lo type=loopback mtu=65536 actual-mtu=65536 mac-address=00:00:00:00:00:00 disabled=false ~rx=40 ~tx=40

/interface/wireguard
name=wireguard1 mtu=1420 listen-port=13231 private-key=wKx1mS0rZp8n3qYtqv5bJ7H2cUe9LdGfA4oRiXy6NEs=
  public-key=Qm7Vt1nPz5Yc0Gx4Jr8Ld2Hs6Wk9Be3Fa1Ou5Ti7CgU= disabled=false comment="phones away from home" ~rx=300
  ~tx=420

/interface/wireguard/peers
name=anna-phone interface=wireguard1 public-key=b5Rk2Ny8Xq1Lz7Ve4Tc0Jm6Pf3Gs9Ha5Wd2Ou8Ei1RY0= private-key=""
  preshared-key=pZ4s8Tg1Qw6Lx0Yc5Nv9Jb3Ku7Hm2Rf8Da4Ei6Oc1Gs= endpoint-address="" endpoint-port=0
  current-endpoint-address=198.51.100.143 current-endpoint-port=51820 allowed-address=192.168.100.2/32
  client-endpoint="" responder=true dynamic=false disabled=false comment="Anna's phone" ~rx=300 ~tx=420

/interface/bridge/port
interface=ether2 bridge=bridge priority=0x80 edge=auto point-to-point=auto learn=auto horizon=none
  auto-isolate=false hw=true pvid=1 frame-types=admit-all ingress-filtering=true unknown-unicast-flood=true
  unknown-multicast-flood=true broadcast-flood=true tag-stacking=false trusted=false
  multicast-router=temporary-query fast-leave=false bpdu-guard=false restricted-role=false restricted-tcn=false
  mvrp-registrar-state=normal mvrp-applicant-state=normal-participant port-number=1 role=designated-port
  status=in-bridge inactive=false dynamic=false disabled=false comment=defconf
interface=ether3 bridge=bridge priority=0x80 edge=auto point-to-point=auto learn=auto horizon=none
  auto-isolate=false hw=true pvid=1 frame-types=admit-all ingress-filtering=true unknown-unicast-flood=true
  unknown-multicast-flood=true broadcast-flood=true tag-stacking=false trusted=false
  multicast-router=temporary-query fast-leave=false bpdu-guard=false restricted-role=false restricted-tcn=false
  mvrp-registrar-state=normal mvrp-applicant-state=normal-participant port-number=2 role=designated-port
  status=in-bridge inactive=false dynamic=false disabled=false comment=defconf
interface=ether4 bridge=bridge priority=0x80 edge=auto point-to-point=auto learn=auto horizon=none
  auto-isolate=false hw=true pvid=1 frame-types=admit-all ingress-filtering=true unknown-unicast-flood=true
  unknown-multicast-flood=true broadcast-flood=true tag-stacking=false trusted=false
  multicast-router=temporary-query fast-leave=false bpdu-guard=false restricted-role=false restricted-tcn=false
  mvrp-registrar-state=normal mvrp-applicant-state=normal-participant port-number=3 role=disabled-port
  status=inactive inactive=true dynamic=false disabled=false comment=defconf
interface=ether5 bridge=bridge priority=0x80 edge=auto point-to-point=auto learn=auto horizon=none
  auto-isolate=false hw=true pvid=1 frame-types=admit-all ingress-filtering=true unknown-unicast-flood=true
  unknown-multicast-flood=true broadcast-flood=true tag-stacking=false trusted=false
  multicast-router=temporary-query fast-leave=false bpdu-guard=false restricted-role=false restricted-tcn=false
  mvrp-registrar-state=normal mvrp-applicant-state=normal-participant port-number=4 role=designated-port
  status=in-bridge inactive=false dynamic=false disabled=false comment=defconf
interface=wifi1 bridge=bridge priority=0x80 edge=auto point-to-point=auto learn=auto horizon=none
  auto-isolate=false hw=true pvid=1 frame-types=admit-all ingress-filtering=true unknown-unicast-flood=true
  unknown-multicast-flood=true broadcast-flood=true tag-stacking=false trusted=false
  multicast-router=temporary-query fast-leave=false bpdu-guard=false restricted-role=false restricted-tcn=false
  mvrp-registrar-state=normal mvrp-applicant-state=normal-participant port-number=5 role=designated-port
  status=in-bridge inactive=false dynamic=false disabled=false comment=defconf
interface=wifi2 bridge=bridge priority=0x80 edge=auto point-to-point=auto learn=auto horizon=none
  auto-isolate=false hw=true pvid=1 frame-types=admit-all ingress-filtering=true unknown-unicast-flood=true
  unknown-multicast-flood=true broadcast-flood=true tag-stacking=false trusted=false
  multicast-router=temporary-query fast-leave=false bpdu-guard=false restricted-role=false restricted-tcn=false
  mvrp-registrar-state=normal mvrp-applicant-state=normal-participant port-number=6 role=designated-port
  status=in-bridge inactive=false dynamic=false disabled=false comment=defconf

/interface/list
name=all include="" exclude="" builtin=true dynamic=false comment="contains all interfaces"
name=none include="" exclude="" builtin=true dynamic=false comment="contains no interfaces"
name=dynamic include="" exclude="" builtin=true dynamic=false comment="contains dynamic interfaces"
name=static include="" exclude="" builtin=true dynamic=false comment="contains static interfaces"
name=WAN include="" exclude="" builtin=false dynamic=false comment=defconf
name=LAN include="" exclude="" builtin=false dynamic=false comment=defconf

/interface/list/member
list=LAN interface=bridge dynamic=false disabled=false comment=defconf
list=WAN interface=ether1 dynamic=false disabled=false comment=defconf
list=LAN interface=wireguard1 dynamic=false disabled=false comment=phones

/interface/wifi/security
name=home authentication-types=wpa2-psk,wpa3-psk passphrase=${WIFI_PASSPHRASE} ft=true ft-over-ds=true wps=disable
  disabled=false

/interface/wifi/configuration
name=home-5 mode=ap ssid=${SSID} country=Latvia security=home channel.band=5ghz-ax channel.width=20/40/80mhz
  disabled=false
name=home-2 mode=ap ssid=${SSID} country=Latvia security=home channel.band=2ghz-ax channel.width=20/40mhz
  disabled=false
`;
