"""Messages of the code: what is marked with gettext, and what the parts that speak plain English say.

Rules, services and selectors mark nothing: rules are pure, and what services store is stored in English. Each text in
them that reads like words is a message; an f-string becomes a sentence with holes. See `kyphotrack.language.said`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from kyphotrack.messages.in_templates import Message, messages_of
from kyphotrack.messages.single_words import SINGLE_WORDS, WITHIN_SENTENCES

_MARKS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
_APPS = ("followup", "procedures", "patients", "kyphotrack")
# These speak without a mark; the rest of `_LEFT_OUT` speaks to people who run or check the system.
_SPEAKING = (
    "followup/red_flags/", "followup/services/", "followup/selectors/", "followup/views/", "followup/templatetags/",
    "procedures/", "patients/", "kyphotrack/staff/",
)  # fmt: skip
_LEFT_OUT = (
    "/migrations/", "/management/", "/demo_ward/", "/embedded/", "/messages/", "/models/", "/forms/", "forms.py", "models.py",
    "followup/episode_file/", "rule_book.py", "/jobs.py", "/tasks.py", "/heartbeat.py", "/job_runs.py", "appointment_entry.py",
    "style_page.py",
)  # fmt: skip
_TRANSLATES = re.compile(r"""\{% (block)?translate|\{%.*_\(["']""")
_WORD = re.compile(r"^[A-Za-z][a-zé-]{2,}$")
_UNITS = set("mm mg mL kg cm h min g dL s mmHg °C L IU ng nmol µg mU psi MRN lb kPa x".split())
_IDENTIFIER = re.compile(r"^[\w./:{}-]*[_/{}][\w./:{}-]*$|^[A-Z0-9_]+$|^[A-Z][a-z]+[A-Z]\w*$")
_LOG = {"debug", "info", "warning", "error", "exception"}


def messages_of_code(root: Path) -> Iterator[tuple[Message, str]]:
    for app in _APPS:
        for path in sorted((root / app).rglob("*.py")):
            name = str(path.relative_to(root))
            tree = ast.parse(path.read_text())
            for message in _marked(tree):
                yield message, name
            if _speaks(name):
                for message in _spoken(tree):
                    yield message, name
    for word in (*SINGLE_WORDS, *WITHIN_SENTENCES):
        yield word, "kyphotrack/messages/single_words.py"


def _speaks(name: str) -> bool:
    if any(part in f"/{name}" for part in _LEFT_OUT):
        return False
    return name.startswith(_SPEAKING) or (name.startswith("followup/") and name.count("/") == 1)


def _marked(tree: ast.Module) -> Iterator[Message]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKS:
            texts = [_constant(argument) for argument in node.args[: _MARKS[node.func.id]]]
            if all(texts):
                yield texts[0] if len(texts) == 1 else (texts[0], texts[1])
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and "{%" in node.value
            and _TRANSLATES.search(node.value)
        ):
            yield from messages_of(node.value)


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _spoken(tree: ast.Module) -> Iterator[str]:
    for node in _worded(tree):
        text = _sentence(node) if isinstance(node, ast.JoinedStr) else str(node.value)
        core = _core(text)
        if reads_like_words(core):
            yield core
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases):
            yield from filter(_WORD.match, _values_of(node))


def _core(text: str) -> str:
    """Without what a sentence puts around it; a full stop is kept."""
    core = text.strip(" ;,:\n·")
    if core.startswith("(") and core.endswith(")"):
        core = core[1:-1]
    return core.lstrip(". ")


def _values_of(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            values = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
            yield from filter(None, map(_constant, values))


def _worded(node: ast.AST) -> Iterator[ast.JoinedStr | ast.Constant]:
    """The texts below a node, without what no page shows: docstrings, annotations, log lines, keys, comparisons."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            yield child
            for part in child.values:
                if isinstance(part, ast.FormattedValue):
                    yield from _worded(part)
        elif isinstance(child, ast.Constant):
            if isinstance(child.value, str):
                yield child
        elif not _is_silent(child):
            yield from _worded(child)


def _is_silent(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _LOG
    return isinstance(node, ast.Subscript | ast.Assert)


def _sentence(node: ast.JoinedStr) -> str:
    """With a named hole for each value: f"Pain is {score:f}." says "Pain is {score}."."""
    text, names = "", {}
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += part.value
        elif isinstance(part, ast.FormattedValue):
            written = ast.unparse(part.value)
            words = [word for word in re.findall(r"[A-Za-z_]\w*", written) if not word.startswith("normalize")]
            name = base = (words[-1].strip("_") or "value") if words else "value"
            number = 2
            while names.get(name, written) != written:
                name, number = f"{base}{number}", number + 1
            names[name] = written
            text += f"{{{name}}}"
    return text


def reads_like_words(text: str) -> bool:
    words = re.sub(r"\{\w+\}", "", text)
    if _IDENTIFIER.match(text) or "<" in words or "%(" in words or text.startswith(("emails/", "SELECT")):
        return False
    letters = [word for word in re.findall(r"[A-Za-zµ°]{2,}", words) if word not in _UNITS]
    if not letters:
        return False
    return " " in text.strip() or bool(re.fullmatch(r"[A-Z][a-zé₂-]+[.:?]?", words))
