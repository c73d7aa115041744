#!/bin/sh
# Makes .venv and puts the pinned uv into it. Needs a Python 3.11 or newer; PYTHON=/path/to/python chooses one.
set -eu
cd "$(dirname "$0")/.."

# The distribution's own first, where it is whole: compiled with profile-guided optimisation and linked into one piece, it spares the
# scan lane a tenth of its time against what version managers compile.
for needs in "import ensurepip" ""; do
    for python in ${PYTHON:-/usr/bin/python3.11 python3.11 python3 python3.12 python3.13}; do
        if [ -z "${found:-}" ] && "$python" -c "import sys; assert sys.version_info >= (3, 11); $needs" 2>/dev/null; then
            found=$python
        fi
    done
done
if [ -z "${found:-}" ]; then
    echo "需要 Python 3.11 或更新版本(可用 make PYTHON=/路径/python 指定) ·" \
        "Python 3.11 or newer is needed (make PYTHON=/path/to/python chooses one)" >&2
    exit 1
fi

# Debian keeps the part that `venv` needs in a package of its own.
if ! "$found" -c 'import ensurepip' 2>/dev/null; then
    package=$("$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$package"
    else
        echo "缺少 Python 的 venv 模块,请先安装:sudo apt-get install $package ·" \
            "Python's venv module is missing; first: sudo apt-get install $package" >&2
        exit 1
    fi
fi

"$found" -m venv --clear .venv
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r tools/uv.lock
