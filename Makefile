# Every target sets up what it needs in its own virtual environment; `make help` lists them.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 6379
JOBS ?= 2
SECONDS ?= 600
TESTS ?= tests
BIN := $(VENV)/bin
SOURCES := $(wildcard ferrite/native/*.c ferrite/native/*.h ferrite/native/build_*.py)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -qq --upgrade pip

$(VENV)/.run: $(VENV)/bin/python pyproject.toml setup.py $(SOURCES)
	$(BIN)/pip install -qq --editable '.[speed,metrics]'
	@touch $@

$(VENV)/.develop: $(VENV)/bin/python pyproject.toml setup.py $(SOURCES)
	$(BIN)/pip install -qq --editable '.[speed,test,check,bench]'
	@touch $@ $(VENV)/.run

plugins/hello/hello.wasm: $(VENV)/.run plugins/hello/hello.c plugins/hello/plugin.toml
	$(BIN)/ferrite plugin build plugins/hello

.cache/assemblyscript: sdk/typescript/package.json
	npm install --prefix $@ --no-audit --no-fund assemblyscript@0.28.20 typescript@5.9.3 ./sdk/typescript
	@touch $@

.PHONY: run
run: plugins/hello/hello.wasm ## start a server with the sample plugin, compiled from C
	@echo
	@echo "  In another terminal:"
	@echo "    $(BIN)/ferrite-cli -p $(PORT) HELLO.WORLD Alice      (or: redis-cli -p $(PORT) ...)"
	@echo "    $(BIN)/ferrite-cli -p $(PORT) HELLO.COUNT visits"
	@echo "    $(BIN)/ferrite-cli -p $(PORT) PLUGIN.INFO hello"
	@echo "  Stop the server with Ctrl-C."
	@echo
	$(BIN)/ferrite --port $(PORT) --plugin plugins/hello/hello.wasm

.PHONY: test
test: unit-test spec-test ## all tests: unit, socket, differential, official suites
	@echo "all tests have passed"

.PHONY: unit-test
unit-test: $(VENV)/.develop plugins/hello/hello.wasm ## the tests below tests/
	$(BIN)/python -m pytest -n $(JOBS) $(TESTS)

.PHONY: spec-test
spec-test: $(VENV)/.develop ## the official WebAssembly suites
	$(BIN)/python spec-tests/fetch.py
	for engine in compiled reference; do for level in 1.0 2.0 3.0; do \
	    $(BIN)/python spec-tests/run.py --level $$level --engine $$engine -j $(JOBS) \
	        || exit 1; done; done

.PHONY: check
check: $(VENV)/.develop ## format, lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/architecture

.PHONY: format
format: $(VENV)/.develop ## put the source into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: docs
docs: $(VENV)/.develop ## make the generated documents anew
	$(BIN)/python -m ferrite.commands.document > docs/commands.md
	$(BIN)/python -m wasm_vm.document > docs/instructions.md
	$(BIN)/python -m wasi.document > docs/wasi.md
	$(BIN)/python -m ferrite.plugins.document guide > docs/plugin-guide.md
	$(BIN)/python -m ferrite.plugins.document configuration > docs/configuration.md
	$(BIN)/python -m tests.support.sample_document > docs/samples.md

.PHONY: fuzz
fuzz: $(VENV)/.develop ## both engines and wasmtime over random modules, for SECONDS; budget sweeps
	FERRITE_SWEEP=1000 $(BIN)/python -m pytest tests/differential/test_sweeps.py
	$(BIN)/python -m tests.fuzz.differential --seconds $(SECONDS)

.PHONY: conformance
conformance: $(VENV)/.develop ## run the official suites and write README's table
	$(BIN)/python spec-tests/fetch.py
	for level in 1.0 2.0 3.0; do \
	    $(BIN)/python spec-tests/run.py --level $$level -j $(JOBS) \
	        --json .cache/spec-$$level.json || exit 1; done
	$(BIN)/python spec-tests/table.py .cache/spec-*.json --write README.md

.PHONY: redis-suite
redis-suite: $(VENV)/.develop ## Redis's own test suite, unit by unit; writes README's table
	$(BIN)/python -m tests.redis_suite --jobs $(JOBS) --json .cache/redis-suite.json --write README.md

.PHONY: bench
bench: $(VENV)/.develop ## the benchmarks, each against its peers in the same run; writes README's table and docs/engines.md
	@mkdir -p .cache
	$(BIN)/python bench/engines.py docs
	$(BIN)/python bench/resp.py | tee .cache/bench-resp.md
	$(BIN)/python bench/commands.py | tee .cache/bench-commands.md
	$(BIN)/python bench/commands.py --append-only --tests set,get,incr \
	    | tee .cache/bench-append-only.md
	$(BIN)/python bench/commands.py --clients 1 --tests ping,get,set | tee .cache/bench-one.md
	$(BIN)/python bench/plugins.py | tee .cache/bench-plugins.md
	$(BIN)/python bench/share.py | tee .cache/bench-share.md
	$(BIN)/python bench/isolation.py | tee .cache/bench-isolation.md
	$(BIN)/python bench/readme.py README.md \
	    'RESP, nanoseconds per request against hiredis-py=.cache/bench-resp.md' \
	    'Server, redis-benchmark -c 50, pairs with redis-server, median of ratios=.cache/bench-commands.md' \
	    'The same with appendonly yes and appendfsync everysec, both=.cache/bench-append-only.md' \
	    'The same with one client=.cache/bench-one.md' \
	    'Commands of a plugin against FCALL of the same in Lua=.cache/bench-plugins.md' \
	    'What the server adds to a call=.cache/bench-share.md' \
	    'An instance per call, CPU time of the server a call=.cache/bench-isolation.md'

.PHONY: soak
soak: $(VENV)/.develop ## long campaigns: mutations, crashes, lost power, full disks, crowds of clients
	FERRITE_SOAK=1 $(BIN)/python -m pytest -s --timeout 0 tests/fuzz tests/faults \
	    tests/plugins/test_replay_of_samples.py tests/plugins/samples/test_all.py \
	    tests/differential/test_append_only_against_redis.py \
	    tests/differential/test_state_machines.py \
	    tests/differential/test_snapshots_against_redis.py

.PHONY: clean
clean: ## remove the virtual environment and all that was built
	rm -rf $(VENV) build .cache *.egg-info ferrite/native/*.so ferrite/native/_*.c
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
