# MikroClaw. `make help` says what there is; a bare `make` builds.

SHELL := /bin/bash
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PHONY: help build run test check bench sweep size clean

TS := node --import tsx
INSTALLED := node_modules/.mikroclaw
PROGRAM := dist/mikroclaw.mjs
COMMANDS := dist/commands.bin
SOURCES := $(shell find src -type f)
BUILDERS := scripts/bundle.ts scripts/gen-tools.ts $(wildcard scripts/build/*.ts)
COMMIT := $(wildcard .git/logs/HEAD)

help: ## Say what each target does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)$$/make \1\t\2/' | expand -t 16

build: $(PROGRAM) mikroclaw ## Build dist/ and the link ./mikroclaw

run: ## Start the agent's prompt; without ROUTER_HOST, on the built-in simulated router
	@$(MAKE) --no-print-directory build >&2 </dev/null
	@if [ -z "$${ROUTER_HOST:-}" ]; then export MIKROCLAW_BUILTIN_SIM=1; fi; exec ./mikroclaw agent

test: check build ## Run the checks and every test
	@scripts/setup.sh programs
	$(TS) scripts/test.ts

check: $(INSTALLED) $(COMMANDS) ## Types, lint, unused code and the house rules, without running anything
	@scripts/check.sh

bench: build ## Print the figures and compare them with test/bench/budget.json (BENCH="size turn" for some)
	@scripts/setup.sh bench
	$(TS) scripts/bench.ts $(BENCH)

sweep: build ## Run every test with many more random cases (SWEEP=50 unless set)
	SWEEP=$${SWEEP:-50} $(TS) scripts/test.ts

size: build ## Print the bundle's size and its ten largest inputs
	$(TS) scripts/size.ts

clean: ## Remove what make built (npm's packages stay)
	rm -rf dist mikroclaw

$(INSTALLED): package-lock.json scripts/setup.sh
	@scripts/setup.sh packages
	@touch $@

$(COMMANDS): $(wildcard build/data/*.json) scripts/gen-commands.ts $(INSTALLED)
	$(TS) scripts/gen-commands.ts

# One run makes the program, the bundles, dist/meta.json and, for tests run from source, dist/gen.
$(PROGRAM): $(SOURCES) $(BUILDERS) package.json tsconfig.json $(COMMIT) $(COMMANDS) $(INSTALLED)
	$(TS) scripts/gen-tools.ts
	$(TS) scripts/bundle.ts

mikroclaw:
	ln -sfn $(PROGRAM) $@
