# make setup   everything that is needed, into .venv, web/node_modules and web/dist
# make run     setup, then the demo, served on this machine
# make test    setup, then every check and every test
# make check   the static part of it
#
# Each step leaves a mark in what it made and is done again only when its inputs are newer than the mark.

SHELL := /bin/sh
.PHONY: setup run test check lock clean

npm := tools/with-node.sh npm --prefix
web_sources := $(shell find web -name node_modules -prune -o -name dist -prune -o -name components.d.ts -o -type f -print)

setup: .venv/.installed .venv/.compiled web/dist/.built

run: setup
	.venv/bin/lianfang up --demo

check: setup
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	$(npm) web run --silent check

test: check tests/browser/node_modules/.installed
	$(npm) web test --silent
	.venv/bin/pytest

.venv/bin/uv: tools/python.sh tools/uv.lock
	tools/python.sh
	touch $@

.venv/.installed: .venv/bin/uv tools/packages.sh requirements.lock pyproject.toml
	tools/packages.sh
	touch $@

.venv/.compiled: .venv/.installed tools/compile.py $(shell find src -name '*.py')
	.venv/bin/python tools/compile.py
	touch $@

%/node_modules/.installed: %/package.json %/package-lock.json | .venv/.installed
	$(npm) $* ci --no-audit --no-fund --no-update-notifier
	touch $@

web/dist/.built: web/node_modules/.installed $(web_sources)
	$(npm) web run --silent build -- --logLevel warn
	touch $@

lock: compile = -q --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
lock: setup
	tools/uv.sh pip compile $(compile) --group dev pyproject.toml -o requirements.lock
	echo uv | tools/uv.sh pip compile $(compile) - -o tools/uv.lock

clean:
	rm -rf .venv .cache web/node_modules web/dist tests/browser/node_modules .mypy_cache .ruff_cache .pytest_cache
