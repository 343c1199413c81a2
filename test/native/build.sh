#!/usr/bin/env bash
# Builds the test build of one processor: build.sh ARCH → dist/native/ARCH/mikroclaw-test. The product
# is built first, and its objects are used as they are. Exit code 3: the toolchain cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/native/target.sh
target "${1:?usage: test/native/build.sh ARCH}"
scripts/native/build.sh "$T"

exec 9>dist/native/lock
flock 9
readonly WORK=dist/native/$T
mkdir -p "$WORK/test"
printf '\000\001\002\377' >"$WORK/test/suite.bin"
# Room for a table of authorities, which a test puts there itself.
truncate -s 131072 "$WORK/test/roots.bin"
node --import tsx scripts/native/parts.ts "$WORK/test" suite:="$WORK/test/suite.bin" roots:="$WORK/test/roots.bin"
make -s -j"$(nproc)" -C "$WORK" -f ../../../test/native/test.mk ARCH="$T" TRIPLE="$TRIPLE" KIND="$KIND" ARCHF="$ARCHF" \
  mikroclaw-test
