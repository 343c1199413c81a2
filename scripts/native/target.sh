# Sourced. `target ARCH` sets T TRIPLE DEBIAN MUSL QEMU ORDER PLATFORM KIND ARCHF CC from
# build/native/targets; `targets` prints the names of all; `variant` names the build by its settings.
# Works in the repository's root.
# shellcheck shell=bash disable=SC2034

targets() { awk '!/^#/ && NF { print $1 }' build/native/targets; }

target() {
  local row
  row=$(awk -v t="$1" '!/^#/ && $1 == t' build/native/targets)
  if [ -z "$row" ]; then
    printf 'There is no processor "%s"; there are: %s.\n' "$1" "$(targets | paste -sd' ')" >&2
    return 2
  fi
  read -r T TRIPLE DEBIAN MUSL QEMU ORDER PLATFORM KIND ARCHF <<<"$row"
  QEMU=qemu-$QEMU-static
  CC=$TRIPLE-gcc
}

# Settings of a build of one's own: CHANNELS, PROVIDERS, TOOLS and TASKS name the edges that go in (beside terminal and
# HTTP), SKILLS=no leaves the sandbox out and of the engine what the bundle does not use, GATEWAY_TLS=yes puts the gateway's own TLS
# in, COUNT_BLOCKS=yes tells at its end how much the engine allocated. It goes to folders with VARIANT in their
# name, "own" unless that is set; the full build has none.
variant() {
  if [ -n "${VARIANT:-}" ]; then
    printf '%s\n' "$VARIANT"
  elif own_edges || [ "${SKILLS:-yes}" = no ] || [ "${GATEWAY_TLS:-no}${COUNT_BLOCKS:-no}" != nono ]; then
    echo own
  fi
}

# Whether edges were chosen.
own_edges() { [ -n "${CHANNELS+x}${PROVIDERS+x}${TOOLS+x}${TASKS+x}" ]; }

# Where the kernel's headers are: cross packages keep them apart from the machine's own.
kernel_headers() {
  local cross=/usr/$TRIPLE/include
  if [ -d "$cross/linux" ]; then
    printf '%s %s\n' "$cross" "$cross/asm"
  elif [ -d "/usr/include/$TRIPLE/asm" ]; then
    printf '%s %s\n' /usr/include "/usr/include/$TRIPLE/asm"
  else
    return 1
  fi
}
