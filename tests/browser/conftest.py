"""A real browser against a real server. `open_as(person)` gives a page of that person's own browser window."""

import os
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from playwright.sync_api import sync_playwright

from tests.browser.look import WATCH, WIDE

CHROMIUM = Path(os.environ.get("PORTAL_CHROMIUM") or "/usr/bin/chromium")


@pytest.fixture(scope="session")
def chromium():
    # Nobody looks on: to draw in a process of its own, as for a graphics card, costs a tenth of each page.
    options = {"args": ["--disable-gpu", "--in-process-gpu", *(["--no-sandbox"] if os.getuid() == 0 else [])]}
    if CHROMIUM.exists():
        options["executable_path"] = str(CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_kept():
    """As behind the real server, a browser window fetches each style and script once."""
    serve = StaticFilesHandler.serve

    def lasting(handler, request):
        response = serve(handler, request)
        response.headers["Cache-Control"] = "max-age=3600"
        return response

    StaticFilesHandler.serve = lasting
    yield
    StaticFilesHandler.serve = serve


@pytest.fixture
def open_as(chromium, live_server, cast, browse):
    """open_as(person) is a page in a window of their own, signed in; anonymous for None."""
    contexts = []

    def window(person, **options):
        context = chromium.new_context(base_url=live_server.url, locale="zh-CN", viewport=WIDE, **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_init_script(WATCH)
        if person is not None:
            session = browse(person).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return context.new_page()

    yield window
    for context in contexts:
        context.close()
