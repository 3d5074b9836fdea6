"""Messages of the templates, as Django itself reads them when it shows a page."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.template import engines
from django.template.base import Node, NodeList
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

# What a tag or filter translates on the way: {% include "…" with words=_("Save") %}.
_ARGUMENT = re.compile(r"""_\((["'])(.+?)\1\)""")

IN_CONTEXT = "\x04"  # as gettext writes it: "verb\x04Open"
Message = str | tuple[str, str]  # with its plural


def messages_of_templates(root: Path) -> Iterator[tuple[Message, str]]:
    """Each message with the template that holds it."""
    for path in sorted([*root.rglob("*.html"), *root.rglob("*.txt")]):
        source = path.read_text()
        for message in messages_of(source):
            yield message, str(path.relative_to(root.parent))


def messages_of(source: str) -> Iterator[Message]:
    compiled = engines["django"].engine.from_string(source)
    for node in _nodes(compiled.nodelist):
        if isinstance(node, TranslateNode):
            message = str(node.filter_expression.var.literal).replace("%", "%%")
            context = node.message_context and str(node.message_context.var)
            yield f"{context}{IN_CONTEXT}{message}" if context else message
        elif isinstance(node, BlockTranslateNode):
            singular = _words(node, node.singular)
            yield (singular, _words(node, node.plural)) if node.plural else singular
    for _, message in _ARGUMENT.findall(source):
        yield message.replace("%", "%%")


def _words(node: BlockTranslateNode, tokens: list) -> str:
    return node.render_token_list(tokens)[0]


def _nodes(nodelist: NodeList) -> Iterator[Node]:
    for kind in (TranslateNode, BlockTranslateNode):
        yield from nodelist.get_nodes_by_type(kind)
