# Everything a newcomer types. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# Locked: the same versions with uv and with plain pip.
LOCK := requirements.lock
DEV_LOCK := requirements-dev.lock

.PHONY: help run test check bench format lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/run.ready ## Set up what is missing and run Balas in one process
	@$(BIN)/balas up

test: $(VENV)/dev.ready ## Run the whole suite, real databases and Redis included
	@$(BIN)/python -m tests.services

check: $(VENV)/dev.ready ## Format, lint, types, import contracts, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/architecture

bench: $(VENV)/dev.ready ## Measure, as ratios side by side
	@$(BIN)/python -m benchmarks

format: $(VENV)/dev.ready ## Format the code and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url pyproject.toml --group build -o $(LOCK)
	uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url pyproject.toml --group dev -o $(DEV_LOCK)

clean: ## Remove what was set up; your data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build

$(VENV)/run.ready: $(LOCK) pyproject.toml
	@PYTHON=$(PYTHON) deploy/install.sh $(VENV) $(LOCK)
	@touch $@

$(VENV)/dev.ready: $(DEV_LOCK) pyproject.toml
	@PYTHON=$(PYTHON) deploy/install.sh $(VENV) $(DEV_LOCK)
	@touch $@ $(VENV)/run.ready
