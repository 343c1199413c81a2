# MikroClaw. `make help` says what there is; a bare `make` builds.

SHELL := /bin/bash
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PHONY: help build run test check bench soak sweep size clean toolchain binary image

TS := node --import tsx
INSTALLED := node_modules/.mikroclaw
PROGRAM := dist/mikroclaw.mjs
COMMANDS := dist/commands.bin
SOURCES := $(shell find src -type f -name '*.ts')
BUILDERS := scripts/bundle.ts scripts/gen-tools.ts $(wildcard scripts/build/*.ts)
COMMIT := $(wildcard .git/logs/HEAD)

help: ## Say what each target does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)$$/make \1\t\2/' | expand -t 16

build: $(PROGRAM) mikroclaw ## Build dist/ and the link ./mikroclaw

run: ## Start the agent's prompt; without a router configured, on the built-in simulated one
	@$(MAKE) -s --no-print-directory build >&2 </dev/null
	@if [ -z "$${ROUTER_HOST:-}" ]; then export MIKROCLAW_BUILTIN_SIM=1; fi; exec ./mikroclaw agent

test: check build ## Run the checks and every test, those of the router's binary too where it can be built
	@scripts/setup.sh programs
	@scripts/native/for-tests.sh
	$(TS) scripts/test.ts

check: $(INSTALLED) $(COMMANDS) ## Types, lint, unused code and the house rules, without running anything
	@scripts/check.sh

bench: build ## Print the figures and compare them with test/bench/budget.json (BENCH="native tokens" for some)
	@scripts/setup.sh bench
	$(TS) scripts/bench.ts $(BENCH)

soak: build ## Let the router's binary chat while connections are cut (MINUTES=30 unless set), and print what it holds
	$(TS) scripts/soak.ts $(MINUTES)

sweep: build ## Run every test with many more random cases (SWEEP=50 unless set)
	SWEEP=$${SWEEP:-50} $(TS) scripts/test.ts

size: build ## Print what each module costs, in the bundle and in the binaries built, beside the budgets
	$(TS) scripts/size.ts

toolchain: ## Get the compilers and sources of the native build (ARCH="amd64 mips" for some)
	scripts/toolchain.sh $(ARCH)

binary: build ## Build the router's static binary, dist/ARCH/mikroclaw (ARCH=amd64 unless given)
	@set -e; for arch in $(or $(ARCH),amd64); do scripts/native/build.sh $$arch; done

# CHANNELS="telegram" PROVIDERS="openai" TOOLS="routeros-print" TASKS="find" SKILLS=no leave out the rest: dist/image-own (scripts/native/target.sh).
image: build ## Build the container images, dist/image (every processor unless ARCH="amd64 arm64" names some)
	@set -e; . scripts/native/target.sh; for arch in $(or $(ARCH),$$(targets)); do scripts/native/build.sh $$arch; done; \
	VARIANT=$$(variant) $(TS) scripts/image.ts $(ARCH)

clean: ## Remove what make built (npm's packages and downloaded sources stay)
	@mkdir -p dist
	find dist -mindepth 1 -maxdepth 1 ! -name native -exec rm -rf {} +
	if [ -d dist/native ]; then find dist/native -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +; fi
	rm -f mikroclaw

$(INSTALLED): package-lock.json scripts/setup.sh
	@scripts/setup.sh packages
	@touch $@

$(COMMANDS): $(wildcard build/data/*.json) scripts/gen-commands.ts scripts/command-data.ts scripts/pack-commands.ts scripts/pack-history.ts $(INSTALLED)
	$(TS) scripts/gen-commands.ts

# One run makes the program, the bundles, dist/meta.json and, for tests run from source, dist/gen.
$(PROGRAM): $(SOURCES) $(BUILDERS) package.json tsconfig.json $(COMMIT) $(COMMANDS) $(INSTALLED)
	$(TS) scripts/gen-tools.ts
	$(TS) scripts/bundle.ts

mikroclaw:
	ln -sfn $(PROGRAM) $@
