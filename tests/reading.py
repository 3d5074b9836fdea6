"""Reading a page as a person does: sign in, open it, and look at its words."""

import re
from html import unescape

from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from kyphotrack.staff.models import User


def words(html: str) -> str:
    """The text of a page without markup, each run of white space one space."""
    return re.sub(r"\s+", " ", unescape(strip_tags(html.replace("<", " <"))))


def read(client: Client, user: User, url_name: str, *args, query: str = "") -> str:
    """Open a page that must be there; returns its HTML."""
    client.force_login(user)
    response = client.get(reverse(url_name, args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def hidden_fields(html: str, *names: str) -> dict[str, str]:
    """What the page's form carries along unseen."""
    found = re.findall(rf'type="hidden" name="({"|".join(names)})" (?:value="([^"]*)")?', html)
    return {name: unescape(value) for name, value in found}
