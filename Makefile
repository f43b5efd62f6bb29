# One door for contributors and CI alike. Every target sets up what it needs in .venv by itself.
.DEFAULT_GOAL := help
.PHONY: help setup lock demo test check format lint types imports bandit docs reference cov bench clean

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp
UV := $(shell command -v uv 2>/dev/null)
# No file of ours is written outside the checkout; npm proofs keep their packages here too.
export PIP_DISABLE_PIP_VERSION_CHECK = 1

help:  ## What there is to do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): requirements.lock pyproject.toml
	@echo "Installing into .venv: the first time this takes a minute or so …" >&2
ifneq ($(UV),)
	@test -x $(BIN)/python || uv venv -q --python $(PYTHON) .venv
	@uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	@uv pip install -q --python $(BIN)/python --no-deps -e .
else
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@# As uv builds them: forbiddenfruit and rouge-score come as source, and pip tells of the old way.
	@$(BIN)/python -m pip install -q --use-pep517 --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --no-deps -e .
endif
	@touch $@

setup: $(STAMP)  ## Make .venv with everything in it (uv where it is there, else venv and pip)

lock:  ## Resolve the dependencies anew into requirements.lock (needs uv)
	uv pip compile --python-version 3.11 --universal --group dev --all-extras pyproject.toml \
	  --exclude-newer "7 days" --generate-hashes --no-header -q -o requirements.lock --upgrade

demo: setup  ## A Pipedrive sandbox, the hub, and a small company's story, in one command
	@$(BIN)/dealwright demo

test: setup  ## All tests
	@$(BIN)/pytest -n 2 --dist loadfile -q

format: setup  ## Put the code in shape
	@$(BIN)/ruff format src tests bench tools
	@$(BIN)/ruff check --fix -q src tests bench tools

lint: setup
	@$(BIN)/ruff format --check src tests bench tools
	@$(BIN)/ruff check src tests bench tools

types: setup
	@$(BIN)/pyright

imports: setup
	@$(BIN)/lint-imports --no-cache

bandit: setup  ## Findings of bandit that nobody has explained
	@$(BIN)/python tools/bandit_check.py

docs: setup
	@$(BIN)/zensical build --clean --strict >/dev/null && echo "docs: built"

reference: setup  ## Write the pages of docs/reference that are made from the code
	@$(BIN)/python -m tests.docs.reference

cov: setup  ## The tests, with the coverage of core and pipeline
	@$(BIN)/pytest -n 2 --dist loadfile -q --cov --cov-report=term

check: lint types imports bandit docs cov  ## Exactly what CI runs: format, lint, types, imports, bandit, docs, tests

bench: setup  ## Every benchmark, or one: make bench ONLY=ingest
	@$(BIN)/python -m bench $(ONLY)

clean:  ## Remove what was built
	rm -rf .venv site dist build .hypothesis .coverage*
