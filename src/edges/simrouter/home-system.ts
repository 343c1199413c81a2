// The system menus of the simulated home router as a sheet: board, users' groups,
// services, packages, PPP, containers, tools. Values as RouterOS 7.24 shows them on a
// 1 GB arm64 home router; the board's name is one that no real board has.

export const VERSION = "7.24.4";

export const SYSTEM = `
/user/group
name=read
  policy=local,telnet,ssh,reboot,read,test,winbox,password,web,sniff,sensitive,api,romon,rest-api,!ftp,!write,!policy
  skin=default ~builtin=true
name=write
  policy=local,telnet,ssh,reboot,read,write,test,winbox,password,web,sniff,sensitive,api,romon,rest-api,!ftp,!policy
  skin=default ~builtin=true
name=full
  policy=local,telnet,ssh,ftp,reboot,read,write,policy,test,winbox,password,web,sniff,sensitive,api,romon,rest-api
  skin=default ~builtin=true

/ip/service
name=ftp port=21 proto=tcp address="" available-from="" vrf=main max-sessions=20 dynamic=false disabled=true
  invalid=false
name=ssh port=22 proto=tcp address="" available-from="" vrf=main max-sessions=20 dynamic=false disabled=false
  invalid=false
name=telnet port=23 proto=tcp address="" available-from="" vrf=main max-sessions=20 dynamic=false disabled=true
  invalid=false
name=www port=80 proto=tcp address="" available-from="" vrf=main max-sessions=20 dynamic=false disabled=false
  invalid=false
name=www-ssl port=443 proto=tcp address="" available-from="" certificate=none tls-version=any vrf=main
  max-sessions=20 dynamic=false disabled=true invalid=false
name=winbox port=8291 proto=tcp address="" available-from="" vrf=main max-sessions=20 dynamic=false disabled=false
  invalid=false
name=api port=8728 proto=tcp address="" available-from="" vrf=main max-sessions=20 dynamic=false disabled=true
  invalid=false
name=api-ssl port=8729 proto=tcp address="" available-from="" certificate=none tls-version=any vrf=main
  max-sessions=20 dynamic=false disabled=true invalid=false

/system/package
name=routeros version=${VERSION} build-time="2026-09-16 08:12:40" scheduled="" size=12873729 disabled=false
  available=false
name=wifi-qcom version=${VERSION} build-time="2026-09-16 08:12:40" scheduled="" size=11124737 disabled=false
  available=false
name=container version=${VERSION} build-time="2026-09-16 08:12:40" scheduled="" size=1146881 disabled=false
  available=false

/system/health
name=cpu-temperature value=47 type=C
name=voltage value=23.9 type=V

/system/logging/action
name=memory target=memory memory-lines=1000 memory-stop-on-full=false default=true
name=disk target=disk default=true
name=echo target=echo remember=true default=true
name=remote target=remote remote=0.0.0.0 remote-port=514 default=true

/system/logging
topics=info action=memory prefix="" regex="" invalid=false default=true disabled=false
topics=error action=memory prefix="" regex="" invalid=false default=true disabled=false
topics=warning action=memory prefix="" regex="" invalid=false default=true disabled=false
topics=critical action=echo prefix="" regex="" invalid=false default=true disabled=false

/system/resource/cpu
cpu=cpu0 load=0 irq=0 disk=0
cpu=cpu1 load=0 irq=0 disk=0
cpu=cpu2 load=0 irq=0 disk=0
cpu=cpu3 load=0 irq=0 disk=0

/system/scheduler

/system/script
name=morning-report owner=admin policy=read,write,test dont-require-permissions=false run-count=0
  source=":log info 'good morning'" invalid=false

/system/ntp/client/servers
address=pool.ntp.org resolved-address=203.0.113.123 dynamic=false disabled=false

/tool/netwatch

/queue/type
name=default kind=pfifo pfifo-limit=50 default=true
name=default-small kind=pfifo pfifo-limit=10 default=true
name=wireless-default kind=sfq sfq-perturb=5 sfq-allot=1514 default=true
name=only-hardware-queue kind=none default=true
name=fq-codel kind=fq-codel default=false

/queue/simple

/ppp/profile
name=default use-compression=default use-encryption=default only-one=default change-tcp-mss=yes use-upnp=default
  default=true
name=default-encryption use-compression=default use-encryption=yes only-one=default change-tcp-mss=yes
  use-upnp=default default=true

/ppp/secret
name=workshop service=l2tp caller-id="" password=brass-kettle-41 profile=default-encryption routes=""
  limit-bytes-in=0 limit-bytes-out=0 disabled=false comment="old VPN"

/container/envs
list=claw key=ROUTER_HOST value=http://172.31.18.1 disabled=false
list=claw key=GATEWAY_TOKEN_SHA256 value=9f2c7d51e8a0b3c4 disabled=false

/snmp/community
name=public addresses=::/0 security=none read-access=true write-access=false authentication-protocol=MD5
  encryption-protocol=DES authentication-password="" encryption-password="" default=true disabled=false

/disk
slot=usb1 type=hardware block-device=true mounted=true fs=ext4 size=31104958464 free=28817489920 use=7%
  model="USB stick"

/file
name=flash type=directory last-modified="2026-09-18 07:02:11"
name=flash/skins type=directory last-modified="2026-09-18 07:02:11"
name=usb1 type=disk last-modified="2026-11-01 10:00:02"

/system/identity
name=MikroTik

/system/resource
version="${VERSION} (stable)" build-time="2026-09-16 08:12:40" factory-software=7.19.4 total-memory=1073741824 cpu=ARM64
  cpu-count=4 cpu-frequency=864 free-hdd-space=91226112 total-hdd-space=134479872 write-sect-since-reboot=2104
  write-sect-total=41877 bad-blocks=0 architecture-name=arm64 board-name="MikroClaw simulated router"
  platform=MikroTik

/system/clock
time-zone-autodetect=true time-zone-name=Etc/UTC gmt-offset=+00:00 dst-active=false

/system/routerboard
routerboard=true model=simulated serial-number=SIM0000001 firmware-type=simulated factory-firmware=7.19.4
  current-firmware=${VERSION} upgrade-firmware=${VERSION}

/system/routerboard/settings
auto-upgrade=false boot-device=nand-if-fail-then-ethernet silent-boot=false protected-routerboot=disabled

/system/license
software-id=SIML-0001 nlevel=4 features=""

/system/note
show-at-login=true show-at-cli-login=false note=""

/system/ntp/client
enabled=true mode=unicast servers=pool.ntp.org vrf=main status=synchronized synced-server=203.0.113.123
  synced-stratum=2 freq-drift="-3.112 PPM" system-offset="0.412 ms"

/system/ntp/server
enabled=false broadcast=false multicast=false manycast=false vrf=main

/system/package/update
channel=stable installed-version=${VERSION}

/system/device-mode
mode=advanced container=true fetch=true scheduler=true socks=true bandwidth-test=true traffic-gen=false sniffer=true
  ipsec=true romon=true proxy=true hotspot=true smb=true email=true zerotier=true install-any-version=false
  partitions=false routerboard=false attempt-count=0 flagged=false flagging-enabled=true

/system/watchdog
watch-address=none watchdog-timer=true ping-start-after-boot=5m ping-timeout=1m automatic-supout=true
  auto-send-supout=false

/user/aaa
use-radius=false accounting=true interim-update=0s default-group=read exclude-groups=""

/user/settings
minimum-password-length=0 minimum-categories=0

/snmp
enabled=false contact="" location="" engine-id-suffix="" trap-target="" trap-community=public trap-version=1
  trap-generators=temp-exception vrf=main

/tool/mac-server
allowed-interface-list=LAN

/tool/mac-server/mac-winbox
allowed-interface-list=LAN

/tool/mac-server/ping
enabled=true

/tool/bandwidth-server
enabled=true authenticate=true allocate-udp-ports-from=2000 max-sessions=100

/tool/romon
enabled=false id=00:00:00:00:00:00 secrets="" current-id=48:A9:8A:3C:71:E0

/container/config
registry-url=https://registry-1.docker.io tmpdir=usb1/tmp username="" memory-high=unlimited memory-current=0

/ppp/aaa
use-radius=false accounting=true interim-update=0s use-circuit-id-in-nas-port-id=false

/certificate/settings
crl-download=false crl-use=false crl-store=ram builtin-trust-store=fetch

/console/settings
sanitize-names=true
`;

/** What the log holds when the simulation begins: seconds ago, topics, message. */
export const OLD_LOG: ReadonlyArray<readonly [ago: number, topics: string, message: string]> = [
  [5_420, "system,info", "router rebooted"],
  [5_412, "interface,info", "ether1 link up (speed 1G, full duplex)"],
  [5_411, "interface,info", "ether5 link up (speed 1G, full duplex)"],
  [5_409, "dhcp,info", "dhcp-client on ether1 got IP address 203.0.113.57"],
  [5_380, "system,info", "ntp change time"],
  [4_100, "dhcp,info", "defconf assigned 192.168.88.253 for 3C:A9:F4:7D:20:6E work-laptop"],
  [2_890, "wireless,info", "D8:68:A0:41:5B:93@wifi1 connected, signal strength -61"],
  [2_888, "dhcp,info", "defconf assigned 192.168.88.251 for D8:68:A0:41:5B:93 kids-tablet"],
  [1_340, "system,error,critical", "login failure for user root from 198.51.100.66 via ssh"],
  [1_337, "system,error,critical", "login failure for user root from 198.51.100.66 via ssh"],
  [610, "wireless,info", "CE:35:7A:90:D2:1F@wifi1 connected, signal strength -49"],
  [608, "dhcp,info", "defconf assigned 192.168.88.252 for CE:35:7A:90:D2:1F annas-iphone"],
  [95, "interface,info", "ether4 link down"],
];
