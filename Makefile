# Needs Python 3.11+ and a package index, nothing else: everything is installed into .venv.
PYTHON ?= python3
PORT ?= 8000
RUN := .venv/bin/python
INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes -r
TEST := $(RUN) -m pytest
ADVISORIES := https://api.osv.dev

.PHONY: demo test coverage test-database fuzz chaos sites lint audit scripts bench lock help
.DEFAULT_GOAL := help

help:
	@echo "make demo    the primer with its chatbot on http://127.0.0.1:$(PORT)"
	@echo "make test    every test"
	@echo "make coverage  the same, with the lines and branches that none of them runs (twice as long)"
	@echo "make test-database  the tests that DATABASE_URL can change, on that database"
	@echo "make fuzz    500 random requests of each call, on the Postgres of DATABASE_URL (minutes)"
	@echo "make chaos   faults that take minutes, on the database of DATABASE_URL"
	@echo "make sites   citations and the guides against sites that their generators build (npm, minutes)"
	@echo "make lint    style, types, architecture"
	@echo "make audit   known faults of the locked packages, where the advisories can be reached"
	@echo "make scripts style and types of the widget's scripts alone (npm)"
	@echo "make bench   load and overhead tables"
	@echo "make lock    resolve the requirements again"

demo: .venv/runtime
	DEBUG=1 RAGBOOK_DEMO=1 RAGBOOK_LOG_FORMAT=text RAGBOOK_LOG_LEVEL=WARNING $(RUN) manage.py demo --port $(PORT)

# Two runs: the browser's driver keeps an event loop running, which tests of asyncio do not bear.
test: .venv/dev
	$(TEST) -n 2 -m "not browser"
	$(TEST) -n 2 -m browser --dist loadfile

coverage: .venv/dev
	$(RUN) -m coverage erase
	$(TEST) -n 2 -m "not browser" --cov --cov-report= --cov-fail-under=0
	$(TEST) -n 2 -m browser --dist loadfile --cov --cov-append --cov-report=term:skip-covered

# What another database than SQLite could change; what a browser sees of it is tested here as HTTP.
test-database: .venv/dev
	$(TEST) -n 2 -m "not browser and not data" --only-database

fuzz: .venv/dev
	RAGBOOK_TEST_FUZZ=500 $(TEST) -n 2 tests/ragbook/test_fuzz.py

chaos: .venv/dev
	$(TEST) --chaos tests/reliability

sites: .venv/dev
	RAGBOOK_TEST_NPM=1 $(TEST) tests/books/test_docusaurus_site.py tests/browser/test_guides.py

lint: .venv/dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy ragbook desk chat retrieval tests benchmarks
	.venv/bin/lint-imports --no-cache
	$(RUN) manage.py makemigrations --check --dry-run -v 1
	@$(MAKE) --no-print-directory scripts

# Advisories are fetched; where they cannot be, that is told and is no fault of the packages.
audit: .venv/dev
	@if ! curl --silent --fail --max-time 5 --output /dev/null $(ADVISORIES)/v1/vulns/GHSA-jfh8-c2jp-5v3q; \
	then echo "$(ADVISORIES) cannot be reached: the packages are not audited."; \
	else $(RUN) -m pip install --quiet uv && .venv/bin/uv tool run pip-audit@2.10.1 \
	--vulnerability-service osv --require-hashes --disable-pip --progress-spinner off -r requirements.lock; fi

# The widget's scripts need no build; where npm reaches a registry they are checked.
scripts:
	@if ! command -v npm >/dev/null; then echo "There is no npm: the widget's scripts are not checked."; \
	elif ! [ node_modules/.package-lock.json -nt package-lock.json ] && ! npm ci --silent --no-audit --no-fund; \
	then echo "npm reaches no registry: the widget's scripts are not checked."; \
	else npm run --silent lint; fi

bench: .venv/dev
	$(RUN) -m benchmarks.readers --readers 100 200 300 --idle 1000 --quoting 400

lock: .venv/dev
	$(RUN) -m pip install --quiet uv
	.venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements.lock
	.venv/bin/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-dev.lock

# Stamps are written by Python, so that a bare PATH will do.
.venv/runtime: requirements.lock
	$(PYTHON) -m venv .venv
	$(RUN) $(INSTALL) requirements.lock
	$(RUN) -c "open('.venv/runtime', 'w').close()"

.venv/dev: .venv/runtime requirements-dev.lock
	$(RUN) $(INSTALL) requirements-dev.lock
	$(RUN) -c "open('.venv/dev', 'w').close()"
