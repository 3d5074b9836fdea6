"""Everything that a page says is in the catalogue, and the catalogue is translated."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

from kyphotrack.messages.compile import LOCALES
from kyphotrack.messages.in_code import messages_of_code
from kyphotrack.messages.update import as_text, found_messages, problems_of, read, updated

ROOT = Path(settings.BASE_DIR)
# The style page shows invented values.
_INVENTED = {"style_page.html"}
TEMPLATES = sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")])
TEMPLATES = [path for path in TEMPLATES if path.name not in _INVENTED]
# Names, units and codes are the same in every language.
_SAME = re.compile(
    r"data-[\w-]+=\"\"|\b(Ctrl|Enter|Kyphotrack|NEWS2|UTC|T0|MRN|psi|mL|mm|min|kg|h|g|S1|FU[1-8]|x|c)\b|&\w+;"
)
_SHOWN_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt", "data-label", "data-words"}


def test_the_catalogue_is_complete():
    found = found_messages()
    for path in LOCALES.glob("*/LC_MESSAGES/django.po"):
        catalogue = updated(read(path), found)
        assert problems_of(catalogue) == []
        assert as_text(catalogue) == path.read_bytes(), "run `make messages`"


def test_a_missing_or_wrong_translation_is_told():
    catalogue = updated(read(LOCALES / "de" / "LC_MESSAGES" / "django.po"), found_messages())
    catalogue["Worklist"].string = ""
    catalogue["Pain is {score}: give analgesia and score again after {minutes} min."].string = "Schmerz {skore}"
    assert problems_of(catalogue) == [
        "not translated: Worklist",
        "other holes: Pain is {score}: give analgesia and score again after {minutes} min.",
    ]


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag, attributes):
        self._silent += tag in ("style", "script", "code")
        self.said += [value for name, value in attributes if name in _SHOWN_ATTRIBUTES and value]

    def handle_endtag(self, tag):
        self._silent -= tag in ("style", "script", "code")

    def handle_data(self, data):
        if not self._silent:
            self.said.append(data)


def unmarked(source: str) -> list[str]:
    """Words of a template that stand outside its translated parts."""
    for hidden in (r"\{% comment %\}.*?\{% endcomment %\}", r"\{% blocktranslate.*?\{% endblocktranslate %\}"):
        source = re.sub(hidden, "", source, flags=re.DOTALL)
    words = _Words()
    words.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", source, flags=re.DOTALL))
    words.close()
    return [said.strip() for said in words.said if re.search(r"[A-Za-z]{2}", _SAME.sub("", said))]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_nothing_that_is_not_marked(path):
    assert unmarked(path.read_text()) == []


def test_an_unmarked_word_is_found():
    source = '<a title="Go {{ x }}">{% translate "A" %}</a><p>{{ name }} waits</p>{# no #}<style>p {}</style>'
    assert unmarked(source) == ["Go", "waits"]


# Labels and messages of a form: these arguments are words.
_WORDS_OF = {"label", "help_text", "legend", "empty_label"}


def test_a_form_says_nothing_that_is_not_marked():
    found = []
    for path in [*(ROOT / "followup" / "forms").glob("*.py"), ROOT / "patients" / "forms.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg in _WORDS_OF and isinstance(node.value, ast.Constant):
                if isinstance(node.value.value, str) and re.search(r"[a-z]{2}", node.value.value):
                    found.append(f"{path.name}: {node.value.value}")
    assert found == []


def test_sentences_of_the_rules_are_found_in_the_code():
    found = {message for message, _place in messages_of_code(ROOT)}
    assert "Pain {context} is {score}, after it had come down to {nadir}." in found  # a table of templates
    assert "NEWS2 is {total}" in found  # an f-string
    assert "Enter a number. {possible}" in found  # marked
