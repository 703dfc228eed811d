# The commands of this repository; `make help` lists them. What they do is in scripts/.

PYTHON ?= $(or $(shell command -v python3.11),$(shell command -v python3),python3)
PY := .venv/bin/python
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help run test check chaos fuzz bench lock sbom vendor prepare-run prepare-test prepare-bench

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: prepare-run ## Start the program with its example (PORT=8000, DATA_DIR=var, EXAMPLE=0 for an empty one)
	@EMBEDDED=true DATABASE_URL= REDIS_URL= CELERY_BROKER_URL= LOG_LEVEL=$${LOG_LEVEL:-WARNING} exec $(PY) manage.py serve

test: prepare-test ## Run every check and test: SQLite, PostgreSQL, a Celery worker, a browser
	@exec $(PY) scripts/suite.py

check: prepare-test ## Run the checks only: style, types, arrows, templates, migrations, deployment
	@exec $(PY) scripts/check.py

chaos: prepare-test ## Break the deployment while machines push (FAULTS=1000, SEED=1 replays, BATCH=20, ROWS=0)
	@exec $(PY) -m tests.production.chaos --faults $(or $(FAULTS),100) --batch $(or $(BATCH),20) --rows $(or $(ROWS),0) \
		$(if $(SEED),--seed $(SEED))

fuzz: prepare-test ## Put hostile values into every field and form, on both databases (FUZZ=all: every role, variant)
	@DATABASE_URL= $(PY) -m pytest -q -n 2 -m fuzz tests/hostile
	@exec $(PY) scripts/services.py --no-redis $(PY) -m pytest -q -n 2 -m fuzz tests/hostile

bench: prepare-bench ## Run the benchmarks (SIZE=10M for the largest)
	@exec $(PY) scripts/services.py --durable $(PY) -m benchmarks $(SIZE)

lock: prepare-test ## Write the lock files anew from requirements/*.in
	$(LOCK) requirements/uv.in -o requirements/uv.lock
	$(LOCK) requirements/base.in -o requirements/base.lock
	$(LOCK) requirements/test.in -o requirements/test.lock
	$(LOCK) requirements/bench.in -o requirements/bench.lock

sbom: prepare-test ## Write the parts of a release as CycloneDX to sbom.cdx.json
	@$(PY) scripts/sbom.py > sbom.cdx.json && echo "Written: sbom.cdx.json"

vendor: prepare-test ## Compare the vendored JavaScript and CSS with static/vendor/VENDOR.md
	@exec $(PY) scripts/vendor.py

prepare-run:
	@$(PYTHON) scripts/prepare.py run

prepare-test:
	@$(PYTHON) scripts/prepare.py test

prepare-bench: prepare-test
	@$(PYTHON) scripts/prepare.py bench
