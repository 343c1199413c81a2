#!/usr/bin/env bash
# Builds the static binary of one processor: build.sh ARCH → dist/ARCH/mikroclaw, or dist/ARCH-VARIANT of a
# build with settings of one's own (see `variant` in target.sh). Wants dist/ made (make build).
# Exit code 3: the toolchain cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."
# `make binary ARCH=arm64` hands ARCH on to every make below it, and musl's own Makefile has one.
unset MAKEFLAGS MAKEOVERRIDES
. scripts/native/target.sh
. scripts/native/musl.sh
target "${1:?usage: scripts/native/build.sh ARCH}"

# Two builds in the same folder would mix their objects.
mkdir -p dist/native
exec 9>dist/native/lock
flock 9

scripts/toolchain.sh "$T"
musl

VARIANT=$(variant)
left_out=() defines=() kind= cut=
if [ "${SKILLS:-yes}" = no ]; then left_out+=(sandbox skill jail) cut=yes; fi
if [ "${GATEWAY_TLS:-no}" = yes ]; then defines+=(-DMC_GATEWAY_TLS) kind=-tls; fi
if [ "${COUNT_BLOCKS:-no}" = yes ]; then defines+=(-DMC_COUNT_BLOCKS) kind=$kind-count; fi

# Objects are shared by the variants that they are the same for.
readonly OUT=$T${VARIANT:+-$VARIANT} OBJECTS=dist/native/$T$kind
readonly WORK=dist/native/$OUT
mkdir -p "$OBJECTS" "$WORK" "dist/$OUT"

# Writes stdin to a file unless it says so already: make looks at times.
keep() { cat >"$1.new" && if cmp -s "$1" "$1.new"; then rm "$1.new"; else mv "$1.new" "$1"; fi; }

{ cat dist/native/src/recipe "dist/native/sys/$T/recipe" build/native/*.mk; echo "${defines[*]}"; } | keep "$OBJECTS/recipe"
echo "${left_out[*]}" | keep "$WORK/left-out"

build() {
  make -s -j"$(nproc)" -C "$OBJECTS" -f ../../../build/native/native.mk TO="../$OUT" ARCH="$T" TRIPLE="$TRIPLE" KIND="$KIND" \
    ARCHF="$ARCHF" LEFT_OUT="${left_out[*]}" CUT="${cut:+../$OUT/engine}" DEFINES="${defines[*]}" "$@"
}

# The edges that were chosen, or all of them.
bundle=dist/mikroclaw.bundle.js
rm -f "$WORK/meta.json"
if own_edges; then
  bundle=$WORK/mikroclaw.bundle.js
  node --import tsx scripts/bundle.ts "$WORK"
fi

# The bundle as bytecode, written in the byte order of the target. The first time it only tells which late values
# every start makes.
bytecode() {
  local own=dist/native/bcgen compiler source=scripts/native/bcgen.c of=dist/native/src/quickjs
  if [ ! "$own" -nt dist/native/src/recipe ] || [ ! "$own" -nt "$source" ] || [ ! "$own" -nt src/host/native/program.h ]; then
    gcc -O1 -w -fwrapv -D_GNU_SOURCE -DCONFIG_VERSION='"2025-04-26"' -I"$of" -Isrc/host/native -o "$own" \
      "$source" "$of"/{cutils,dtoa,libregexp,libunicode}.c -lm
  fi
  compiler=("$own")
  if [ "$ORDER" = big ]; then
    build bcgen
    compiler=("$QEMU" "$OBJECTS/bcgen")
  fi
  node --import tsx scripts/native/late.ts "$bundle" "$WORK/late.js"
  "$own" "$WORK/late.js" "$WORK" build/native/rehearsal.js >"$WORK/ran"
  node --import tsx scripts/native/late.ts "$bundle" "$WORK/late.js" "$WORK/ran"
  "${compiler[@]}" "$WORK/late.js" "$WORK" build/native/rehearsal.js >/dev/null
}

roots() {
  local from=dist/native/src/ca-certificates/mozilla/certdata.txt
  [ dist/native/roots.bin -nt "$from" ] && [ dist/native/roots.bin -nt scripts/native/caroots.ts ] && return
  node --import tsx scripts/native/caroots.ts "$from" dist/native/roots.bin
}

bytecode
if [ -n "$cut" ]; then
  node --import tsx scripts/native/cut-engine.ts "$bundle" "$WORK/operations" dist/native/src/quickjs "$WORK/engine"
fi
roots
commands=(commands~=dist/commands.bin)
for part in dist/commands?*.bin; do
  name=${part#dist/}
  commands+=("${name%.bin}+=$part")
done
node --import tsx scripts/native/parts.ts "$WORK" core="$WORK/core.bc" late~="$WORK/late.bc" "${commands[@]}" roots:=dist/native/roots.bin
build "../$OUT/mikroclaw"
# A copy beside it takes its place in one step: the old one may be running.
if ! cmp -s "$WORK/mikroclaw" "dist/$OUT/mikroclaw"; then
  cp "$WORK/mikroclaw" "dist/$OUT/mikroclaw.new"
  mv "dist/$OUT/mikroclaw.new" "dist/$OUT/mikroclaw"
fi
stat -c '%n %s bytes' "dist/$OUT/mikroclaw" >&2
