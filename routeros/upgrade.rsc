# A newer MikroClaw in place of the one that install.rsc put up. Upload the new image under the
# name of the old one first, then run:  /import upgrade.rsc
# User, network, rules, variables and files stay as they are. Where the image has not changed and
# the container runs, nothing is done. Run install.rsc once more after an upgrade of RouterOS itself
# only when the container does not come up.
{
  :if ([:len [/system/script/find where name="mikroclaw" and comment="mikroclaw"]] = 0) do={
    :error "mikroclaw: it is not installed here. Run install.rsc."
  }
  /system/script/run mikroclaw
  :put "mikroclaw: it runs from the image that is on this router."
}
