# Few commands, and continuous integration runs the same ones. Needs git, make and Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SITE := site
# The instant at which the demonstration plans: a fixed one, so that its pages are the same on every machine.
DEMO_AT := 2026-11-23T09:00:00Z

# Warnings of pip about itself are no news to who came for the demonstration.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DELETE_ON_ERROR:
.PHONY: help bench demo test lint update lock clean

help:
	@echo "make demo   plan and render the projects of this repository into $(SITE)/"
	@echo "make test   every check: lint, then the tests"
	@echo "make lint   ruff, mypy and the import contract"
	@echo "make bench  measure against peers, and write docs/benchmarks.md anew"
	@echo "make update write the generated pages of docs/ anew"
	@echo "make lock   renew requirements-dev.txt"
	@echo "make clean  remove what these commands made"

demo: $(INSTALLED)
	$(BIN)/tamspec --at $(DEMO_AT) build --out $(SITE)
	@echo
	@echo "The pages are ready: open $(SITE)/index.html in a browser."

test: lint
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# The peers are fetched on the first run; without the network the rest is measured.
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

# The tests say when a generated page is out of date.
update: $(INSTALLED)
	$(BIN)/python docs/generate.py

# A stamp is made last, so an installation that broke off is begun again. A new lock begins from nothing.
$(VENV)/.locked: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "tamspec needs Python 3.11 or newer: say which with make PYTHON=python3.11." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "This Python cannot make a virtual environment: install python3-venv, then run make again." >&2; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.txt
	@touch $@

$(INSTALLED): $(VENV)/.locked pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Resolved with the oldest Python that is supported, which needs the most packages; the others take a part of them.
lock: $(INSTALLED)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	    { echo "The lock is made with Python 3.11: run make clean, then make lock PYTHON=python3.11." >&2; exit 1; }
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/python -m piptools compile --quiet --upgrade --extra dev --extra pdf \
	    --extra search --extra serve --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --no-emit-options --output-file requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) $(SITE) dist build .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path ./.git -prune -o -type d -name __pycache__ -exec rm -rf {} +
