"""Colours are tokens of one stylesheet, and the style page shows every component and every token."""

import re

from django.conf import settings

from followup.views.style_page import TOKENS

STATIC, TEMPLATES = settings.BASE_DIR / "static", settings.BASE_DIR / "templates"
RAW_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(|:\s*(?:white|black|red|gr[ae]y)\b", re.IGNORECASE)
# Read with everything stopped, and printed in black: it stands for itself.
NO_TOKENS = {"paper.css"}


def raw_colours(css: str) -> list[str]:
    without_comments = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    # An id in a selector is no colour, and what stands in a picture's address is a picture.
    values = re.sub(r'url\("[^"]*"\)', "", "".join(re.findall(r"\{([^{}]*)\}", without_comments)))
    return RAW_COLOUR.findall(values)


def test_a_raw_colour_is_found():
    assert raw_colours("a { color: #fff; } b { fill: rgb(1, 2, 3) } i { color: white }") == ["#fff", "rgb(", ": white"]
    assert raw_colours("#fab { color: var(--ink); } /* #fff */") == []


def test_no_stylesheet_but_that_of_the_tokens_names_a_colour():
    found = {
        sheet.name: raw_colours(sheet.read_text())
        for sheet in STATIC.glob("*.css")
        if sheet.name not in NO_TOKENS | {"kyphotrack.css"}
    }
    assert {name: colours for name, colours in found.items() if colours} == {}


def test_in_that_one_they_stand_among_the_tokens_only():
    css = (STATIC / "kyphotrack.css").read_text()
    tokens, rest = css.split("\nbody {", 1)
    assert raw_colours("body {" + rest) == []
    assert len(raw_colours(tokens)) > 40


def test_the_style_page_shows_every_token():
    css = (STATIC / "kyphotrack.css").read_text()
    colours = set(re.findall(r"^  --([\w-]+): ", css, flags=re.MULTILINE)) - {"touch"}
    assert {name for name in colours if not name.startswith("bs-")} == set(TOKENS)


def test_the_style_page_shows_every_component():
    page = (TEMPLATES / "followup" / "style_page.html").read_text()
    for component in (TEMPLATES / "components").iterdir():
        assert component.name in page, component.name
