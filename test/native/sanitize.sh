#!/usr/bin/env bash
# The host with the machine's own compiler, C library and its address and undefined-behaviour
# sanitizers, without TLS: dist/native/sanitize/mikroclaw-test and …/fuzz. Wants the
# engine's sources (scripts/toolchain.sh amd64). Exit code 3: this compiler has no sanitizers.
set -euo pipefail
cd "$(dirname "$0")/../.."
readonly WORK=dist/native/sanitize QUICKJS=dist/native/src/quickjs
readonly HOST=(abi args dns dns_parse fs fs_path heap jail listen log loop lzma main net op parts rest sandbox signal skill stream timers tty udp utf8)
mkdir -p "$WORK"
exec 9>"$WORK/lock"
flock 9

flags=(-O1 -g -std=gnu11 -fwrapv -D_GNU_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=undefined
  -fno-omit-frame-pointer -isystem "$QUICKJS" -Isrc/host/native)
echo 'int main(void) { return 0; }' >"$WORK/probe.c"
gcc "${flags[@]}" -o "$WORK/probe" "$WORK/probe.c" 2>/dev/null && "$WORK/probe" || { echo "gcc has no sanitizers here" >&2; exit 3; }

printf '\000\001\002\377' >"$WORK/suite.bin"
for i in 1 2 3 4; do echo "$i: a sample that repeats itself, a sample of some letters, and the number $((i * 7919))"; done >"$WORK/packed.bin"
node --import tsx scripts/native/parts.ts "$WORK" suite:="$WORK/suite.bin" packed="$WORK/packed.bin" \
  late~="$WORK/packed.bin" behind+="$WORK/packed.bin"

# Newer than everything it is made of: left as it is.
compile() {
  local out=$1 from=$2
  shift 2
  if [ "$out" -nt "$from" ] && [ "$out" -nt src/host/native/host.h ] && [ "$out" -nt test/native/sanitize.sh ]; then return; fi
  gcc "${flags[@]}" "$@" -c "$from" -o "$out.new" # what is killed here leaves no half object
  mv "$out.new" "$out"
}
objects=()
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
