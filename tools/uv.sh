#!/bin/sh
# The uv of .venv, with the network settings of the system: it reads neither pip's mirror nor the system's authorities.
set -eu
cd "$(dirname "$0")/.."

# A mirror that is set for pip (usual in China) serves here too.
mirror=$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)
if [ -z "${UV_DEFAULT_INDEX:-}" ] && [ -n "${PIP_INDEX_URL:-$mirror}" ]; then
    export UV_DEFAULT_INDEX="${PIP_INDEX_URL:-$mirror}"
fi

# Networks that inspect TLS add an authority of their own to the system's.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then export UV_SYSTEM_CERTS=1; fi

exec .venv/bin/uv "$@"
