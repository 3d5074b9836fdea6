"""Pages of the test's own server, opened in the browser as a signed-in person."""

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture
def open_page(live_server, chromium):
    """`open_page(user, "/board/", width=768)`."""
    contexts = []

    def opened(user, address: str, *, width: int = 1280, height: int = 800, **more):
        client = Client()
        client.force_login(user)
        context = chromium.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url + address)
        return page

    yield opened
    for context in contexts:
        context.close()
