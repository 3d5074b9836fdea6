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
# Between parts that were said one by one, the strongest first.
_SEAMS = ("\n", " · ", "; ", ": ", " → ", ", ", " – ", " and ", " or ")
_MOMENT = re.compile(r"\d{1,2} [A-Z][a-z]{2}( \d{4})?( \d\d:\d\d)?")
_WORDS = re.compile(r"[a-z]{3}")
_SENTENCES = re.compile(r"(?<=[.?!]) (?=[A-Z“])")
_VALUE_AT_THE_END = re.compile(r"(.*[^\d\s,;]) ([\d.,:/–]+|mm|cm|kg|%|°)", re.DOTALL)  # "was due 12:40"
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
    text, language = str(words), get_language() or "en"
    return text.lower() if language.startswith("en") else _within_sentences(language).get(text, text)


def listed(items: Iterable[object], between: str = ", ") -> str:
    return between.join(said(item) for item in items)


def date_form(form: str) -> str:
    """A form of Django's dates as the language writes it: in German a day of the month has a point, "24. Nov 2026"."""
    if not (get_language() or "en").startswith("de"):
        return form
    return form.replace("j M", "j. M").replace("j F", "j. F").replace("l j", "l, j")


def forget() -> None:
    """After a change of the catalogue."""
    for cache in (_said, _patterns, _within_sentences):
        cache.cache_clear()


@lru_cache(maxsize=8192)
def _said(text: str, language: str) -> str:
    core = text.strip()
    if not core or _MOMENT.fullmatch(core):
        return _values(text)
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
    for seam in _SEAMS:
        found = _translated(core.split(seam), language, strict=strict)
        if found:
            return _between(seam, language).join(found)
    head, opened, tail = core.rpartition(" (")
    if opened and core.endswith(")"):
        found = _translated([head, tail[:-1]], language, strict=strict)
        if found:
            return f"{found[0]} ({found[1]})"
    pair = _two_phrases(core, language)
    if pair:
        return pair
    say = _whole if strict else _said
    for pattern, words in ((_VALUE_AT_THE_END, 1), (_CODE, 2)):
        match = pattern.fullmatch(core)
        rest = say(match[words], language) if match else None
        if match and rest and rest != match[words]:
            code = _whole(match[3 - words], language) or _values(match[3 - words])
            return f"{rest} {code}" if words == 1 else f"{code} {rest}"
    if strict:
        return None
    for left, right in (("(", ")"), ("“", "”")):
        if core.startswith(left) and core.endswith(right) and len(core) > 2:
            return left + _said(core[1:-1], language) + right
    return _said(core[:-1], language) + core[-1] if core[-1] in ".,;:)" and len(core) > 1 else None


def _two_phrases(core: str, language: str) -> str | None:
    """An item and its answer: "anal tone reduced"."""
    for space in re.finditer(" ", core):
        answer = _whole(core[space.end() :], language)
        if answer:
            item = core[: space.start()]
            found = _said(item, language)
            return f"{found} {answer}" if found != item else None
    return None


def _translated(parts: list[str], language: str, *, strict: bool) -> list[str] | None:
    if len(parts) == 1:
        return None
    found = [_said(part, language) for part in parts]
    return None if found == parts or (strict and _is_mixed(parts, found)) else found


def _is_mixed(parts: list[str], found: list[str]) -> bool:
    return any(part == one and _WORDS.search(part) for part, one in zip(parts, found, strict=True))


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


@lru_cache(maxsize=4)
def _within_sentences(language: str) -> dict[str, str]:
    """Of labels that the catalogue holds in small letters too: that translation by the other."""
    catalogue = trans_real.translation(language)._catalog  # type: ignore[attr-defined]
    labels = (label for label in catalogue.keys() if isinstance(label, str) and label != label.lower())
    return {catalogue[label]: catalogue[label.lower()] for label in labels if catalogue.get(label.lower())}


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
