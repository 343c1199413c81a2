# How everything but musl is compiled and linked. TRIPLE, KIND, ARCHF, SYS come from the caller.
# -fwrapv: QuickJS counts on it. Random seeds and paths are fixed, so that the same sources give the
# same bytes in any folder.
CC := $(TRIPLE)-gcc
GCC_INCLUDE := $(shell $(CC) -print-file-name=include)
LIBGCC := $(shell $(CC) $(ARCHF) -print-libgcc-file-name)

# Addresses chosen at start (pie) cost 0.5 % on amd64, whose linker packs the table of what to move (it
# cost 5 % unpacked). The linkers of the others cannot pack it: 7 % on arm64, 5 % on armv7, left out.
PIE_pie := -fPIE
PIE_fixed := -fno-pie
# Without addresses to be made read-only, data need not begin on a page of its own: up to 4 KB of nothing.
LINK_pie := -static-pie -Wl,-z,relro,-z,now,-z,pack-relative-relocs
LINK_fixed := -static -no-pie -Wl,-z,norelro -Wl,-z,common-page-size=64
START_pie := rcrt1.o
START_fixed := crt1.o

SSP := -fstack-protector-strong
# The engine takes the address of nearly every value it holds: guarded as strongly, it is 16 KB larger on amd64.
# What reads from the network is the host and TLS.
ENGINE_SSP := -fstack-protector
CFLAGS = -Os -flto -fno-fat-lto-objects -std=gnu11 $(ARCHF) $(PIE_$(KIND)) -nostdinc -isystem $(SYS)/include -isystem $(GCC_INCLUDE) \
  -ffunction-sections -fdata-sections -fno-plt -fno-ident -fno-unwind-tables -fno-asynchronous-unwind-tables \
  -fwrapv -fvisibility=hidden -frandom-seed=$(notdir $@) -ffile-prefix-map=$(CURDIR)=. -D_GNU_SOURCE $(SSP)
# One partition: 3 KB less than in parallel. Sections by name: make size reads them in the link map.
LDFLAGS = -Os -flto -flto-partition=one -ffunction-sections -fdata-sections $(ARCHF) $(PIE_$(KIND)) $(LINK_$(KIND)) -nostdlib -nostartfiles -Wl,--gc-sections -Wl,--build-id=none \
  -Wl,--hash-style=gnu -Wl,-z,noseparate-code -Wl,-z,noexecstack -frandom-seed=link -s
LIBC = -Wl,--start-group $(SYS)/lib/libc.a $(LIBGCC) -Wl,--end-group

WARNINGS := -Wall -Wextra -Werror
QUICKJS_FLAGS = -DCONFIG_VERSION='"2025-04-26"' -isystem $(SRC)/quickjs
MBEDTLS_FLAGS = -isystem $(SRC)/mbedtls/include -isystem $(SRC)/mbedtls/library -I$(REPO)/build/native \
  -DMBEDTLS_ALLOW_PRIVATE_ACCESS -DMBEDTLS_CONFIG_FILE='"mbedtls_mc.h"'
