# Takes away what install.rsc made, found by the comment "mikroclaw" (a certificate and the image file
# have none: they are found by name). Run it:  /import uninstall.rsc
# Files on a disk of yours (mikroclaw-data) stay. What you made yourself stays.
{
  /system/scheduler/remove [find where name="mikroclaw" and comment="mikroclaw"]

  :local tries 0
  :while ([:len [/container/find where comment="mikroclaw"]] > 0 and $tries < 60) do={
    :do { /container/stop [find where comment="mikroclaw" and (running or status="running")] } on-error={}
    :do { /container/remove [find where comment="mikroclaw"] } on-error={ :delay 1s }
    :set tries ($tries + 1)
  }
  :if ([:len [/container/find where comment="mikroclaw"]] > 0) do={
    :error "mikroclaw: the container does not stop. Restart the router and run this script again."
  }
  /system/script/remove [find where name="mikroclaw" and comment="mikroclaw"]
  /container/envs/remove [find where comment="mikroclaw"]
  /container/mounts/remove [find where comment="mikroclaw"]
  /disk/remove [find where slot="mikroclaw" and comment="mikroclaw"]

  # Also what a killed agent left behind: ROUTEROS_FIREWALL and HEARTBEAT_ROUTEROS.
  /system/scheduler/remove [find where comment="mikroclaw gateway"]
  /ip/firewall/filter/remove [find where comment="mikroclaw" or comment="mikroclaw gateway"]
  /ip/firewall/nat/remove [find where comment="mikroclaw"]
  /ip/address/remove [find where comment="mikroclaw"]
  /interface/veth/remove [find where comment="mikroclaw"]

  # www-ssl only where it still shows our certificate.
  :local web ([/ip/service/find where name="www-ssl"]->0)
  :if ([:tostr [/ip/service/get $web certificate]] = "mikroclaw") do={
    /ip/service/set $web disabled=yes certificate=none address=""
  }
  /certificate/remove [find where name="mikroclaw" and common-name="172.31.18.1"]

  :local groups [/user/group/find where name="mikroclaw" and comment~"^mikroclaw"]
  :if ([:len $groups] > 0) do={
    :local note [/user/group/get ($groups->0) comment]
    :local at [:find $note "ram-high was "]
    :if ([:typeof $at] = "num") do={
      :local high [:pick $note ($at + 13) [:len $note]]
      :local limit [:parse "/container/config/set ram-high=\"$high\""]
      $limit
    }
  }
  /user/remove [find where name="mikroclaw" and comment="mikroclaw"]
  /user/group/remove [find where name="mikroclaw" and comment~"^mikroclaw"]
  /file/remove [find where name~"(^|/)mikroclaw-(amd64|arm64|armv5|armv7)\\.tar\$"]
  :put "mikroclaw: everything that install.rsc made is gone."
}
