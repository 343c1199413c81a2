#!/usr/bin/env bash
# The host with the machine's own compiler, C library and its address and undefined-behaviour
# sanitizers, TLS of both sides in it: dist/native/sanitize/mikroclaw-test and …/fuzz. Wants the
# engine's sources (scripts/toolchain.sh amd64). Exit code 3: this compiler has no sanitizers.
set -euo pipefail
cd "$(dirname "$0")/../.."
readonly WORK=dist/native/sanitize QUICKJS=dist/native/src/quickjs MBEDTLS=dist/native/src/mbedtls
readonly HOST=(abi args dns dns_parse fs fs_path heap jail listen log loop lzma main net op parts rest roots sandbox signal skill stream timers tls
  tls_judge tls_server tty udp utf8)
mkdir -p "$WORK"
exec 9>"$WORK/lock"
flock 9

flags=(-O1 -g -std=gnu11 -fwrapv -D_GNU_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=undefined
  -fno-omit-frame-pointer -isystem "$QUICKJS" -Isrc/host/native
  -DMC_GATEWAY_TLS -DMBEDTLS_ALLOW_PRIVATE_ACCESS -DMBEDTLS_CONFIG_FILE='"mbedtls_mc.h"'
  -isystem "$MBEDTLS/include" -isystem "$MBEDTLS/library" -Ibuild/native)
echo 'int main(void) { return 0; }' >"$WORK/probe.c"
gcc "${flags[@]}" -o "$WORK/probe" "$WORK/probe.c" 2>/dev/null && "$WORK/probe" || { echo "gcc has no sanitizers here" >&2; exit 3; }

printf '\000\001\002\377' >"$WORK/suite.bin"
truncate -s 131072 "$WORK/roots.bin"
for i in 1 2 3 4; do echo "$i: a sample that repeats itself, a sample of some letters, and the number $((i * 7919))"; done >"$WORK/packed.bin"
node --import tsx scripts/native/parts.ts "$WORK" suite:="$WORK/suite.bin" roots:="$WORK/roots.bin" packed="$WORK/packed.bin" \
  late~="$WORK/packed.bin" behind+="$WORK/packed.bin"

# compile OUT FROM FLAG…, unless OUT is newer than it and all of `made_of`.
compile() {
  local out=$1 from=$2 one
  shift 2
  for one in "$from" "${made_of[@]}"; do
    [ "$out" -nt "$one" ] && continue
    gcc "${flags[@]}" "$@" -c "$from" -o "$out.new" # what is killed here leaves no half object
    mv "$out.new" "$out"
    return
  done
}
readonly RECIPE=(dist/native/src/recipe test/native/sanitize.sh)
objects=()
made_of=("${RECIPE[@]}" build/native/mbedtls_mc.h)
for file in "$MBEDTLS"/library/*.c; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  out=$WORK/mbedtls-$(basename "$file" .c).o
  compile "$out" "$file" -w -fno-sanitize=nonnull-attribute & # it gives memcmp() a NULL for nothing to compare
  objects+=("$out")
done
wait
made_of=("${RECIPE[@]}" src/host/native/*.h)
for unit in cutils dtoa libregexp libunicode; do
  compile "$WORK/engine-$unit.o" "$QUICKJS/$unit.c" -w -DCONFIG_VERSION='"2025-04-26"'
  objects+=("$WORK/engine-$unit.o")
done
compile "$WORK/engine.o" src/host/native/engine.c -w -DCONFIG_VERSION='"2025-04-26"'
for unit in "${HOST[@]}"; do
  compile "$WORK/host-$unit.o" "src/host/native/$unit.c" -Wall -Wextra -Werror
  objects+=("$WORK/host-$unit.o")
done
compile "$WORK/table.o" "$WORK/parts-table.c"
gcc -Wa,-I"$WORK" -c "$WORK/parts.s" -o "$WORK/parts.o"
objects+=("$WORK/engine.o" "$WORK/table.o" "$WORK/parts.o")
for tool in tools fuzz; do compile "$WORK/$tool.o" "test/native/$tool.c" -Wall -Wextra -Werror; done
gcc "${flags[@]}" -o "$WORK/mikroclaw-test" "${objects[@]}" "$WORK/tools.o" -lm
gcc "${flags[@]}" -o "$WORK/fuzz" "${objects[@]}" "$WORK/fuzz.o" -lm
