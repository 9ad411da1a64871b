# Everything that one does with Runway. `make help` lists it.
#
# A fresh machine needs Python >= 3.11, make and git; the rest is set up in .venv/ and gen/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROTOS := $(shell find protos -name '*.proto')
CODE := services tests protos
LATEST_RELEASE = $(shell git describe --tags --abbrev=0 --match 'v*' 2>/dev/null)

SEED ?= 1
OPS ?= 100000
KILLS ?= 500
INPUTS ?= 100000
CASES ?= 10000

# Two files of tests at a time, each on a PostgreSQL of its own; a database that is given is one, with
# one role, and is for one at a time.
SIDE_BY_SIDE := $(if $(RUNWAY_DATABASE_URL),,--numprocesses=2 --dist=loadfile)

.DEFAULT_GOAL := help
.PHONY: help run test isolation isolation-mutants faults fuzz fuzz-http bench bench-rls bench-fairness backtest pay-plan-cases hygiene check format lint types imports protos-lint protos-breaking lock clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

run: $(VENV)/ready ## Set up everything, start Runway with the demo company, stay until Ctrl-C.
	@exec $(BIN)/runway up

test: $(VENV)/ready ## Set up everything and run all tests.
	@$(BIN)/python -m pytest -q $(SIDE_BY_SIDE)

bench: $(VENV)/ready ## Measure the hot paths against their floors, in one run.
	@PYTHONPATH=tests $(BIN)/python -m bench

bench-rls: $(VENV)/ready ## Measure what row-level security costs, on a million documents.
	@PYTHONPATH=tests $(BIN)/python -m bench.rls

isolation: $(VENV)/ready ## Do OPS random operations over many businesses, and look for leaks.
	@PYTHONPATH=tests $(BIN)/python -m isolation.suite --seed $(SEED) --operations $(OPS)

isolation-mutants: $(VENV)/ready ## Make every hole that could come about, and see which wall notices.
	@PYTHONPATH=tests $(BIN)/python -m isolation.mutants

faults: $(VENV)/ready ## Kill every process KILLS times while clients write, and count what is lost.
	@PYTHONPATH=tests $(BIN)/python -m faults --seed $(SEED) --kills $(KILLS)

bench-fairness: $(VENV)/ready ## Measure what others notice of a business at ten times its load.
	@PYTHONPATH=tests $(BIN)/python -m bench.fairness

fuzz: $(VENV)/ready ## Send each service INPUTS bad requests of each kind; what ends or tells too much?
	@PYTHONPATH=tests $(BIN)/python -m fuzz --seed $(SEED) --inputs $(INPUTS)

fuzz-http: $(VENV)/ready ## The same over HTTP, to the gateway.
	@PYTHONPATH=tests $(BIN)/python -m fuzz --seed $(SEED) --inputs $(INPUTS) --http

backtest: $(VENV)/ready ## Hold the forecast against what came, beside its baselines, on public data.
	@PYTHONPATH=tests $(BIN)/python -m backtest

pay-plan-cases: $(VENV)/ready ## Make CASES random pay plans; hold them to their constraints and the optimum.
	@PYTHONPATH=services:gen:tests/unit $(BIN)/python -m calculator.pay_plan.report --cases $(CASES) --seed $(SEED)

hygiene: $(VENV)/ready ## Put faults into the demo company's books: what does each rule find, and make up?
	@$(BIN)/python -m pytest -q -s tests/unit/calculator/data_quality/test_demo_company_faults.py

check: $(VENV)/ready format lint types imports protos-lint protos-breaking ## Run every static check.

format: $(VENV)/ready ## Check that the code is formatted.
	@$(BIN)/ruff format --check $(CODE)

lint: $(VENV)/ready ## Check the code for likely mistakes.
	@$(BIN)/ruff check $(CODE)

types: $(VENV)/ready ## Check the types.
	@$(BIN)/mypy

imports: $(VENV)/ready ## Check who imports whom.
	@PYTHONPATH=services:gen $(BIN)/lint-imports

protos-lint: $(VENV)/ready ## Check the protos' style and comments.
	@$(BIN)/buf lint build/image.binpb
	@echo "Protos are clean."

protos-breaking: $(VENV)/ready ## Check that no released proto is broken.
ifeq ($(LATEST_RELEASE),)
	@echo "No release is tagged yet, so there is no proto to break."
else
	@rm -rf build/released && mkdir -p build/released
	@git archive $(LATEST_RELEASE) protos | tar -x -C build/released
	@$(BIN)/python protos/generate.py --image-only build/released/protos build/released.binpb
	@$(BIN)/buf breaking build/image.binpb --against build/released.binpb
	@echo "No proto of $(LATEST_RELEASE) is broken."
endif

lock: ## Pin every dependency anew, with hashes.
	@$(BIN)/python -m pip install --quiet uv
	@for set in runtime: development:--extra=dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --no-annotate --upgrade \
			$${set#*:} pyproject.toml -o requirements/$${set%%:*}.txt; \
	done

clean: ## Remove what make produces, the state of `make run` excepted.
	@rm -rf $(VENV) gen build

# The environment, then the stubs, then the package itself: each made anew when what it is made of
# has changed.
$(VENV)/dependencies: requirements/development.txt
	@echo "Setting up the environment in $(VENV)/ (about a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON to one." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "$(VENV) could not be made; install Python's venv module." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/development.txt
	@touch $@

gen/ready: $(VENV)/dependencies protos/generate.py $(PROTOS)
	@echo "Generating the stubs ..."
	@$(BIN)/python protos/generate.py
	@touch $@

$(VENV)/ready: gen/ready pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@
