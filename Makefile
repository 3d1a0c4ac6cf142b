# Everything a newcomer types. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# Locked: the same versions with uv and with plain pip.
LOCK := requirements.lock
DEV_LOCK := requirements-dev.lock
LOCKED = $$(sed -n 's/^\([a-z0-9._-]*\)==.*/\1/p' $(LOCK))

# What a product under MIT can be shipped with; anything else stops the audit until somebody has looked at it.
LICENCES := MIT;BSD;Apache;ISC;MPL;Mozilla;PSF;Python
NOT_LICENCES := GPL;General Public;Affero;SSPL;BUSL;Proprietary;UNKNOWN

.PHONY: help setup run test chaos check audit secrets sbom bench format lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(VENV)/run.ready ## Set up what is missing, without starting anything

run: $(VENV)/run.ready ## Set up what is missing and run Balas in one process
	@$(BIN)/balas up

test: $(VENV)/dev.ready ## Run the whole suite, real databases and Redis included
	@$(BIN)/python -m tests.services

chaos: $(VENV)/dev.ready ## Run every outage and kill storm, one after the other (about half an hour)
	@$(BIN)/python -m tests.services tests/chaos --long -n 0

check: $(VENV)/dev.ready ## Check format, lint, types, import contracts, architecture, then audit and secrets
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/architecture
	@$(MAKE) --no-print-directory audit secrets sbom

audit: $(VENV)/dev.ready ## Check what is shipped: vulnerabilities, risky code, licences
	@$(BIN)/python deploy/audit.py
	@# B104, B704: ruff's S104 and S704 want a reason at each place, which bandit cannot read.
	@$(BIN)/bandit -q -r balas -ll --skip B104,B704
	@$(BIN)/pip-licenses --from=mixed --partial-match --summary --packages $(LOCKED) --allow-only='$(LICENCES)' >/dev/null
	@$(BIN)/pip-licenses --from=mixed --partial-match --summary --packages $(LOCKED) --fail-on='$(NOT_LICENCES)' >/dev/null
	@echo "audit: no risky code, and every licence can be shipped"

secrets: $(VENV)/dev.ready ## Look for keys and passwords in what git keeps, except samples that .secrets.baseline knows
	@$(BIN)/python deploy/find_secrets.py

sbom: $(VENV)/dev.ready ## Write dist/sbom.json (CycloneDX) from the lock
	@mkdir -p dist
	@$(BIN)/python -W ignore -m cyclonedx_py requirements $(LOCK) --pyproject pyproject.toml --output-reproducible -o dist/sbom.json
	@echo "dist/sbom.json"

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
