"""Read settings from the environment; a bad value stops the start with one sentence that names it."""

import json
import os
from pathlib import Path
from typing import NoReturn

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def _refuse(name: str, problem: str) -> NoReturn:
    raise ImproperlyConfigured(f"{name} {problem}.")


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "").strip() or default
    if value is None:
        _refuse(name, "must be set")
    return value


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    value = text(name, default)
    if value not in allowed:
        _refuse(name, f"is {value!r}; it must be one of {', '.join(allowed)}")
    return value


def choices(name: str, allowed: tuple[str, ...], default: str) -> list[str]:
    """Some of the allowed words, comma-separated."""
    values = words(name, default)
    if not values or set(values) - set(allowed):
        _refuse(name, f"is {','.join(values)!r}; it must name some of {', '.join(allowed)}")
    return values


def web_address(name: str) -> str:
    """An http or https address, or empty."""
    url = text(name, "")
    if url and not url.startswith(("https://", "http://")):
        _refuse(name, "must start with https:// or http://")
    return url


def boolean(name: str, *, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value not in _TRUE | _FALSE:
        _refuse(name, f"is {value!r}; it must be true or false")
    return value in _TRUE


def words(name: str, default: str) -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(name: str, default: str | None = None) -> dict:
    """A Django database entry from a URL: ``postgres://`` (a socket is ``postgres://u:p@/db?host=/path``) or ``sqlite:///``."""
    url = text(name, default)
    if not url.startswith(("postgres://", "postgresql://", "sqlite:///")):
        _refuse(name, "must start with postgres://, postgresql:// or sqlite:///")
    return environ.Env.db_url_config(url)


def email(name: str, default: str) -> dict:
    """Django's EMAIL_* settings from ``smtp://``, ``smtp+tls://`` or ``smtp+ssl://``."""
    url = text(name, default)
    if not url.startswith(("smtp://", "smtp+tls://", "smtp+ssl://")):
        _refuse(name, "must start with smtp://, smtp+tls:// or smtp+ssl://")
    return environ.Env.email_url_config(url) | {"EMAIL_BACKEND": "kyphotrack.smtp_backend.EmailBackend"}


def broker(name: str, default: str) -> str:
    url = text(name, default)
    if not url.startswith(("redis://", "rediss://", "redis+socket://")):
        _refuse(name, "must start with redis://, rediss:// or redis+socket://")
    return url


def odi_wording(name: str) -> list[dict] | None:
    """The site's own licensed wording of the ODI: a JSON list of ten sections, each with a title and six statements."""
    path = text(name, "")
    if not path:
        return None
    try:
        sections = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        _refuse(name, "must name a readable JSON file")
    right = isinstance(sections, list) and len(sections) == 10 and all(map(_is_odi_section, sections))
    if not right:
        _refuse(name, 'must hold ten sections, each {"title": text, "statements": [six texts, from 0 to 5 points]}')
    return sections


def _is_odi_section(section: object) -> bool:
    if not isinstance(section, dict) or not isinstance(section.get("title"), str):
        return False
    statements = section.get("statements")
    return isinstance(statements, list) and len(statements) == 6 and all(isinstance(one, str) for one in statements)
