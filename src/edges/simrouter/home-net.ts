// Addresses, DHCP, firewall, DNS and IP settings of the simulated home as a sheet: the
// default configuration of a RouterOS home router (manual: Default configurations,
// Filter, NAT). What follows from the devices is in home-lan.ts; connected routes and the
// WAN address are made by links.ts.

export const WAN_ADDRESS = "203.0.113.57";

export const NET = `
/ip/address
address=192.168.88.1/24 network=192.168.88.0 interface=bridge actual-interface=bridge vrf=main invalid=false
  dynamic=false slave=false disabled=false comment=defconf
address=192.168.100.1/24 network=192.168.100.0 interface=wireguard1 actual-interface=wireguard1 vrf=main
  invalid=false dynamic=false slave=false disabled=false comment=phones

/ip/dhcp-client
name=client1 interface=ether1 add-default-route=yes default-route-distance=1 use-peer-dns=yes use-peer-ntp=true
  dhcp-options=hostname,clientid allow-reconfigure=false check-gateway=none status=bound address=${WAN_ADDRESS}/24
  gateway=203.0.113.1 dhcp-server=203.0.113.1 primary-dns=203.0.113.2 secondary-dns=203.0.113.3 dynamic=false
  invalid=false disabled=false comment=defconf

/ip/pool
name=default-dhcp ranges=192.168.88.10-192.168.88.254 total=245 used=7 available=238

/ip/dhcp-server
name=defconf interface=bridge address-pool=default-dhcp lease-time=30m lease-script="" authoritative=yes
  use-radius=no bootp-support=static dynamic=false invalid=false disabled=false

/ip/dhcp-server/network
address=192.168.88.0/24 gateway=192.168.88.1 dns-server=192.168.88.1 wins-server="" ntp-server="" caps-manager=""
  dhcp-option="" dynamic=false comment=defconf

/ip/firewall/filter
chain=forward action=passthrough log=false log-prefix="" invalid=false dynamic=true disabled=false
  comment="special dummy rule to show fasttrack counters" ~pps=1150 ~size=980
chain=input action=accept connection-state=established,related,untracked log=false log-prefix="" invalid=false
  dynamic=false disabled=false comment="defconf: accept established,related,untracked" ~pps=14 ~size=210
chain=input action=drop connection-state=invalid log=false log-prefix="" invalid=false dynamic=false disabled=false
  comment="defconf: drop invalid" ~pps=0.02 ~size=52
chain=input action=accept protocol=icmp log=false log-prefix="" invalid=false dynamic=false disabled=false
  comment="defconf: accept ICMP" ~pps=0.3 ~size=64
chain=input action=accept dst-address=127.0.0.1 log=false log-prefix="" invalid=false dynamic=false disabled=false
  comment="defconf: accept to local loopback (for CAPsMAN)" ~pps=0.01 ~size=80
chain=input action=accept protocol=udp dst-port=13231 log=false log-prefix="" invalid=false dynamic=false
  disabled=false comment="allow WireGuard" ~pps=0.01 ~size=148
chain=input action=drop in-interface-list=!LAN log=false log-prefix="" invalid=false dynamic=false disabled=false
  comment="defconf: drop all not coming from LAN" ~pps=1.7 ~size=46
chain=forward action=accept ipsec-policy=in,ipsec log=false log-prefix="" invalid=false dynamic=false disabled=false
  comment="defconf: accept in ipsec policy" ~pps=0 ~size=0
chain=forward action=accept ipsec-policy=out,ipsec log=false log-prefix="" invalid=false dynamic=false
  disabled=false comment="defconf: accept out ipsec policy" ~pps=0 ~size=0
chain=forward action=fasttrack-connection connection-state=established,related hw-offload=true log=false
  log-prefix="" invalid=false dynamic=false disabled=false comment="defconf: fasttrack" ~pps=42 ~size=640
chain=forward action=accept connection-state=established,related,untracked log=false log-prefix="" invalid=false
  dynamic=false disabled=false comment="defconf: accept established,related, untracked" ~pps=42 ~size=640
chain=forward action=drop connection-state=invalid log=false log-prefix="" invalid=false dynamic=false
  disabled=false comment="defconf: drop invalid" ~pps=0.06 ~size=48
chain=forward action=drop connection-state=new connection-nat-state=!dstnat in-interface-list=WAN log=false
  log-prefix="" invalid=false dynamic=false disabled=false comment="defconf: drop all from WAN not DSTNATed"
  ~pps=0.01 ~size=60

/ip/firewall/nat
chain=srcnat action=masquerade ipsec-policy=out,none out-interface-list=WAN log=false log-prefix="" invalid=false
  dynamic=false disabled=false comment="defconf: masquerade" ~pps=3.1 ~size=71
chain=dstnat action=dst-nat protocol=tcp dst-port=8443 to-addresses=192.168.88.10 to-ports=443 in-interface-list=WAN
  log=false log-prefix="" invalid=false dynamic=false disabled=false comment="file server from outside" ~pps=0.01
  ~size=60

/ip/firewall/address-list
list=blocked address=198.51.100.66 creation-time="2026-09-28 16:48:57" dynamic=false disabled=false
  comment="tried passwords"

/ip/dns/static
name=router.lan type=A address=192.168.88.1 ttl=1d dynamic=false disabled=false comment=defconf
name=nas.lan type=A address=192.168.88.10 ttl=1d dynamic=false disabled=false

/ip/dns/cache
name=time.example.net type=A data=203.0.113.201 ttl=4m12s static=false negative=false
name=cdn.example.org type=A data=198.51.100.20 ttl=58s static=false negative=false
name=mail.example.com type=A data=198.51.100.44 ttl=1h2m static=false negative=false

/ip/neighbor
interface=ether5 address=192.168.88.10 mac-address=00:11:32:8C:4E:10 identity=nas platform="" version=""
  discovered-by=lldp age=12s system-description="file server" interface-name=eth0

/routing/table
name=main fib=true dynamic=true disabled=false invalid=false

/ipv6/address
address=fe80::4aa9:8aff:fe3c:71e1/64 interface=bridge actual-interface=bridge advertise=false link-local=true
  dynamic=true invalid=false disabled=false deprecated=false slave=false

/ip/dns
servers="" dynamic-servers=203.0.113.2,203.0.113.3 use-doh-server="" verify-doh-cert=false
  doh-max-server-connections=5 doh-max-concurrent-queries=50 doh-timeout=5s allow-remote-requests=true
  max-udp-packet-size=4096 query-server-timeout=2s query-total-timeout=10s max-concurrent-queries=100
  max-concurrent-tcp-sessions=20 cache-size=2048KiB cache-max-ttl=1w address-list-extra-time=0s vrf=main
  mdns-repeat-ifaces="" cache-used=71KiB

/ip/settings
ip-forward=true send-redirects=true accept-source-route=false accept-redirects=false secure-redirects=true
  rp-filter=no tcp-syncookies=false max-neighbor-entries=8192 arp-timeout=30s icmp-rate-limit=10
  allow-fast-path=true ipv4-fast-path-active=true

/ip/neighbor/discovery-settings
discover-interface-list=LAN protocol=cdp,lldp,mndp mode=tx-and-rx lldp-med-net-policy-vlan=disabled

/ip/cloud
ddns-enabled=auto ddns-update-interval=none update-time=true back-to-home-vpn=revoked-and-disabled

/ip/upnp
enabled=false allow-disable-external-interface=false show-dummy-rule=true

/ip/socks
enabled=false port=1080 version=4 auth-method=none max-connections=200 connection-idle-timeout=2m vrf=main

/ip/proxy
enabled=false port=8080 anonymous=false

/ip/ssh
strong-crypto=true forwarding-enabled=no always-allow-password-login=false host-key-type=ed25519

/ip/firewall/connection/tracking
enabled=auto active=true total-entries=214 max-entries=1048576 tcp-established-timeout=1d udp-timeout=30s
  udp-stream-timeout=3m icmp-timeout=10s generic-timeout=10m

/ipv6/settings
disable-ipv6=false forward=true accept-redirects=yes-if-forwarding-disabled
  accept-router-advertisements=yes-if-forwarding-disabled max-neighbor-entries=8192
`;
