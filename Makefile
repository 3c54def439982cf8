# Everything starts from here: `make help` lists it. Needs only Python 3.11+, make and a package registry.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$name" && break; done)
SAMPLE := sample
TIEOUT_HOME ?= $(CURDIR)/.tieout
GATEWAY := tests/python/gateway
LINT_HOME := $(CURDIR)/.tieout/lint
DOCS := .tieout/docs
PORT ?= 3000

export TIEOUT_HOME
export PYTHONPATH := $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help setup run dev docs test golden conformance benchmark benchmark-gateway benchmark-kubernetes lint format lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: $(READY) ## make .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Tieout needs Python 3.11 or newer: install one, or name it with PYTHON=…" >&2; exit 2; }
	@echo "Setting up $(VENV) with $(PYTHON) (once, a minute or two)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-build-isolation --no-deps -e .
	@# Some packages ship templates that are not Python; they cannot be compiled and need not be.
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib orchestration expectations || true
	@touch $@

run: $(READY) $(SAMPLE)/estate.yml ## make the sample estate and run every period of it
	@$(BIN)/tieout run --estate $(SAMPLE)/estate.yml

$(SAMPLE)/estate.yml: | $(READY)
	@$(BIN)/tieout sample $(SAMPLE)

dev: $(READY) $(SAMPLE)/estate.yml ## the Dagster page on http://127.0.0.1:3000 (TIEOUT_ESTATE, PORT)
	@$(BIN)/tieout dev --port $(PORT) --estate $${TIEOUT_ESTATE:-$(SAMPLE)/estate.yml}

docs: $(READY) ## every model, column, test and the lineage as one page, to look up offline (dbt docs)
	@# Types and statistics are those of the warehouse, where a run has made one.
	@mkdir -p $(LINT_HOME)/warehouse
	@if [ -f $(TIEOUT_HOME)/warehouse/tieout.duckdb ]; then empty=; else empty=--empty-catalog; export TIEOUT_HOME=$(LINT_HOME); fi; \
		DBT_TARGET_PATH=$(CURDIR)/$(DOCS) DBT_LOG_PATH=$(LINT_HOME)/dbt/logs $(BIN)/dbt --quiet docs generate --static $$empty
	@echo "$(DOCS)/static_index.html"

test: $(READY) ## every test: units first, then dbt, the golden estate and the browser (WORKERS=2)
	@$(BIN)/python -m pytest -n $${WORKERS:-2} --dist loadfile --no-loadscope-reorder

golden: $(READY) ## write the golden tables again, after a change that was meant
	@$(BIN)/python -m tests.python.golden.tables

benchmark: $(READY) ## measure the speed goals side by side (ROWS="1000000 10000000" PAIRS=5)
	@$(BIN)/python -m tests.benchmark.benchmark --rows $${ROWS:-1000000 10000000} --pairs $${PAIRS:-5}

benchmark-gateway: $(READY) ## measure what the AI gateway's plug-in adds to a call of a LiteLLM proxy (PAIRS=300)
	@$(BIN)/python -m tests.benchmark.gateway --pairs $${PAIRS:-300}

benchmark-kubernetes: $(READY) ## measure what a month of hourly telemetry of 2,000 pods costs a build (PAIRS=3)
	@$(BIN)/python -m tests.benchmark.kubernetes --pairs $${PAIRS:-3}

conformance: $(READY) ## FOCUS files of the sample estate, judged by the official validator and by JSON Schemas
	@$(BIN)/python -m pytest tests/conformance

lint: $(READY) ## ruff, mypy and sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@# The templater is dbt's own: it wants a warehouse to open, which is none of the user's.
	@mkdir -p $(LINT_HOME)/warehouse
	@TIEOUT_HOME=$(LINT_HOME) DBT_TARGET_PATH=$(LINT_HOME)/dbt/target DBT_LOG_PATH=$(LINT_HOME)/dbt/logs \
		$(BIN)/sqlfluff lint --disable-progress-bar models tests/assertions

format: $(READY) ## let ruff lay out the Python
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

lock: $(READY) ## renew requirements.lock from pyproject.toml, with hashes and without registry addresses
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	@$(BIN)/python -m uv pip compile pyproject.toml --upgrade --quiet --universal --python-version 3.11 --all-extras \
		--generate-hashes --no-annotate --no-strip-extras --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock
	@# What LiteLLM's proxy runs without: a package under a commercial licence, and the largest ones.
	@$(BIN)/python -m uv pip compile $(GATEWAY)/requirements.in --upgrade --quiet --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-strip-extras --no-emit-index-url --custom-compile-command "make lock" \
		--no-emit-package litellm-enterprise --no-emit-package polars --no-emit-package polars-runtime-32 \
		--no-emit-package pyroscope-io --no-emit-package granian -o $(GATEWAY)/requirements.lock

clean: ## remove what running and testing made, not the virtual environment
	@rm -rf .tieout .conformance $(SAMPLE) artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
