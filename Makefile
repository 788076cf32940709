# Two commands are enough on a fresh Debian 12: `make run` and `make test`.
# Each first makes the machine ready (scripts/bootstrap.py) and says what it does.

PYTHON ?= python3
BIN := .venv/bin
PARALLEL ?= 2
# Which tests share a worker: tests/sharing.py.
TESTS := $(BIN)/pytest -n $(PARALLEL)
# Rooms that keep things in the database: their tests run on PostgreSQL too.
STORING := certification entrance portfolio school services trail vault \
	assistant/test_dialogue.py assistant/test_two_windows.py
export PYTHONPATH := $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help run test sure formatted check postgres postgres-core dialogues fuzz-talk story bench \
	clean ready ready-for-tests certification-load

help: ## this list
	@grep -hE '^[a-z-]+[A-Z%-]*:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: ready ## Licheng, its demo school and a demo LMS; prints the one address to open
	@exec $(BIN)/python -m scripts.run

test: ready-for-tests check postgres-core ## everything that CI asks for: lint, types, import contracts, tests
	$(TESTS)

sure: ready-for-tests formatted check ## before every commit: format, lint, types, import contracts, tests
	$(TESTS)

formatted: ready-for-tests
	$(BIN)/ruff format --check .

ON_POSTGRES = TMPDIR=$$($(BIN)/python scripts/places.py) $(BIN)/python scripts/with_postgres.py $(TESTS) $(addprefix tests/plugin/,$(STORING)) tests/access

postgres: ready-for-tests ## the tests of the rooms on a throw-away PostgreSQL instead of SQLite
	$(ON_POSTGRES)

# What pages show, whom they refuse, what is said in a conversation and how much memory a book takes
# are the same on both; rules, queries, jobs and the belt that keeps schools apart are asked on both
# each time, the rest by `make postgres`.
postgres-core: ready-for-tests
	$(ON_POSTGRES) --ignore-glob='*_pages.py' \
		--ignore-glob='*_access.py' --ignore-glob='*_role_by_route.py' \
		--ignore-glob='*_another_school.py' \
		--ignore-glob='*/dialogues/*' --ignore-glob='*/test_size.py'

check: ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

dialogues: ready-for-tests ## scripted conversations with the trained model: how many come to their end
	$(BIN)/pytest -q -s tests/plugin/assistant/dialogues

APPLICANTS ?= 500
certification-load: ready-for-tests ## 500 applicants confirming at once, on both databases; APPLICANTS=…
	CERTIFICATION_LOAD=$(APPLICANTS) $(BIN)/pytest -q tests/plugin/certification/test_applying_load.py
	CERTIFICATION_LOAD=$(APPLICANTS) $(BIN)/python scripts/with_postgres.py \
		$(BIN)/pytest -q tests/plugin/certification/test_applying_load.py

TURNS ?= 10000
fuzz-talk: ready-for-tests ## ten thousand random turns of a conversation; TURNS=… FUZZ_SEED=…
	FUZZ_TURNS=$(TURNS) $(BIN)/pytest -q -s tests/plugin/assistant/test_fuzz.py

story: ready ## the main job from invitation to package, headless, over real HTTP
	@$(BIN)/python -m scripts.story

bench: ready ## every benchmark, ours and the peer alternately; results in var/bench.jsonl
	@for name in $(basename $(notdir $(filter-out %__init__.py %harness.py %school.py,$(wildcard benchmarks/*.py)))); do \
		$(MAKE) --no-print-directory bench-$$name || exit 1; done

bench-%: ready ## one benchmark, for instance bench-manifest
	$(BIN)/python -m benchmarks.$*

clean: ## forget the demo school and everything that was made, but not .venv
	rm -rf var static .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

ready:
	@$(PYTHON) scripts/bootstrap.py

ready-for-tests:
	@$(PYTHON) scripts/bootstrap.py --tests
