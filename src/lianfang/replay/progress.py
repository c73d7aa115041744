"""A progress bar on the terminal for anything that reports (done, total)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def bar(label: str, *, console: Console | None = None) -> Iterator[Callable[[int, int], None]]:
    """A callback that draws; on standard error, so that --json on standard output stays JSON."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console or Console(stderr=True)) as display:
        task = display.add_task(label, total=None)

        def report(done: int, total: int) -> None:
            display.update(task, completed=done, total=total)

        yield report
