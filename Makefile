# Two commands on a fresh machine: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test prove bench bundle lint demo clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup:
	@$(PYTHON) scripts/setup.py --venv $(VENV) --extra llama

setup-dev:
	@$(PYTHON) scripts/setup_system.py
	@$(PYTHON) scripts/setup.py --venv $(VENV) --extra dev

run: setup  ## set up, build the demo case, and ask it questions
	@$(BIN)/python -m scripts.run_demo

test: setup-dev lint  ## set up and pass all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not prove and not bench"

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

prove: setup-dev  ## what takes longer: soak, load, fuzz, large bad inputs
	@$(BIN)/python -m pytest -m prove --timeout 3600
	@$(BIN)/python -m scripts.prove_bundle

SUITES := demo $(if $(DATA),contracts clapnq mtrag xquad injection formats verifier)

bench: setup-dev  ## print every figure that README and docs quote (DATA=public data; FINAL=1 asks the test rows)
	@mkdir -p build
	@$(BIN)/python -m eval.bench $(if $(DATA),--data $(DATA)) --out build/bench.html || true
	@$(BIN)/caseclerk --home build/bench-home eval run $(SUITES) $(if $(DATA),--data $(DATA)) $(if $(FINAL),--final)

bundle: setup  ## one folder that installs on a machine without a network (MODELS="ID ...", OUT=folder)
	@$(BIN)/python -m scripts.bundle $(if $(OUT),--out $(OUT)) $(foreach model,$(MODELS),--model $(model))

clean:  ## remove the environment and caches, never a case
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
