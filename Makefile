# Everything that one does with this repository, one word each. `make` alone explains.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MARK   := $(VENV)/.installed
ROOMS  := contracts libs/kernel libs/credentials libs/trust libs/coverage services/issuer services/recognition \
          services/deqar_sync services/notifier deploy/local cli
LOCK   := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url

.PHONY: help install demo up down status doctor test lint types rules contracts check bench bench-trust bench-credentials bench-registry fuzz lock clean test-storm

help: ## show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(MARK) ## make .venv from hashed requirements, with .venv/bin/mutua in it

$(MARK): requirements/dev.txt $(foreach room,$(ROOMS),$(room)/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "found $$($(PYTHON) --version), expected Python 3.11 or later: make install PYTHON=python3.11"; exit 2; }
	@echo "Installing into $(VENV) (a minute or two, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  $(foreach room,$(ROOMS),-e ./$(room))
	@touch $(MARK)
	@echo "Installed: $(BIN)/mutua"

demo: install ## one micro-credential crosses a border: the whole story in under three minutes
	@$(BIN)/mutua demo

up: install ## start the local stack and leave it running
	@$(BIN)/mutua up

down: install ## stop the local stack
	@$(BIN)/mutua down

status: install ## what runs, where, and whether it is ready
	@$(BIN)/mutua status

doctor: install ## what this machine has, what is off, how to mend it
	@$(BIN)/mutua doctor

test: install ## every test that needs no special server, with progress
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not servers and not storm"
	@$(BIN)/python -m pytest -m "servers and not storm"

test-storm: install ## kill processes under load on Apache Kafka, then count (needs a JDK 17+ and Maven)
	@$(BIN)/python -m pytest -m storm

lint: install ## style: ruff, and squawk on the migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/squawk $(wildcard services/*/mutua_*/migrations/*.sql libs/kernel/mutua_kernel/migrations/*.sql) >/dev/null

types: install ## strict types
	@$(BIN)/basedpyright

rules: install ## who may import whom
	@$(BIN)/lint-imports --no-cache

contracts: install ## schemas, AsyncAPI, golden files, ACLs, and compatibility with every older version
	@$(BIN)/python -m mutua_contracts check --released
	@$(BIN)/python -m mutua_contracts lint

check: lint types rules contracts ## all gates without tests

bench: install ## ratios against raw clients in the same run, medians
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.latency

bench-trust: install ## trust chains against SQLite, and against ten times the graph
	@$(BIN)/python tests/bench/bench_trust.py

bench-credentials: install ## verification against raw signatures, call by call and size by size
	@$(BIN)/python -m tests.bench.credentials

bench-registry: install ## the mirror on the full profile of the registry, against a bare loop of requests
	@$(BIN)/python -m tests.bench.registry

fuzz: install ## ten minutes of broken credentials: no crash, no hang, bounded memory
	@$(BIN)/python tests/credentials/fuzz.py --seconds 600

lock: ## resolve the requirements anew (needs uv)
	@$(LOCK) requirements/runtime.in -o requirements/runtime.txt
	@$(LOCK) requirements/dev.in -o requirements/dev.txt

clean: ## remove what was built here
	@rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
