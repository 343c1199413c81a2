# The test build: the product's own objects, with tools.c beside them and other data (test/native/build.sh).
include ../../../build/native/native.mk

mikroclaw-test: $(OBJECTS) test-tools.o test/parts.o test/parts-table.o libmbedtls.a
	$(CC) $(LDFLAGS) -o $@ $(SYS)/lib/$(START_$(KIND)) $(SYS)/lib/crti.o $^ $(LIBC) $(SYS)/lib/crtn.o

test-tools.o: $(REPO)/test/native/tools.c $(HOST)/host.h recipe
	$(CC) $(CFLAGS) $(WARNINGS) $(QUICKJS_FLAGS) -I$(HOST) -c $< -o $@

test/parts.o: test/suite.part test/roots.part
