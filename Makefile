# Every target does the set-up that it needs; a newcomer needs `make up` and `make test` only.

PORT ?= 8000
DATA_DIR ?= $(CURDIR)/data
# Prefer the distribution's Python: it is built with optimizations, which make it half as fast again.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3.11) python3)
BIN := .venv/bin
export PORT DATA_DIR

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

# uv does not read pip's configuration: tell it where pip finds local wheels (a CPU build of torch, say).
define install
	@test -x $(BIN)/python || sh ecosystem/make-venv.sh $(PYTHON)
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9
	@UV_FIND_LINKS="$${UV_FIND_LINKS:-$${PIP_FIND_LINKS:-$$($(BIN)/pip config get global.find-links 2>/dev/null | tr '\n ' ',,' || true)}}" \
		$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python -r $(1) -c constraints.txt
	@mkdir -p .venv/stamps && touch .venv/stamps/$(2)
endef

.venv/stamps/run: requirements.txt ecosystem/requirements.txt workers/ml/requirements.txt constraints.txt
	@echo "Installing the environment in .venv (a minute or two the first time) …"
	$(call install,requirements.txt,run)

.venv/stamps/dev: .venv/stamps/run requirements-dev.txt
	@echo "Installing what tests and checks need …"
	$(call install,requirements-dev.txt,dev)

.PHONY: setup setup-dev
setup: .venv/stamps/run ## Create the environment in .venv
setup-dev: .venv/stamps/dev ## The same, with the tools for tests and checks

.PHONY: up
up: setup ## Start the site: make up PORT=8000 DATA_DIR=data
	@exec $(BIN)/python manage.py up

.PHONY: demo
demo: setup ## Run the whole chain with real input: make demo KEEP=1 leaves the site running
	@KEEP="$(KEEP)" exec $(BIN)/python manage.py demo

.PHONY: test-tools
test-tools: setup-dev
	@sh tests/install-tools.sh

.PHONY: test
test: test-tools ## Run all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: test-quick
test-quick: setup-dev ## Run the tests without browsers, clients, workers and running sites: minutes
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow and not chain and not site" tests/unit tests/architecture tests/api

.PHONY: check
check: setup-dev ## Lint, format, types, import contracts, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy apps ecosystem workers
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --lint --quiet templates
	@! LC_ALL=C.UTF-8 grep -rnE '^.{141,}' templates || (echo "These template lines are wider than 140 characters." && false)

.PHONY: bench
bench: setup-dev ## Measure against named peers, in one run; writes docs/benchmarks.md
	$(BIN)/python -m tests.tools.bench

.PHONY: matrix
matrix: test-tools ## Run every flow of every client; writes the table of docs/protocols/hub.md
	$(BIN)/python -m tests.compat.matrix

.PHONY: reliability
reliability: test-tools ## Kill, fill and race a site for a long time; acknowledged writes must survive
	$(BIN)/python -m tests.tools.reliability all

.PHONY: fuzz
fuzz: setup-dev ## Send malformed requests to every protocol: five minutes each
	$(BIN)/python -m tests.tools.fuzz --seconds 300

.PHONY: screenshots
screenshots: test-tools ## Take screenshots of the pages: light, dark, phone width, Chinese
	$(BIN)/python -m pytest tests/browser/screenshots.py -s --timeout=1800

.PHONY: lock
lock: setup-dev ## Resolve the requirements again into constraints.txt
	$(BIN)/python -m ecosystem.lock

.PHONY: format
format: setup-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
