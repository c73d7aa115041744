"""The bar shows how many of how many."""

import io

from rich.console import Console

from lianfang.replay.progress import bar


def test_the_bar_counts_up_to_the_total() -> None:
    screen = io.StringIO()
    with bar("重放", console=Console(file=screen, force_terminal=True, width=100)) as report:
        report(40, 147_938)
        report(147_938, 147_938)
    assert "重放" in screen.getvalue()
    assert "147938/147938" in screen.getvalue()
