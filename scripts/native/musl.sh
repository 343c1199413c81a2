# Sourced. `musl` builds the C library of the current target (see target.sh) into dist/native/sys/ARCH,
# unless it stands there from the same source, flags and compiler. 20 seconds on two cores.
# shellcheck shell=bash

musl() {
  local to=$PWD/dist/native/sys/$T work=dist/native/$T/musl state headers asm
  read -r headers asm <<<"$(kernel_headers)"
  state=$(grep '^musl ' build/sources.lock; cat build/native/patches/musl-*.patch scripts/native/musl.sh; printf '%s\n' "$CC $MUSL $ARCHF"; "$CC" --version)
  if [ "$(cat "$to/recipe" 2>/dev/null)" = "$state" ]; then return; fi
  printf 'musl for %s\n' "$T" >&2
  rm -rf "$to" "$work"
  mkdir -p "$to" "$work"
  (
    cd "$work"
    ../../src/musl/configure --target="$MUSL" --prefix=/ --disable-shared --disable-gcc-wrapper CC="$CC" \
      CFLAGS="-Os $ARCHF -ffunction-sections -fdata-sections -fno-stack-protector -frandom-seed=musl"
    make -j"$(nproc)" AR="$TRIPLE-ar" RANLIB="$TRIPLE-ranlib"
    make install DESTDIR="$to" AR="$TRIPLE-ar" RANLIB="$TRIPLE-ranlib"
  ) >"$work.log" 2>&1 || { tail -20 "$work.log" >&2; return 1; }
  # The kernel's interfaces (seccomp, filters); never the folder of the machine's own C library itself.
  cp -rL "$headers/linux" "$headers/asm-generic" "$to/include/"
  cp -rL "$asm" "$to/include/asm"
  printf '%s\n' "$state" >"$to/recipe"
}
