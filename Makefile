# Fixed names, used by everyone. `make` alone lists them.
.DEFAULT_GOAL := help
# The first Python here that is new enough; `make PYTHON=...` chooses another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && exit; done; echo python3)
RUN := .venv/bin/python

.PHONY: help setup demo demo-reset messages test check bench bench-full latency faults oracle month mutate lock

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## make the virtual environment and fetch what is locked
	@$(PYTHON) kyphotrack/bootstrap.py

demo: setup ## run the demo ward: web, worker, timetable, mailbox; Ctrl-C stops it
	@$(RUN) -m kyphotrack.embedded.demo

demo-reset: setup ## forget the demo's data and start it over, re-dated to now
	@$(RUN) -m kyphotrack.embedded.demo --reset

test: ## the whole suite, on SQLite and again on PostgreSQL
	@$(PYTHON) kyphotrack/bootstrap.py --dev
	@$(RUN) -m kyphotrack.embedded.test_run

check: ## linters, types, contracts, migrations, deployment settings
	@$(PYTHON) kyphotrack/bootstrap.py --dev
	@$(RUN) -m kyphotrack.embedded.check_run

bench: ## measure saves and board on PostgreSQL, as ratios within one run
	@$(PYTHON) kyphotrack/bootstrap.py --dev
	@$(RUN) -m kyphotrack.embedded.test_run --bench $(ONLY)

bench-full: ## the same with a million rows beside what is measured
	@BENCH_ROWS=1000000 $(MAKE) -s bench

latency: ## from the due time of N ladder steps to stored row and accepted mail, with worker and timetable running
	@LATENCY_N=$(or $(N),1000) $(MAKE) -s bench ONLY=latency

faults: ## kill, stop and starve the parts, and count rows and mails; the long form, SEED=... repeats a run
	@$(PYTHON) kyphotrack/bootstrap.py --dev
	@$(RUN) -m kyphotrack.embedded.test_run --faults

oracle: ## compare the rules with the second implementation on 100,000 random episodes
	@$(PYTHON) kyphotrack/bootstrap.py --dev
	@ORACLE_EPISODES=100000 KYPHOTRACK_MODE=test DATABASE_URL=sqlite:///test.sqlite3 $(RUN) -m pytest -q -n 2 tests/oracle

month: ## simulate a month of 400 episodes, and compare its messages with an independent oracle's
	@$(PYTHON) kyphotrack/bootstrap.py --dev
	@MONTH_EPISODES=400 KYPHOTRACK_MODE=test DATABASE_URL=sqlite:///test.sqlite3 $(RUN) -m pytest -q -s tests/simulation

mutate: ## break the rules and planners on purpose, a place at a time; name those that no test notices
	@$(PYTHON) kyphotrack/bootstrap.py --dev
	@nice -n 19 $(RUN) -m tests.mutants
	@nice -n 19 $(RUN) -m tests.table_mutants

LOCK := $(RUN) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate
lock: ## renew the locks after a change of requirements
	@$(PYTHON) kyphotrack/bootstrap.py --dev
	@$(LOCK) requirements.txt -o requirements.lock
	@$(LOCK) --constraints requirements.lock requirements-dev.txt -o requirements-dev.lock
	@npm install --package-lock-only

messages: ## find what code and templates say, bring the catalogue of translations up to date, list what is missing
	@$(PYTHON) kyphotrack/bootstrap.py
	@KYPHOTRACK_MODE=test DATABASE_URL=sqlite:///:memory: $(RUN) -m kyphotrack.messages.update
