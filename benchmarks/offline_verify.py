"""How long a gate without a network takes from the last key of a scanner to the verdict on its screen, in Chromium with the
processor slowed down four times. Codes of different people, each signed by a phone just then.

    .venv/bin/python -m benchmarks.offline_verify
"""

import json
import os
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from lianfang.credentials import token
from tests.browser.chromium import launch_options
from tests.browser.conftest import PHONE
from tests.browser.gates import blank_form, new_door, staff, watch
from tests.browser.residents import register
from tests.browser.test_offline_codes import PHONE as DEVICE
from tests.browser.test_offline_codes import issued
from tests.support.instance import Instance

SLOWER = 4
CODES = 40
AIM_MS = 50
CLOCK = """() => {
  window.shown = []
  let from = 0
  addEventListener('keydown', (event) => { if (event.key === 'Enter') from = performance.now() }, true)
  new MutationObserver(() => {
    const field = document.querySelector('[data-testid=judged]')
    if (field && from) { window.shown.push(performance.now() - from); from = 0 }
  }).observe(document.body, { childList: true, subtree: true, attributes: true })
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        instance = Instance(Path(folder) / "home")
        instance.start()
        try:
            measured = measure(instance)
        finally:
            instance.stop()
    found = {
        "codes": len(measured),
        "slower": SLOWER,
        "median_ms": round(statistics.median(measured), 1),
        "p95_ms": round(sorted(measured)[int(len(measured) * 0.95)], 1),
        "max_ms": round(max(measured), 1),
        "within_aim": sum(took < AIM_MS for took in measured),
        "load_average": os.getloadavg()[0],
    }
    print(json.dumps(found))


def measure(instance: Instance) -> list[float]:
    """Milliseconds for each code."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        admin, gate = (browser.new_context(base_url=instance.url, viewport=PHONE).new_page() for _ in range(2))
        chicheng = staff(admin, "chicheng")
        watch(gate, new_door(chicheng, template_id=blank_form(chicheng)))
        credentials = []
        for _ in range(CODES):
            context = browser.new_context(base_url=instance.url)
            phone = context.new_page()
            register(phone.request)
            credentials.append(issued(phone))
            context.close()
        gate.get_by_test_id("tab-scan").click()
        expect(gate.get_by_test_id("status-age")).to_be_visible(timeout=60_000)
        gate.wait_for_timeout(20_000)  # the list that knows of the last one
        gate.context.set_offline(True)
        gate.evaluate(CLOCK)
        gate.context.new_cdp_session(gate).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        for nth, credential in enumerate(credentials):
            gate.keyboard.type(token.present(DEVICE, credential, datetime.now(UTC)))
            gate.keyboard.press("Enter")
            gate.wait_for_function("(many) => window.shown.length >= many", arg=nth + 1)
            gate.wait_for_timeout(700)
        measured: list[float] = gate.evaluate("window.shown")
        browser.close()
    return measured


if __name__ == "__main__":
    main()
