# Works on a bare machine with Python >= 3.11: what is missing goes into .venv beside this file.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

find_python = $(shell for p in $(1); do \
	command -v $$p >/dev/null 2>&1 \
	&& $$p -c 'import sys; sys.exit(not $(2))' >/dev/null 2>&1 \
	&& { echo $$p; break; }; done)

PYTHON ?= $(call find_python,python3 python3.13 python3.12 python3.11 python,sys.version_info >= (3$(comma) 11))
PYTHON313 ?= $(call find_python,python3.13 $(wildcard $(PYENV_ROOT)/versions/3.13*/bin/python3.13),sys.version_info[:2] == (3$(comma) 13))
comma := ,

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
OUT ?= demo-out
FUZZ_S ?= 60
# A part of every layer that is quick: numbers, files, events, the command line.
SMOKE := tests/test_golden.py tests/test_settings.py tests/io tests/strides tests/kinematics tests/stats \
	tests/cli/test_analyze.py tests/cli/test_common.py tests/cli/test_doctor.py tests/cli/test_main.py

# Chromium from Debian, where it is missing and this is root.
define need_chromium
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null \
	|| { apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium; }
endef

.PHONY: help demo test coverage test-long test-ci-long test-browser test-ble-vm fuzz lint format docs pictures site bench validate smoke313 wheel \
	clean

help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.have-core  ## a tiring runner with known truth: findings, truth and report
	$(BIN)/hipgait demo --out $(OUT)

test: $(VENV)/.have-test  ## all tests, warnings as errors
	$(BIN)/python -m pytest -n 2 $(ARGS)

coverage: $(VENV)/.have-test  ## the same, with what they reach (slower)
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term $(ARGS)

test-long: $(VENV)/.have-test  ## an hour, ten minutes of every firmware's sensors, many kills
	$(BIN)/python -m pytest -m long $(ARGS)

test-ci-long: $(VENV)/.have-test  ## of those the ones for which CI has time: four minutes
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "long and ci" $(ARGS)

test-browser: $(VENV)/.have-test  ## the live page in headless Chromium; screenshots in browser-out
	$(need_chromium)
	$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

test-ble-vm: $(VENV)/.have-test  ## real BlueZ in a virtual machine, virtual sensors on its air
	$(BIN)/python tests/ble_vm/run.py $(ARGS)

fuzz: $(VENV)/.have-fuzz  ## atheris on decoders, profiles, captures and readers, FUZZ_S seconds each (60)
	for target in decoders profile capture readers; do \
		$(BIN)/python -m tests.fuzz.fuzz $$target -max_total_time=$(FUZZ_S) $(ARGS) || exit 1; \
	done

lint: $(VENV)/.have-lint  ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy

format: $(VENV)/.have-lint  ## put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: $(VENV)/.have-test  ## the picture of the report in the README, with Chromium
	$(need_chromium)
	$(BIN)/python docs/make_pictures.py

docs: $(VENV)/.have-test  ## write the pages and pictures that come from the code (ARGS=01: of that example)
	$(BIN)/python docs/make_nomenclature.py
	$(BIN)/python docs/make_architecture.py
	$(BIN)/python docs/make_examples.py $(ARGS)

site: $(VENV)/.have-docs  ## the project's site into site/, dead links are failures
	@# not --quiet: it hides the warnings that --strict counts
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict $(ARGS)

bench: $(VENV)/.have-test  ## speed and memory, as ratios measured in one run
	$(BIN)/python benchmarks/bench.py $(ARGS)

validate: $(VENV)/.have-test  ## the accuracy tables of docs/validation.md
	$(BIN)/python -m validation $(ARGS)

wheel: $(VENV)/.have-test  ## build dist/*.whl
	$(BIN)/python -m build --wheel --no-isolation

smoke313:  ## install, run and test on Python 3.13, where there is one
ifeq ($(PYTHON313),)
	@echo "no Python 3.13 here: nothing to do"
else
	$(call make_venv,$(PYTHON313),.venv313)
	.venv313/bin/python -m pip --disable-pip-version-check --quiet install -c constraints.txt -e .
	.venv313/bin/python -W error -m hipgait doctor
	.venv313/bin/python -W error -m hipgait demo --out $(OUT)313
	.venv313/bin/python -m pip --disable-pip-version-check --quiet install -c constraints.txt -e ".[test]"
	.venv313/bin/python -m pytest -n 2 -q $(SMOKE) $(ARGS)
endif

clean:  ## remove what make made, .venv too
	rm -rf $(VENV) .venv313 browser-out tests/ble_vm/.cache build dist site demo-out demo-out313 bench-out htmlcov .coverage \
		.fuzz .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environment ---------------------------------------------------------------------------
# Debian splits venv from Python: it is installed where we may, named where we may not.
define make_venv
@if [ ! -x $(2)/bin/pip ]; then \
	$(1) -m venv $(2) >/dev/null 2>&1 || { \
		rm -rf $(2); \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			apt-get -qq update && apt-get -qq install -y python3-venv >/dev/null; \
		else \
			echo "Python has no venv module. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; \
		fi; \
		$(1) -m venv $(2); \
	}; \
fi
endef

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo "hipgait needs Python 3.11 or newer on PATH." >&2; exit 1; fi
	$(call make_venv,$(PYTHON),$(VENV))

$(VENV)/.have-core: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.have-test: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e ".[test]"
	@touch $@ $(VENV)/.have-core

$(VENV)/.have-fuzz: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e ".[test]" atheris
	@touch $@ $(VENV)/.have-test $(VENV)/.have-core

$(VENV)/.have-docs: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e ".[docs]"
	@touch $@ $(VENV)/.have-core

$(VENV)/.have-lint: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e ".[test,lint]"
	@touch $@ $(VENV)/.have-test $(VENV)/.have-core
