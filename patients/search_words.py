"""How names are compared in a search: without case, accents and invisible signs. Pure.

Databases fold letters each in its own way, SQLite only those of ASCII. So the folded words stand in a column of their own,
and are compared there letter by letter, on every database alike.
"""

import re
import unicodedata

# Letters that Unicode does not take apart.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_LEFT_OUT = re.compile("['’‘ʼʻ`\u0640]")  # apostrophes, and the Arabic stroke that only stretches a word
# Vowel signs of Indian scripts and the marks of Japanese syllables have a lower class: without them a word is another.
_FIRST_ACCENT = 10


def folded(text: str) -> str:
    """Small letters without accents; everything that is no letter, digit or symbol parts words. "Özdemir-Ay": "ozdemir ay"."""
    # Twice: a mathematical 𝑨 becomes a capital only when it is taken apart, and a small letter may have parts of its own.
    plain = unicodedata.normalize("NFKD", _LEFT_OUT.sub("", text)).casefold()
    apart = unicodedata.normalize("NFKD", plain)
    return " ".join("".join(map(_sign, apart)).translate(_PLAIN).split())


def spelled_out(text: str) -> str:
    """The same with umlauts as they are written without: "Müller": "mueller"."""
    return folded(unicodedata.normalize("NFC", text.casefold()).translate(_SPELLED_OUT))


def search_words(*names: str) -> str:
    """What the column holds: the folded names, and their second spelling where there is one."""
    text = " ".join(names)
    return " ".join(dict.fromkeys((folded(text), spelled_out(text)))).strip()


def _sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cf" or unicodedata.combining(sign) >= _FIRST_ACCENT:
        return ""
    return sign if category[0] in "LMNS" else " "
