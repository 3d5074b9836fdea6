"""What code says in English, in the language of the page.

Rules, services and selectors speak English: they are pure, or what they say is stored as it was said. A page translates
when it shows. A sentence with values is found by its pattern: the catalogue's "Pain is {score}." fits "Pain is 7.",
and the values are looked up in turn. What no pattern fits stays as it was said.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from django.utils import formats
from django.utils.functional import lazy
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, override, trans_real

_HOLE = re.compile(r"\{(\w*)\}")
_NUMBER = re.compile(r"(?<![\d.])([+−-]?\d+)\.(\d+)(?![\d.])")
_DAY = re.compile(r"\b(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b")
# Between parts that were said one by one; the first that splits into something known is taken.
_SEAMS = ("; ", " → ", ": ", " · ", ", ", " (", " – ", " and ", " or ")
_WORDS = re.compile(r"[a-z]{3}")
_SENTENCES = re.compile(r"(?<=[.?!]) (?=[A-Z“])")
_VALUE_AT_THE_END = re.compile(r"(.*[^\W\d]) ([\d.,:/–]+|mm|cm|kg|%|°)", re.DOTALL)  # "was due 12:40"
# "N3 Saddle numbness", "3 against gravity", "▼ 5 from lowest"
_CODE = re.compile(r"([▲▼=→]|[A-Z]+\d*[a-z]?(?:/\d)?|[\d.,–+−%≤≥]+|not) (.+)", re.DOTALL)
# How many letters besides its holes a pattern must have, and from how many on it is unmistakable.
_LEAST_LETTERS, _TELLING = 3, 12


def said(words: object) -> str:
    """In the active language, as far as the catalogue knows it."""
    text, language = str(words), get_language() or "en"
    if language.startswith("en"):
        return text
    found = _said(str(text), language)
    return mark_safe(found) if isinstance(text, SafeString) else found  # noqa: S308 - no more is in it than was


def known(words: object) -> str:
    """Of what a person may have typed: translated only where it is, as a whole, a sentence of the program's own."""
    text, language = str(words), get_language() or "en"
    return text if language.startswith("en") else _whole(text, language) or text


# For labels that are made when the process starts, and read in the language of a page.
said_later = lazy(said, str)


def stored(words: object) -> str:
    """Of a label: the English that is stored, whatever language its page has."""
    with override(None):
        return str(words)


def mid_sentence(words: object) -> str:
    """A label within a sentence. German keeps its capitals: they mark nouns."""
    text = str(words)
    return text if (get_language() or "en").startswith("de") else text.lower()


def listed(items: Iterable[object], between: str = ", ") -> str:
    return between.join(said(item) for item in items)


def forget() -> None:
    """After a change of the catalogue."""
    for cache in (_said, _patterns):
        cache.cache_clear()


@lru_cache(maxsize=8192)
def _said(text: str, language: str) -> str:
    core = text.strip()
    if not core:
        return text
    found = (
        _whole(core, language)
        or _by_pattern(core, language, telling=True)
        or _in_parts(core, language, strict=True)
        or _by_pattern(core, language, telling=False)
        or _in_parts(core, language, strict=False)
        or _values(core)
    )
    return text.replace(core, found, 1)


def _whole(core: str, language: str) -> str | None:
    """The phrase itself, also where a sentence made it begin with another case."""
    catalogue = trans_real.translation(language)
    for written, dress in (
        (core, str),
        (core[:1].lower() + core[1:], _capitalised),
        (core[:1].upper() + core[1:], str),
    ):
        known = catalogue._catalog.get(written)  # type: ignore[attr-defined]  # Django has no public way to ask
        if known:
            return dress(known)
    return None


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _by_pattern(core: str, language: str, *, telling: bool) -> str | None:
    """A pattern of few words fits much that it does not mean, so that it comes last."""
    for letters, pattern, translation in _patterns(language):
        if (letters >= _TELLING) != telling:
            continue
        match = pattern.fullmatch(core)
        if match:
            values = {name: _said(value, language) for name, value in match.groupdict().items()}
            return _HOLE.sub(lambda hole, values=values: values.get(hole[1] or "_", hole[0]), translation)
    return None


def _in_parts(core: str, language: str, *, strict: bool) -> str | None:
    """`strict`: only where every part is known, or no words."""
    sentences = _SENTENCES.split(core)
    if len(sentences) > 1:
        return " ".join(_said(sentence, language) for sentence in sentences)
    head, opened, tail = core.rpartition(" (")
    if opened and core.endswith(")"):
        parts = [head, tail[:-1]]
        known = [_said(part, language) for part in parts]
        if known != parts and not (strict and _is_mixed(parts, known)):
            return f"{known[0]} ({known[1]})"
    for seam in _SEAMS:
        if seam not in core:
            continue
        parts = core.split(seam)
        known = [_said(part, language) for part in parts]
        if known != parts and not (strict and _is_mixed(parts, known)):
            return _between(seam, language).join(known)
    ended = _VALUE_AT_THE_END.fullmatch(core)
    if ended:
        known = _said(ended[1], language)
        if known != ended[1]:
            return f"{known} {_values(ended[2])}"
    coded = _CODE.fullmatch(core)
    if coded:
        rest = _said(coded[2], language)
        if rest != coded[2]:
            return f"{_whole(coded[1], language) or _values(coded[1])} {rest}"
    for left, right in (("(", ")"), ("“", "”")):
        if core.startswith(left) and core.endswith(right) and len(core) > 2:
            return left + _said(core[1:-1], language) + right
    if core[-1] in ".,;:)" and len(core) > 1:
        return _said(core[:-1], language) + core[-1]
    return None


def _is_mixed(parts: list[str], known: list[str]) -> bool:
    return any(part == said and _WORDS.search(part) for part, said in zip(parts, known, strict=True))


def _between(seam: str, language: str) -> str:
    word = seam.strip()
    return seam.replace(word, _whole(word, language) or word) if word.isalpha() else seam


def _values(core: str) -> str:
    """Numbers and days, as the language writes them."""
    point = formats.get_format("DECIMAL_SEPARATOR")
    text = _NUMBER.sub(rf"\1{point}\2", core)
    return _DAY.sub(lambda day: f"{day[1]}. {_month(day[2])}", text)


def _month(name: str) -> str:
    return str(trans_real.gettext(name.lower())) if name != "May" else "Mai"


@lru_cache(maxsize=4)
def _patterns(language: str) -> list[tuple[int, re.Pattern[str], str]]:
    """Each sentence of the catalogue with holes, the one with most words first."""
    found = []
    for message, translation in trans_real.translation(language)._catalog.items():  # type: ignore[attr-defined]
        if isinstance(message, str) and _HOLE.search(message) and translation:
            words = _HOLE.sub("", message)
            letters = sum(letter.isalpha() for letter in words)
            if letters >= _LEAST_LETTERS:
                found.append((letters, re.compile(_as_pattern(message), re.DOTALL), translation))
    return sorted(found, key=lambda one: -one[0])


def _as_pattern(message: str) -> str:
    seen: set[str] = set()
    pattern = ""
    for index, piece in enumerate(_HOLE.split(message)):
        if index % 2 == 0:
            pattern += re.escape(piece)
        elif not piece:
            pattern += "(?P<_>.*?)"
        else:
            pattern += rf"(?P={piece})" if piece in seen else rf"(?P<{piece}>.*?)"
            seen.add(piece)
    return pattern
