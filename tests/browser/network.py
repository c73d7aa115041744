"""A phone whose network is gone, and back."""

from playwright.sync_api import Page, Route


def cut(page: Page) -> None:
    """No request of the page arrives from here on, also after a reload."""
    page.route("**/api/**", _dropped)  # what Chromium emulates lets a request through now and then
    page.context.set_offline(True)


def mend(page: Page) -> None:
    page.unroute("**/api/**", _dropped)
    page.context.set_offline(False)


def _dropped(route: Route) -> None:
    route.abort("internetdisconnected")
