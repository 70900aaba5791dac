# What people run is what CI runs.  make lab: read the book.  make test: everything that must hold.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
STATIC := src/pellucid/server/static/manifest.json
WEB := $(shell find web/src -type f) web/vite.config.ts web/package-lock.json

.PHONY: help lab test check lint format bench setup chromium lock screenshots clean

help:
	@echo "make lab          build the book and serve it at http://localhost:$(PORT)"
	@echo "make test         all tests: Python, TypeScript, browser"
	@echo "make check        prove every cell and exercise of the book, here and in the browser's Python"
	@echo "make lint         ruff, pyright, tsc, Biome"
	@echo "make bench        measurements, each beside its peer (slow)"
	@echo "make screenshots  pictures of the book: light, dark, phone"
	@echo "make lock         write requirements.lock anew"

lab: setup
	@$(BIN)/pellucid serve --port $(PORT)

test: setup chromium lint
	cd web && npm test
	@# A browser and its Python keep two processors busy: such tests run one at a time, the others side by side.
	$(BIN)/pytest --numprocesses auto --dist worksteal --ignore tests/browser --ignore tests/runtime
	$(BIN)/pytest tests/browser tests/runtime

check: setup chromium
	$(BIN)/pellucid check --browser

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	cd web && npm run types && npm run lint

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd web && npx biome check --write .

bench: setup chromium
	$(BIN)/python -m bench

screenshots: setup chromium
	$(BIN)/python tools/screenshots.py -o screenshots

# --- Set-up: each step runs again only when what it stands on has changed. ---

setup: .venv/.installed $(STATIC)
	@$(BIN)/pellucid runtime fetch --quiet

.venv/.installed: requirements.lock pyproject.toml
	@echo "setup: Python packages into .venv (from requirements.lock)"
	@tools/make-venv $(PYTHON)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

web/node_modules/.installed: web/package-lock.json
	@echo "setup: packages of the front end (from web/package-lock.json)"
	@# Not `npm ci`: it refuses a lock that leaves out the optional binaries of other platforms.
	@cd web && npm install --no-save --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(STATIC): web/node_modules/.installed $(WEB)
	@echo "setup: building the front end"
	@cd web && npm run --silent build -- --logLevel warn
	@touch $@

chromium: .venv/.installed
	@tools/get-chromium

lock: .venv/.installed
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	  --no-emit-find-links --strip-extras --allow-unsafe --extra dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv web/node_modules src/pellucid/server/static out screenshots
