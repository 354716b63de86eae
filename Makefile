# The verbs of this project. `make help` lists them.

PORT ?= 8000
# For `make matrix`: CELLS="--django 6.1 --python 3.13" runs one of them.
CELLS ?=
PYTHON ?= python3
# For `make bench`: how many people the largest audiences have.
PEOPLE ?= 1000000
# For `make hostile`: how many frames and requests.
COUNT ?= 1000000
# For `make chaos`: for how long, and which plan of faults; another one each time without SEED.
# SEEDS=100 MINUTES=0.3 runs so many short ones, each in a town of its own.
MINUTES ?= 30
SEED ?=
SEEDS ?= 1
# Pages in a real browser.
BROWSERS ?= 2
# The commit whose code is deployed beside this one's.
BEFORE ?= HEAD~1
BIN := .venv/bin

# Installed once per content of a lock file, whatever the times of the files say.
hash = $(shell sha256sum $(1) | cut -c1-16)
RUNTIME := .venv/.runtime-$(call hash,requirements/runtime.txt)
DEV := .venv/.dev-$(call hash,requirements/dev.txt)
BENCH := .venv/.bench-$(call hash,requirements/bench.txt)
NODE := frontend/node_modules/.installed-$(call hash,frontend/package-lock.json)

.DEFAULT_GOAL := help
.PHONY: help run test check format coverage matrix autobahn simulate chaos mutations hostile bench scale sizes pictures docs build dist messages lock clean

help: ## Say what can be done
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: $(RUNTIME) ## Serve the demo on http://127.0.0.1:8000 (PORT=9000 for another port)
	@echo "Preparing the database demo.sqlite3; what is in it stays."
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py demo
	@echo
	@echo "  http://127.0.0.1:$(PORT)   sign in as alice, bob or carol by one click"
	@echo "  http://127.0.0.1:$(PORT)/demo/outbox/   the mails that would have been sent"
	@echo "  In a second terminal:   .venv/bin/python manage.py notify demo/hello \"Deploy finished\" --to alice"
	@echo "  Ctrl-C ends it. The data stays in demo.sqlite3; delete that file to begin anew."
	@echo
	@BASE_URL=http://127.0.0.1:$(PORT) exec $(BIN)/python -m demo.serve --verbosity 0 --bind 127.0.0.1 --port $(PORT) demo.asgi:application

test: ## Run everything: linters, types, unit tests, databases, servers, a browser
	@tests/system_packages.sh
	@$(MAKE) --no-print-directory $(DEV) $(NODE)
	@$(BIN)/python -m tests.run

check: $(DEV) $(NODE) ## Run the linters and type checkers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	npm --prefix frontend run --silent check

format: $(DEV) $(NODE) ## Format all code, and fix what can be fixed safely
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	npm --prefix frontend run --silent format

coverage: $(DEV) ## Show the lines and branches that the tests on SQLite do not reach
	@tests/system_packages.sh
	@$(BIN)/python -m coverage run -m pytest -q --no-header --ignore=tests/browser -m "not hypothesis"
	@$(BIN)/python -m coverage html --quiet
	@echo "The lines of each file are in build/coverage/html/index.html."
	@$(BIN)/python -m coverage report

matrix: ## Run the Python tests with every Django, on every Python found
	@tests/system_packages.sh python3-venv redis-server postgresql pgbouncer mariadb-server
	@$(PYTHON) -m tests.matrix $(CELLS)

autobahn: $(DEV) ## Play the whole Autobahn test suite against the servers (needs Python 2.7 too)
	@$(BIN)/python -m tests.conformance

simulate: SEEDS = 10000
simulate: $(DEV) ## Break simulated installations on virtual time, by seeds (SEEDS=10000)
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -m realtime_notify.testing.simulator --seeds $(SEEDS) --keep build/simulator

chaos: $(DEV) ## Break a whole town of processes, and audit what people see (MINUTES=30 SEED=7)
	@tests/system_packages.sh redis-server postgresql chromium
	@$(BIN)/python -m chaos --minutes $(MINUTES) --seeds $(SEEDS) --before $(BEFORE) --browsers $(BROWSERS) $(if $(SEED),--seed $(SEED))

mutations: SEEDS = 300
mutations: $(DEV) $(NODE) ## Break each rule by hand, and show which test or seed notices (SEEDS=300)
	@tests/system_packages.sh postgresql
	@$(BIN)/python -m tests.mutations --seeds $(SEEDS)

hostile: $(DEV) ## Send hostile frames and requests, beside neighbours who must not notice (COUNT=1000000 SEED=7)
	@tests/system_packages.sh redis-server postgresql
	@$(BIN)/python -m benchmarks.hostile --count $(COUNT) $(if $(SEED),--seed $(SEED)) $(if $(SAVE),--save)

bench: $(DEV) $(BENCH) $(NODE) ## Measure speed, waits and memory (PEOPLE=1000000; SAVE=1 keeps the tables)
	@tests/system_packages.sh redis-server postgresql mariadb-server
	$(BIN)/python -m benchmarks --people $(PEOPLE) $(if $(SAVE),--save)

scale: $(DEV) ## Calculate what a million people take, from measured costs (SAVE=1 writes docs/scale.md)
	@$(BIN)/python -m benchmarks.scale $(if $(SAVE),--save)

sizes: $(NODE) ## Weigh the bundles beside other products (needs a network), into docs/sizes.md
	node frontend/sizes.mjs --save

pictures: $(DEV) ## Take the pictures of the documentation in the gallery of the demo, which must run (PORT=8000)
	$(BIN)/python -m demo.gallery.pictures http://127.0.0.1:$(PORT)

docs: $(DEV) ## Build the documentation's site into build/site; warnings are errors
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir build/site

build: $(NODE) ## Build the browser bundles into realtime_notify/static, and the npm package into dist
	npm --prefix frontend run --silent build
	@mkdir -p dist
	npm --prefix frontend run --silent package

dist: $(DEV) ## Build the source distribution and the wheel into dist
	$(BIN)/python -m build --no-isolation

messages: $(DEV) ## Gather the texts to be translated, and compile the catalogues
	@command -v msgfmt >/dev/null || { echo "This needs gettext: apt-get install gettext"; exit 1; }
	cd realtime_notify && for verb in "makemessages --all --no-location --no-obsolete" compilemessages; do ../$(BIN)/django-admin $$verb || exit; done

lock: ## Pin the newest versions that fit, with hashes
	requirements/lock.sh

clean: ## Remove what was installed and built, but not the demo's database
	rm -rf .venv .venv-matrix frontend/node_modules frontend/dist build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(RUNTIME):
	@PYTHON=$(PYTHON) requirements/install.sh runtime
	@touch $@

$(DEV):
	@PYTHON=$(PYTHON) requirements/install.sh dev
	@touch $@ $(RUNTIME)

$(BENCH): $(DEV)
	@PYTHON=$(PYTHON) requirements/install.sh bench
	@touch $@

$(NODE):
	@echo "Installing the frontend's tools into frontend/node_modules."
	@npm --prefix frontend ci --no-audit --no-fund --loglevel error
	@touch $@
