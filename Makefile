# Two commands matter: `make up` and `make test`. The rest is listed by `make help`.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

ARGS ?=
TARGET ?= arm64
FUZZ ?= 4000
UV_VERSION := 0.13.9
UV := $(shell command -v uv 2>/dev/null || echo .tools/uv/bin/uv)
RUN := $(UV) run --frozen --no-sync
DEV := $(UV) run --frozen --group dev
CLOUD := $(UV) run --frozen --group dev --group infra --group web
CLOUD_TOOLS = $(UV) $(STATIC) .tools/emulator/.made infra/cli/node_modules/.package-lock.json
CDK = $(CLOUD) infra/cli/node_modules/.bin/cdk
CONTEXT = -c target=$(TARGET)
STATIC := lambdas/portal/static/.built
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: help up test check format web messages bundle bundles synth deploy city rehearse \
        cloud-up cloud-down test-browser test-clients test-cloud test-trino test-soak mutants clean

help: ## list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

up: .venv/.up $(STATIC) ## fill a local lake with the bundled figures and serve every city (ARGS="--port 8123 --place 0807850")
	@$(RUN) citylake up $(ARGS)

test: $(UV) $(STATIC) ## run the tests (ARGS="-k lake" picks some)
	@$(CLOUD) pytest $(ARGS)

check: $(UV) ## format, lint, types, layers and lock file, as CI does
	@$(UV) lock --check --quiet
	@$(CLOUD) ruff format --check --quiet .
	@$(CLOUD) ruff check --quiet .
	@$(CLOUD) mypy
	@$(CLOUD) lint-imports --no-cache

format: $(UV) ## format the code and mend what can be mended
	@$(DEV) ruff format --quiet .
	@$(DEV) ruff check --quiet --fix .

web: $(STATIC) ## build the portal's scripts and styles

messages: $(UV) ## bring the pages' catalog of messages up to date, and list what is not translated
	@$(DEV) python -m local.messages

bundle: $(UV) ## restate the bundled figures from real raw files (RAW=DIR)
	@test -n "$(RAW)" || { echo "say where the raw files are: make bundle RAW=DIR"; exit 2; }
	@$(DEV) python -m lambdas.harvest.bundle $(RAW) lambdas/harvest/bundle
	@$(DEV) python -m lambdas.harvest.lineage > docs/sources.md

bundles: $(UV) $(STATIC) ## make the layers of the cloud's functions from the lock (TARGET=arm64|host)
	@$(DEV) python -m infra.bundles --target $(TARGET)

test-browser: $(UV) $(STATIC) ## open the pages in Chromium, with axe, and call the API with its vendor's client
	@$(UV) run --frozen --group dev --group browser --group web pytest -m browser tests/browser tests/clients $(ARGS)

test-clients: $(UV) $(STATIC) ## read the API with packages from PyPI, unmodified, and hold it to its own description
	@UV_PROJECT_ENVIRONMENT=.tools/clients $(UV) run --frozen --group clients pytest -m clients tests/clients $(ARGS)

test-trino: $(UV) .tools/trino/.made ## put queries to a real Trino, which stands for Athena (needs a JDK 17 and Maven)
	@$(DEV) pytest -m trino tests/trino $(ARGS)

synth: $(UV) infra/cli/node_modules/.package-lock.json bundles ## write what would be deployed into cdk.out, held to cdk-nag (ARGS="-c city=3719000")
	@$(CDK) synth --quiet $(CONTEXT) $(ARGS)

deploy: $(UV) infra/cli/node_modules/.package-lock.json bundles ## deploy or update the platform on AWS (ARGS="-c region=us-west-2")
	@$(CDK) bootstrap $(CONTEXT) $(ARGS)
	@$(CDK) deploy --all --require-approval never $(CONTEXT) $(ARGS)

city: .venv/.up ## add a city to a platform that is deployed (GEOID=3719000)
	@test -n "$(GEOID)" || { echo "say which city: make city GEOID=3719000"; exit 2; }
	@$(RUN) citylake fleet provision $(GEOID) $(ARGS)

rehearse: $(UV) ## would an update replace or delete anything that holds data? (ARGS=--accept to allow it)
	@$(CLOUD) python -m infra.rehearsal $(ARGS)

cloud-up: $(CLOUD_TOOLS) ## deploy the whole cloud to an emulator of AWS on this machine (ARGS="--port 4570")
	@$(MAKE) --no-print-directory bundles TARGET=host
	@$(CLOUD) python -m local.cloud up $(ARGS)

cloud-down: .venv/.up ## end the emulator and everything in it
	@$(RUN) python -m local.cloud down $(ARGS)

test-cloud: $(CLOUD_TOOLS) ## the same in a folder of its own, with tests, and ended after
	@$(MAKE) --no-print-directory bundles TARGET=arm64
	@$(MAKE) --no-print-directory bundles TARGET=host
	@$(CLOUD) pytest -m cloud tests/cloud $(ARGS)

test-soak: $(UV) ## kill writers 500 times, ask what 4,000 strangers of each kind may think of (FUZZ=N), play 3,000 subscriptions
	@CITYLAKE_KILLS=500 $(DEV) pytest tests/citylake/test_lake_writers.py
	@CITYLAKE_FUZZ=$(FUZZ) $(DEV) pytest tests/query/fuzz
	@CITYLAKE_MARKET_EXAMPLES=3000 CITYLAKE_MARKET_STEPS=60 $(DEV) pytest -s tests/marketplace/test_invariants.py

mutants: $(UV) ## plant mistakes in the marketplace, one at a time: a test must notice each
	@$(DEV) python -m tests.marketplace.mutants

clean: ## remove everything that was made, but not the lake (end a running cloud first: make cloud-down)
	@rm -rf .venv .tools build cdk.out web/node_modules infra/cli/node_modules lambdas/portal/static

# What the commands stand on -----------------------------------------------------------------

# A private uv where the machine has none; a Python without venv still has pip.
.tools/uv/bin/uv:
	@echo "fetching uv $(UV_VERSION) into .tools/uv"
	@python3 -m venv .tools/uv >/dev/null 2>&1 \
	  && .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) \
	  || { rm -rf .tools/uv; python3 -m pip install --quiet --target .tools/uv uv==$(UV_VERSION); } \
	  || { echo "python3 has neither venv nor pip: install one (Debian: apt install python3-venv)"; exit 1; }

.venv/.up: pyproject.toml uv.lock | $(UV)
	@echo "installing the locked environment"
	@$(UV) sync --frozen --quiet --inexact
	@touch $@

# Node comes from a Python package, in an environment that lives no longer than the build.
$(STATIC): $(WEB_SOURCES) | $(UV)
	@echo "building the portal's scripts and styles"
	@$(UV) run --frozen --isolated --only-group web \
	  sh -c 'cd web && npm ci --silent --no-audit --no-fund && npm run --silent build'
	@touch $@

# An environment of its own: the functions that run in it must not find what is not in their layers.
.tools/emulator/.made: uv.lock | $(UV)
	@echo "installing the emulator of AWS"
	@UV_PROJECT_ENVIRONMENT=.tools/emulator $(UV) sync --frozen --quiet --only-group emulator
	@touch $@

# Maven knows where it fetches from. Without it the tests are skipped, and say so.
.tools/trino/.made: tests/trino/pom.xml
	@rm -rf .tools/trino && mkdir -p .tools/trino
	@if command -v mvn >/dev/null && command -v javac >/dev/null; then \
	  echo "fetching Trino" \
	  && mvn -B -q -f tests/trino/pom.xml -Dfolder="$(CURDIR)/.tools/trino" package \
	  && touch $@; \
	else echo "no Trino without a JDK 17 and Maven (Debian: apt install openjdk-17-jdk-headless maven)"; fi

infra/cli/node_modules/.package-lock.json: infra/cli/package-lock.json | $(UV)
	@echo "installing the CDK's command"
	@$(UV) run --frozen --isolated --only-group web \
	  sh -c 'cd infra/cli && npm ci --silent --no-audit --no-fund'
	@touch $@
