"""The key that seals what a person typed and did not send."""

import base64

import pytest
from django.urls import reverse

from kyphotrack.staff.unsent_forms import key_of
from tests import cast

pytestmark = pytest.mark.django_db


def test_each_person_has_one_key_of_256_bits(site):
    one, other = cast.a_nurse(site, "Nurse One"), cast.a_nurse(site, "Nurse Two")
    assert len(base64.b64decode(key_of(one))) == 32
    assert key_of(one) == key_of(one)
    assert key_of(one) != key_of(other)


def test_it_goes_with_the_secret_of_the_installation(nurse, settings):
    before = key_of(nurse)
    settings.SECRET_KEY = "another secret, as long as one should be"
    assert key_of(nurse) != before


def test_a_page_carries_the_key_of_who_is_signed_in_and_of_nobody_else(client, nurse):
    signed_out = client.get(reverse("sign_in")).content.decode()
    assert "data-unsent-key" not in signed_out
    client.force_login(nurse)
    page = client.get(reverse("board")).content.decode()
    assert f'data-unsent-key="{key_of(nurse)}"'.replace("=", "&#x3D;") in page.replace("=", "&#x3D;")
    assert page.count("data-unsent-key") == 1


@pytest.mark.parametrize("came_from", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_the_colours_are_chosen_and_nobody_is_sent_elsewhere(client, came_from):
    answer = client.post(reverse("theme"), {"theme": "dark"}, headers={"referer": came_from})
    assert answer.url == "/"
    assert answer.cookies["theme"].value == "dark"


def test_what_is_no_theme_takes_the_choice_away(client):
    client.cookies["theme"] = 'dark"><script>'
    page = client.get(reverse("sign_in")).content.decode()
    assert "data-bs-theme" not in page
    answer = client.post(reverse("theme"), {"theme": "pink"}, headers={"referer": "http://testserver/board/"})
    assert answer.url == "http://testserver/board/"
    assert answer.cookies["theme"].value == ""
