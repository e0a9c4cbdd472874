# One word each: demo test check lint types golden kernel vm bench
# Everything the targets need is set up by `setup`: a virtual environment in .venv, and Debian packages where we are root.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.ready

.PHONY: demo test check lint types golden kernel vm bench setup packages vm-packages
.DEFAULT_GOAL := test

setup: $(STAMP) packages

$(STAMP): pyproject.toml Makefile
	@echo "== setting up a virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "svcc needs Python 3.11 or newer: apt-get install python3 python3-venv" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: apt-get install python3-venv" >&2; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

packages:
	@.ci/packages

vm-packages:
	@.ci/packages vm

demo: setup
	@echo "== demo: examples/shop compiled, applied in a throw-away network namespace, and called"
	@$(PY) examples/demo.py

test: setup vm-packages lint types
	@echo "== test: those that need this kernel, beside them all others, and those that need ip_vs in a machine of their own"
	@$(PY) tests/parts.py

check: lint types
	@$(PY) -m pytest -q -m 'not kernel'

lint: $(STAMP)
	@echo "== lint"
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check --quiet . || { $(VENV)/bin/ruff format --diff --quiet . | head -60; exit 1; }

types: $(STAMP)
	@echo "== types"
	@$(VENV)/bin/mypy

golden: $(STAMP)
	@$(PY) -m pytest -q tests/golden --update-goldens

kernel: setup vm-packages
	@$(PY) -m pytest -q -m kernel

vm: setup vm-packages
	@echo "== vm: tests on a kernel with ip_vs, in a machine of its own"
	@$(PY) tests/vm/run.py --tests -q

bench: setup
	@$(PY) tests/bench/run.py
