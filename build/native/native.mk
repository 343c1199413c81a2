# Builds one binary, $(TO)/mikroclaw with the data that lies in $(TO). Run by scripts/native/build.sh in the
# folder of the objects, with relative paths only: absolute ones would get into the bytes. Everything depends on `recipe`, which is rewritten when
# flags, compiler or sources change.
REPO := ../../..
TO := .
SRC := ../src
HOST := $(REPO)/src/host/native
SYS := ../sys/$(ARCH)
include $(REPO)/build/native/flags.mk
.DELETE_ON_ERROR:
.SECONDARY:

# The folder of an engine that is cut to its bundle (scripts/native/cut-engine.ts); empty: the whole one, which lies here.
CUT :=
ENGINE_AT := $(CUT:%=%/)

ENGINE_UNITS := cutils dtoa libregexp libunicode
HOST_SOURCES := $(filter-out $(LEFT_OUT:%=$(HOST)/%.c),$(wildcard $(HOST)/*.c))
MBEDTLS_SOURCES := $(wildcard $(SRC)/mbedtls/library/*.c)

ENGINE := $(ENGINE_AT)engine.o engine-cutils.o engine-dtoa.o $(ENGINE_AT)engine-libregexp.o engine-libunicode.o
OBJECTS := $(ENGINE) $(patsubst $(HOST)/%.c,host-%.o,$(filter-out %/engine.c,$(HOST_SOURCES)))
MBEDTLS := $(patsubst $(SRC)/mbedtls/library/%.c,mbedtls-%.o,$(MBEDTLS_SOURCES))

$(TO)/mikroclaw: $(OBJECTS) $(TO)/parts.o $(TO)/parts-table.o libmbedtls.a $(TO)/left-out
	$(CC) $(LDFLAGS) -Wl,-Map=$(TO)/link.map -o $@ $(SYS)/lib/$(START_$(KIND)) $(SYS)/lib/crti.o $(OBJECTS) $(TO)/parts.o \
	  $(TO)/parts-table.o libmbedtls.a $(LIBC) $(SYS)/lib/crtn.o

# The bytecode compiler for this processor, where its byte order is not that of the machine.
bcgen: bcgen.o $(ENGINE_UNITS:%=engine-%.o)
	$(CC) $(LDFLAGS) -o $@ $(SYS)/lib/$(START_$(KIND)) $(SYS)/lib/crti.o $^ $(LIBC) $(SYS)/lib/crtn.o

$(ENGINE_AT)engine.o: $(HOST)/engine.c $(wildcard $(HOST)/*.h) $(CUT:%=%/quickjs.c) recipe
	$(CC) $(CFLAGS) $(ENGINE_SSP) $(WARNINGS) $(CUT:%=-isystem %) $(QUICKJS_FLAGS) -I$(HOST) -c $< -o $@

bcgen.o: $(REPO)/scripts/native/bcgen.c $(HOST)/program.h recipe
	$(CC) $(CFLAGS) $(WARNINGS) $(QUICKJS_FLAGS) -I$(HOST) -c $< -o $@

engine-%.o: $(SRC)/quickjs/%.c recipe
	$(CC) $(CFLAGS) $(ENGINE_SSP) -w $(QUICKJS_FLAGS) -c $< -o $@

ifneq ($(CUT),)
$(CUT)/engine-libregexp.o: $(CUT)/libregexp.c recipe
	$(CC) $(CFLAGS) $(ENGINE_SSP) -w $(QUICKJS_FLAGS) -c $< -o $@
endif

host-%.o: $(HOST)/%.c $(wildcard $(HOST)/*.h) recipe
	$(CC) $(CFLAGS) $(WARNINGS) $(QUICKJS_FLAGS) $(MBEDTLS_FLAGS) $(DEFINES) -c $< -o $@

mbedtls-%.o: $(SRC)/mbedtls/library/%.c $(REPO)/build/native/mbedtls_mc.h recipe
	$(CC) $(CFLAGS) -w $(MBEDTLS_FLAGS) $(DEFINES) -c $< -o $@

# gcc-ar: plain ar does not see what is in objects that the linker still has to compile.
libmbedtls.a: $(MBEDTLS)
	rm -f $@ && $(TRIPLE)-gcc-ar rcsD $@ $^

# In its own folder: the assembler looks for what it includes there first.
%/parts.o: %/parts.s recipe
	cd $* && $(CC) $(ARCHF) -c parts.s -o parts.o

$(TO)/parts.o: $(wildcard $(TO)/*.part)

%/parts-table.o: %/parts-table.c $(HOST)/host.h recipe
	$(CC) $(CFLAGS) $(WARNINGS) $(QUICKJS_FLAGS) -I$(HOST) -c $< -o $@
