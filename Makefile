# The everyday commands; `make run` and `make test` set up what they need.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: run test proofs eras conformance setup check docs lock bench build clean

run: setup ## talk to Roxy in this terminal
	@$(BIN)/roxy chat

test: setup ## the whole test suite
	$(BIN)/python -m pytest -n auto

proofs: setup ## the proofs that take minutes, such as hundreds of kills; ONLY="tests/faults -s" for figures of bad servers
	$(BIN)/python -m pytest -m slow $(ONLY)

eras: setup ## servers of every protocol era over all transports, as a table; ROWS=--edges for the oldest and newest
	cd tests && ../$(BIN)/python -m eras.matrix $(ROWS)

conformance: setup ## the protocol's official conformance suite against Roxy's client
	cd tests && ../$(BIN)/python -m conformance.run

setup: $(STAMP) ## a .venv with the locked versions

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Roxy needs Python 3.11 or newer; set PYTHON=python3.x")'
	@echo "Setting up .venv (a minute or two, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

check: setup ## format, lint, types, the import contract, the docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	test -n "$(TESTED)" || $(BIN)/python -m pytest -q tests/architecture

docs: setup ## write the generated pages of docs/reference anew
	$(BIN)/python docs/generate.py

lock: ## resolve requirements.lock anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group dev --group servers --extra models --extra postgresql pyproject.toml -o requirements.lock

bench: setup ## measure speed, as ratios
	$(BIN)/python bench/run.py

build: setup ## a wheel in dist/
	$(BIN)/python -m hatchling build -t wheel

clean: ## forget the environment and all caches
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .cache tests/*/node_modules
