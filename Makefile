# RNN Studio. Needs Python 3.11 or newer and make; everything else is installed into .venv.
#
#   make run           open the window                (FILE=design.rnnd opens that file)
#   make test          run the tests, without a screen (ARGS="-k words" selects some)
#   make check         check formatting, style, types and imports
#   make format        format the code and apply safe fixes
#   make bench         measure the event loop, training and start      (ARGS=speed: that part only; three parts run only
#                                                                       when named: quality is learning, memory is
#                                                                       long-memory problems, canvas is large networks)
#   make screenshots   draw the window into build/screenshots          (ARGS="--scale 2")
#   make clean         delete everything that make and the tests created

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin

# The first Python on the path that is new enough; `make PYTHON=/some/python run` overrides it.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14 python; do \
	if $$python -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then echo $$python; break; fi; done)

RECIPE := pyproject.toml constraints.txt tools/environment.py

.DEFAULT_GOAL := help
.PHONY: help run test check formatting lint types imports format bench screenshots clean python

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

run: $(VENV)/.for-running
	@$(PYTHON) tools/system_libraries.py
	@$(BIN)/python -m rnnstudio $(FILE)

# Many tests wait for real windows and training processes, so two processes run at a time, one test file each.
test: $(VENV)/.for-developing
	@$(PYTHON) tools/system_libraries.py --headless
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

# `make -k check` runs all four even if one fails.
check: formatting lint types imports

formatting: $(VENV)/.for-developing
	$(BIN)/ruff format --check .

lint: $(VENV)/.for-developing
	$(BIN)/ruff check .

types: $(VENV)/.for-developing
	$(BIN)/mypy

imports: $(VENV)/.for-developing
	$(BIN)/lint-imports

format: $(VENV)/.for-developing
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.for-developing
	@$(PYTHON) tools/system_libraries.py --headless
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m benchmarks $(ARGS)

screenshots: $(VENV)/.for-developing
	@$(PYTHON) tools/system_libraries.py --headless
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tools.screenshots $(ARGS)

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@test -n "$(PYTHON)" || { echo "RNN Studio needs Python 3.11 or newer, and none is on the path." \
		"Install one, or name it: make PYTHON=/path/to/python3.11 run" >&2; exit 1; }

$(VENV)/.for-running: $(RECIPE) | python
	@$(PYTHON) tools/environment.py $(VENV)
	@touch $@

# The development environment includes everything that is needed to run.
$(VENV)/.for-developing: $(RECIPE) | python
	@$(PYTHON) tools/environment.py $(VENV) test dev
	@touch $(VENV)/.for-running $@
