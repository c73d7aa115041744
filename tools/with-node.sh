#!/bin/sh
# Runs a command with a Node that is new enough (22.17) first in PATH: the system's own, else the wheel's in .venv.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

new_enough='const [major, minor] = process.versions.node.split(".").map(Number);
            process.exit(major > 22 || (major === 22 && minor >= 17) ? 0 : 1)'
if ! { command -v npm && node -e "$new_enough"; } >/dev/null 2>&1; then
    export PATH="$root/.venv/bin:$PATH"
fi
export NODE_USE_SYSTEM_CA=1 # networks that inspect TLS add an authority of their own to the system's
exec "$@"
