# One place for every command. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QUICKSTART := notebooks/01_quickstart.ipynb

.DEFAULT_GOAL := help
.PHONY: help demo lab test lint types notebooks browser bench clean python chromium postgresql

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

python:
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "smapy-nb needs Python 3.11 or newer with venv: install it, or name one: make PYTHON=python3.12 …"; exit 1; }

# A stamp for each set of extras: made again only when the packages asked for change.
$(VENV)/lab.stamp $(VENV)/test.stamp: $(VENV)/%.stamp: pyproject.toml | python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing smapy-nb and what it needs into $(VENV) (extras: $*) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[$*]' \
		|| { echo "The installation failed: is a package index reachable?"; exit 1; }
	@touch $@

# Other people's clients, with which the sandbox is tested: apart from ours, because they ask for older libraries.
$(VENV)/peers.stamp: tests/sandbox/peers.txt | python
	@test -x $(VENV)/peers/bin/python || $(PYTHON) -m venv $(VENV)/peers
	@echo "Installing other people's clients into $(VENV)/peers …"
	@$(VENV)/peers/bin/python -m pip install -qq --disable-pip-version-check -r $< && touch $@ \
		|| echo "They could not be installed: the tests that need them are left out."

# The benchmarks' peers ask for older libraries too, so they have an environment of their own.
$(VENV)/bench.stamp: pyproject.toml | python
	@test -x $(VENV)/bench/bin/python || $(PYTHON) -m venv $(VENV)/bench
	@echo "Installing smapy-nb and its peers into $(VENV)/bench …"
	@$(VENV)/bench/bin/python -m pip install -qq --disable-pip-version-check --editable '.[bench]' \
		|| { echo "The installation failed: is a package index reachable?"; exit 1; }
	@touch $@

demo: $(VENV)/lab.stamp  ## a table of profiles in a minute, with no key
	@$(BIN)/python notebooks/execute.py $(QUICKSTART) build

lab: $(VENV)/lab.stamp  ## open JupyterLab on the notebooks
	@$(BIN)/python -m jupyterlab --notebook-dir=notebooks 01_quickstart.ipynb

test: $(VENV)/test.stamp $(VENV)/peers.stamp chromium postgresql lint types  ## every check and every test
	@$(BIN)/python -m pytest

lint: $(VENV)/test.stamp
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Some files are not formatted: run $(BIN)/ruff format"; exit 1; }

types: $(VENV)/test.stamp
	@$(BIN)/mypy

bench: $(VENV)/bench.stamp  ## compare speed and memory with peers
	@for each in benchmarks/*.py; do echo "== $$each"; $(VENV)/bench/bin/python $$each || exit 1; done

chromium:
	@command -v chromium >/dev/null || $(MAKE) --no-print-directory install-chromium

postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null \
		|| $(MAKE) --no-print-directory install-postgresql

# Installs a system package where that is possible without a question, else says in one line what is missing.
install-%:
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "Installing $* …"; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq --yes install --no-install-recommends $* >/dev/null; \
	else \
		echo "The tests need $*: run  sudo apt-get install $*  and then  make test  again."; exit 1; \
	fi

clean:  ## remove the environment and everything built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
