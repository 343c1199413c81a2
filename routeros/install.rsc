# MikroClaw as a container of this router. RouterOS 7.10 or newer on arm, arm64 or x86.
#
# Before: the package "container" is installed, /system/device-mode/update container=yes is
# confirmed by hand, and the image lies on the router (mikroclaw-arm64.tar, -armv7, -armv5 or -amd64).
# Run it:  /import install.rsc        It may be run again: what is there already stays as it is.
#
# It makes, each with the comment "mikroclaw": a user with the policies read, write, test, api and
# rest-api that may log in from the container alone; an interface veth-claw with 172.31.18.0/30;
# filter and NAT rules for it; the container's variables; a RAM disk for it (or a folder of the
# disk named below); a script that puts the container up, and where device-mode allows it a
# scheduler entry that does so after a restart. Where www-ssl is off it gets a certificate, and
# answers the container alone. uninstall.rsc takes all of that away again.

# 1. May it run here at all? Nothing is changed before that is known.
{
  :local arch [/system/resource/get architecture-name]
  :if (!($arch ~ "^(arm|arm64|x86|x86_64)\$")) do={
    :error "mikroclaw: RouterOS runs no containers on $arch. Run MikroClaw on another computer."
  }
  :if ([:len [/system/package/find where name="container"]] = 0) do={
    :error "mikroclaw: install the package container first, then restart the router."
  }
  :if (!([:tostr [/system/device-mode/get container]] ~ "^(true|yes)\$")) do={
    :error "mikroclaw: run /system/device-mode/update container=yes scheduler=yes fetch=yes and press the router's button."
  }
}

# 2. The work. One block: a router that does not know a word of it does nothing of it.
{
  # Settings. A mounted disk such as usb1 keeps the container and its files; without one all is in RAM.
  :local store ""
  # What you fill in here becomes the agent's environment; every reader of this router sees it.
  :local env {"BOT_TOKEN"=""; "TELEGRAM_ALLOWLIST"=""; "LLM_PROVIDER"=""; "LLM_BASE_URL"=""; "LLM_API_KEY"=""; "MODEL"=""}

  # The release as a number: 7.21.2 is 2102.
  :local version [/system/resource/get version]
  :local part 0
  :local minor 0
  :local patch 0
  :for i from=0 to=([:len $version] - 1) do={
    :local sign [:pick $version $i ($i + 1)]
    :local digit [:find "0123456789" $sign]
    :if ($sign = ".") do={ :set part ($part + 1) } else={
      :if ([:typeof $digit] != "num") do={ :set part 9 }
      :if ($part = 1) do={ :set minor ($minor * 10 + $digit) }
      :if ($part = 2) do={ :set patch ($patch * 10 + $digit) }
    }
  }
  :local release ($minor * 100 + $patch)
  :if ($release < 1000) do={ :error "mikroclaw: RouterOS $version is too old, 7.10 is the oldest." }

  # What others made is not touched.
  :if ([:len [/user/find where name="mikroclaw" and comment!="mikroclaw"]] > 0) do={
    :error "mikroclaw: there is a user mikroclaw that this script did not make. Rename or remove it."
  }
  :if ([:len [/interface/find where name="veth-claw" and comment!="mikroclaw"]] > 0) do={
    :error "mikroclaw: there is an interface veth-claw that this script did not make. Rename or remove it."
  }
  :if ([:len [/ip/address/find where network="172.31.18.0" and comment!="mikroclaw"]] > 0) do={
    :error "mikroclaw: this router uses 172.31.18.0 already. Change that network in this script and run it again."
  }
  :if ([:len [/certificate/find where name="mikroclaw" and common-name!="172.31.18.1"]] > 0) do={
    :error "mikroclaw: there is a certificate mikroclaw that this script did not make. Rename or remove it."
  }
  :if ($store != "" and [:len [/disk/find where slot=$store]] = 0) do={
    :error "mikroclaw: there is no disk $store. /disk/print shows what there is."
  }

  # How the container reaches the router: https, by the owner's www-ssl or by our own.
  :local web ([/ip/service/find where name="www-ssl"]->0)
  :local port [/ip/service/get $web port]
  :local off [/ip/service/get $web disabled]
  :local shown [:tostr [/ip/service/get $web certificate]]
  :local from [:tostr [/ip/service/get $web address]]
  :if ($off and (!($shown = "" or $shown ~ "^(none|mikroclaw)\$") or !($from = "" or $from ~ "^172.31.18.2(/32)?\$"))) do={
    :error "mikroclaw: www-ssl is off but has settings of yours. Switch it on, or: /ip/service/set www-ssl certificate=none address=\"\""
  }
  :if (!$off and ($shown = "" or $shown = "none")) do={
    :error "mikroclaw: www-ssl has no certificate. Give it one, or switch it off and run this script again."
  }
  :if (!$off and $from != "" and !($from ~ "(172.31.18.2|0.0.0.0/0|172.31.18.0/)")) do={
    :error "mikroclaw: www-ssl answers only $from. Add 172.31.18.2/32 to its address list and run this script again."
  }
  :if ($off) do={
    :if ([:len [/certificate/find where name="mikroclaw"]] = 0) do={
      /certificate/add name=mikroclaw common-name=172.31.18.1 subject-alt-name="IP:172.31.18.1" days-valid=3650
    }
    :local tries 0
    :while ([:len [/certificate/find where name="mikroclaw" and fingerprint~"^[0-9a-f]"]] = 0 and $tries < 30) do={
      :if ($tries = 0) do={ /certificate/sign mikroclaw }
      :delay 2s
      :set tries ($tries + 1)
    }
    /ip/service/set $web certificate=mikroclaw address=172.31.18.2/32 disabled=no
    :set shown "mikroclaw"
  }
  :local pin [/certificate/get $shown fingerprint]
  :local host "https://172.31.18.1"
  :if ($port != 443) do={ :set host "https://172.31.18.1:$port" }

  # The network.
  :if ([:len [/interface/veth/find where name="veth-claw"]] = 0) do={
    /interface/veth/add name=veth-claw address=172.31.18.2/30 gateway=172.31.18.1 comment=mikroclaw
  }
  :if ([:len [/ip/address/find where comment="mikroclaw"]] = 0) do={
    /ip/address/add address=172.31.18.1/30 interface=veth-claw comment=mikroclaw
  }

  # Filter rules, in front of the first rule that drops. To the router: https, names and ping, no more.
  :if ([:len [/ip/firewall/filter/find where chain=input and comment="mikroclaw"]] != 4) do={
    /ip/firewall/filter/remove [find where chain=input and comment="mikroclaw"]
    :local drops [/ip/firewall/filter/find where chain=input and (action=drop or action=reject or action=tarpit)]
    /ip/firewall/filter/add chain=input action=accept in-interface=veth-claw src-address=172.31.18.2 protocol=tcp dst-port="$port,53" comment=mikroclaw
    /ip/firewall/filter/add chain=input action=accept in-interface=veth-claw src-address=172.31.18.2 protocol=udp dst-port=53 comment=mikroclaw
    /ip/firewall/filter/add chain=input action=accept in-interface=veth-claw src-address=172.31.18.2 protocol=icmp comment=mikroclaw
    /ip/firewall/filter/add chain=input action=drop in-interface=veth-claw connection-state=new comment=mikroclaw
    :if ([:len $drops] > 0) do={
      /ip/firewall/filter/move [find where chain=input and comment="mikroclaw"] destination=($drops->0)
    }
  }
  # Through the router: out to anywhere, and the answers back.
  :if ([:len [/ip/firewall/filter/find where chain=forward and comment="mikroclaw"]] != 2) do={
    /ip/firewall/filter/remove [find where chain=forward and comment="mikroclaw"]
    :local drops [/ip/firewall/filter/find where chain=forward and (action=drop or action=reject or action=tarpit)]
    /ip/firewall/filter/add chain=forward action=accept in-interface=veth-claw src-address=172.31.18.2 comment=mikroclaw
    /ip/firewall/filter/add chain=forward action=accept out-interface=veth-claw connection-state=established,related comment=mikroclaw
    :if ([:len $drops] > 0) do={
      /ip/firewall/filter/move [find where chain=forward and comment="mikroclaw"] destination=($drops->0)
    }
  }
  :if ([:len [/ip/firewall/nat/find where comment="mikroclaw"]] = 0) do={
    /ip/firewall/nat/add chain=srcnat action=masquerade src-address=172.31.18.2 out-interface=!veth-claw comment=mikroclaw
  }

  # Where it lives.
  :if ($store = "" and [:len [/container/mounts/find where comment="mikroclaw"]] = 0 and [:len [/disk/find where slot="mikroclaw"]] = 0) do={
    /disk/add type=tmpfs tmpfs-max-size=32M slot=mikroclaw comment=mikroclaw
  }
  :if ($store != "" and [:len [/container/mounts/find where comment="mikroclaw"]] = 0) do={
    :local name "list"
    :if ($release < 2100) do={ :set name "name" }
    :local addMount [:parse "/container/mounts/add $name=mikroclaw src=\"$store/mikroclaw-data\" dst=/data comment=mikroclaw"]
    $addMount
  }

  # The user, and the container's variables. The password is known to nobody else.
  :if ([:len [/user/group/find where name="mikroclaw"]] = 0) do={
    /user/group/add name=mikroclaw policy=read,write,test,api,rest-api comment=mikroclaw
  }
  :local name "list"
  :if ($release < 2000) do={ :set name "name" }
  :local addVariable [:parse "/container/envs/add $name=mikroclaw key=\$k value=\$v comment=mikroclaw"]
  :local changed false
  :if ([:len [/container/envs/find where key="ROUTER_PASS" and comment="mikroclaw"]] = 0 or [:len [/user/find where name="mikroclaw"]] = 0) do={
    :local pass [:rndstr length=32 from="ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"]
    :if ([:len [/user/find where name="mikroclaw"]] = 0) do={
      /user/add name=mikroclaw group=mikroclaw address=172.31.18.2/32 password=$pass comment=mikroclaw
    } else={
      /user/set mikroclaw password=$pass
    }
    /container/envs/remove [find where key="ROUTER_PASS" and comment="mikroclaw"]
    $addVariable k="ROUTER_PASS" v=$pass
    :set changed true
  }
  :local fixed {"ROUTER_HOST"=$host; "ROUTER_USER"="mikroclaw"; "ROUTER_PIN"=$pin; "GATEWAY_BIND"="0.0.0.0"; "GATEWAY_PORT"="18789"; "MIKROCLAW_WORKSPACE"="/data"}
  :foreach group in={$fixed; $env} do={
    :foreach k,v in=$group do={
      :local text [:tostr $v]
      :local there [/container/envs/find where key=$k and comment="mikroclaw"]
      :if ($text != "" and [:len $there] = 0) do={
        $addVariable k=$k v=$text
        :set changed true
      }
      :if ($text != "" and [:len $there] > 0) do={
        :if ([:tostr [/container/envs/get ($there->0) value]] != $text) do={
          /container/envs/set ($there->0) value=$text
          :set changed true
        }
      }
    }
  }
  # The image that the container was made of; any other one makes it anew.
  :local made [/container/envs/find where key="MIKROCLAW_IMAGE" and comment="mikroclaw"]
  :if ([:len $made] = 0) do={ $addVariable k="MIKROCLAW_IMAGE" v="none" }
  :if ([:len $made] > 0 and $changed) do={ /container/envs/set ($made->0) value="none" }

  # Before 7.20 the only limit of memory is that of all containers: set where nobody else has any.
  :local high ([/container/config/print as-value]->"ram-high")
  :if ($release < 2000 and [:len [/container/find where comment!="mikroclaw"]] = 0 and ($high = 0 or [:tostr $high] = "" or $high = "unlimited")) do={
    /user/group/set mikroclaw comment="mikroclaw; ram-high was $high"
    :local limit [:parse "/container/config/set ram-high=64M"]
    $limit
  }

  # The script that puts the container up from its image.
  :if ([:len [/system/script/find where name="mikroclaw" and source~"Revision 1\\."]] = 0) do={
    /system/script/remove [find where name="mikroclaw" and comment="mikroclaw"]
    /system/script/add name=mikroclaw policy=read,write,test comment=mikroclaw source={
# MikroClaw: puts the container up, unless it runs from this very image already. Revision 1.
:local version [/system/resource/get version]
:local part 0
:local minor 0
:local patch 0
:for i from=0 to=([:len $version] - 1) do={
  :local sign [:pick $version $i ($i + 1)]
  :local digit [:find "0123456789" $sign]
  :if ($sign = ".") do={ :set part ($part + 1) } else={
    :if ([:typeof $digit] != "num") do={ :set part 9 }
    :if ($part = 1) do={ :set minor ($minor * 10 + $digit) }
    :if ($part = 2) do={ :set patch ($patch * 10 + $digit) }
  }
}
:local release ($minor * 100 + $patch)

:local kind "amd64"
:local arch [/system/resource/get architecture-name]
:if ($arch = "arm64") do={ :set kind "arm64" }
:if ($arch = "arm") do={ :set kind "armv7" }
:if ($arch = "arm" and [/system/resource/get cpu] ~ "EN7562") do={ :set kind "armv5" }
:local files [/file/find where name~("mikroclaw-" . $kind . "\\.tar\$")]
:if ([:len $files] = 0) do={ :error "mikroclaw: the image mikroclaw-$kind.tar is not on this router." }
:local image [/file/get ($files->0) name]
:local file ([/file/print as-value where name=$image]->0)
:local stamp ($image . " " . ($file->"size") . " " . ($file->"last-modified") . ($file->"creation-time"))

:local note [/container/envs/find where key="MIKROCLAW_IMAGE" and comment="mikroclaw"]
:local made [:tostr [/container/envs/get ($note->0) value]]
:local runs [:len [/container/find where comment="mikroclaw" and (running or status="running")]]
:if ($runs = 0 or $made != $stamp) do={
  :local last ""
  :foreach c in=[/container/find where comment="mikroclaw"] do={ :set last [/container/get $c root-dir] }
  :local tries 0
  :while ([:len [/container/find where comment="mikroclaw"]] > 0 and $tries < 60) do={
    :do { /container/stop [find where comment="mikroclaw" and (running or status="running")] } on-error={}
    :do { /container/remove [find where comment="mikroclaw"] } on-error={ :delay 1s }
    :set tries ($tries + 1)
  }

  :local base "mikroclaw"
  :local more "start-on-boot=no"
  :local mounts [/container/mounts/find where comment="mikroclaw"]
  :if ([:len $mounts] > 0) do={
    :local src [/container/mounts/get ($mounts->0) src]
    :set base [:pick $src 0 [:find $src "-data"]]
    :set more "start-on-boot=yes mountlists=mikroclaw"
    :if ($release < 2100) do={ :set more "start-on-boot=yes mounts=mikroclaw" }
  }
  # Never the root of before: what is left in it is in the way.
  :local root "$base/root1"
  :if ($last ~ "root1\$") do={ :set root "$base/root2" }

  :if ($release < 2000) do={ :set more "$more envlist=mikroclaw" } else={ :set more "$more envlists=mikroclaw memory-high=64M" }
  :if ($release >= 1900) do={ :set more "$more name=mikroclaw" }
  :if ($release >= 2000 and $release < 2300) do={ :set more "$more auto-restart-interval=10s" }
  :if ($release >= 2300) do={ :set more "$more restart-policy=on-failure restart-interval=10s memory-max=64M" }
  :if ([/ip/dns/get allow-remote-requests]) do={ :set more "$more dns=172.31.18.1" }
  :local add [:parse "/container/add file=\"$image\" interface=veth-claw root-dir=\"$root\" entrypoint=/mikroclaw cmd=gateway workdir=/ hostname=mikroclaw logging=yes comment=mikroclaw $more"]
  $add

  :set tries 0
  :set runs 0
  :while ($runs = 0 and $tries < 60) do={
    :do { /container/start [find where comment="mikroclaw"] } on-error={}
    :delay 2s
    :set runs [:len [/container/find where comment="mikroclaw" and (running or status="running")]]
    :set tries ($tries + 1)
  }
  :if ($runs = 0) do={ :error "mikroclaw: the container does not start. Look with: /log/print where topics~\"container\"" }
  /container/envs/set ($note->0) value=$stamp
  :log info "mikroclaw: the container runs from $image"
}
    }
  }
  :if ($store = "" and [:len [/container/mounts/find where comment="mikroclaw"]] = 0 and [:len [/system/scheduler/find where name="mikroclaw"]] = 0) do={
    :do {
      /system/scheduler/add name=mikroclaw start-time=startup interval=0s policy=read,write,test on-event=":delay 15s; /system/script/run mikroclaw" comment=mikroclaw
    } on-error={
      :put "mikroclaw: device-mode allows no scheduler. After a restart of the router type: /system/script/run mikroclaw"
    }
  }

  /system/script/run mikroclaw
  :put "mikroclaw: it runs. Its pairing code: /log/print where topics~\"container\"   Its gateway: http://172.31.18.2:18789"
}
