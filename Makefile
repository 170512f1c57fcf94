# Every target sets up what it needs; `make up` and `make test` are enough to get started.

PORT ?= 8000
DATA_DIR ?= $(CURDIR)/data
# Prefer the distribution's Python: it is an optimized build, 1.5 times as fast.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3.11) python3)
BIN := .venv/bin
# Tests of the REST API that are played against a running site too; the others roll their own requests back
API_TESTS := $(filter-out %_fuzz.py %_security.py,$(wildcard tests/api/test_v1_*.py)) tests/api/test_jobs_api.py tests/api/test_jobs_work.py tests/api/test_jobs_limits.py
export PORT DATA_DIR

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

# uv does not read pip's configuration: pass on where pip finds local wheels, such as a CPU build of torch.
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
	@echo "Installing test and check dependencies …"
	$(call install,requirements-dev.txt,dev)

.PHONY: setup setup-dev
setup: .venv/stamps/run ## Create the environment in .venv
setup-dev: .venv/stamps/dev ## Like setup, with the tools for tests and checks

.PHONY: up
up: setup ## Start the site: make up PORT=8000 DATA_DIR=data
	@exec $(BIN)/python manage.py up

.PHONY: demo
demo: setup ## Run the whole workflow with real data: make demo KEEP=1 leaves the site running
	@KEEP="$(KEEP)" exec $(BIN)/python manage.py demo

.PHONY: demo-llm
demo-llm: setup ## Run the workflow for language models with real data: make demo-llm KEEP=1 leaves the site running
	@KEEP="$(KEEP)" exec $(BIN)/python manage.py demo_llm

.PHONY: test-tools
test-tools: setup-dev
	@sh tests/install-tools.sh

.PHONY: test
test: test-tools ## Run all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --on-site $(API_TESTS)

.PHONY: test-quick
test-quick: setup-dev ## Run the tests without browsers, clients, workers and running sites (minutes)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow and not chain and not site" tests/unit tests/architecture tests/api

.PHONY: check
check: setup-dev ## Check lint, format, types, import contracts and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy apps ecosystem workers
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --lint --quiet templates
	@! LC_ALL=C.UTF-8 grep -rnE '^.{141,}' templates || (echo "These template lines are wider than 140 characters." && false)

.PHONY: bench
bench: setup-dev ## Run the benchmarks against named peers; writes docs/benchmarks.md
	$(BIN)/python -m tests.tools.bench

.PHONY: matrix
matrix: test-tools ## Run every client workflow; writes the table in docs/protocols/hub.md
	$(BIN)/python -m tests.compat.matrix

.PHONY: reliability
reliability: test-tools ## Stress a site with kills, full disks and races; acknowledged writes must survive
	$(BIN)/python -m tests.tools.reliability all

.PHONY: fuzz
fuzz: setup-dev ## Send malformed requests to every protocol, five minutes each
	$(BIN)/python -m tests.tools.fuzz --seconds 300

.PHONY: screenshots
screenshots: test-tools ## Take screenshots: light, dark, phone width, Chinese
	$(BIN)/python -m pytest tests/browser/screenshots.py -s --timeout=1800

.PHONY: lock
lock: setup-dev ## Resolve the requirements into constraints.txt
	$(BIN)/python -m ecosystem.lock

.PHONY: check-lock
check-lock: setup-dev ## Check that constraints.txt resolves to wheels on Python 3.11 to 3.14
	$(BIN)/python -m ecosystem.lock --check

.PHONY: format
format: setup-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
