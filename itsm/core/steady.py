"""What a template says whoever reads it and whatever it shows: drawn once by language, then kept.

`{% steady %}…{% endsteady %}` marks such a part by hand. The loader finds the small ones by itself: text, words to translate,
icons and addresses of files that stand side by side become one node. Only what has literal arguments is joined, so that
nothing of a reader, a record or a right can be kept in it.
"""

from collections.abc import Callable

from django.template import Node, NodeList, Variable
from django.template.base import FilterExpression, TextNode, TokenType
from django.template.defaulttags import CommentNode, IfNode, LoadNode
from django.template.library import SimpleNode
from django.template.loaders import cached
from django.template.loaders.base import Loader as BaseLoader
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from . import icons

# Tags that give the same for the same arguments, in every process and for everybody.
PURE: set[Callable] = {icons.icon, icons.shared}
SILENT = (CommentNode, LoadNode)


class Steady(Node):
    """Drawn once by language and kept: the nodes know nothing of the page, so nothing of a reader can stay in it."""

    def __init__(self, nodelist: NodeList):
        self.nodelist = nodelist
        self.kept: dict[tuple, SafeString] = {}

    def render(self, context) -> SafeString:
        """The markup of the language that is active."""
        key = get_language(), context.autoescape
        found = self.kept.get(key)
        if found is None:
            found = self.kept[key] = mark_safe(self.nodelist.render(context.new({})))
        return found


class _Joining(BaseLoader):
    """Templates whose steady parts are joined."""

    def get_template(self, template_name, skip=None):
        template = super().get_template(template_name, skip)
        join(template.nodelist)
        return template


class Loader(cached.Loader, _Joining):
    """The cached loader: a template is read, and its steady parts are joined, once by process."""


def join(nodes: NodeList) -> None:
    """Put steady nodes that stand side by side into one, here and in everything below."""
    joined: list[Node] = []
    run: list[Node] = []
    for node in nodes:
        if is_steady(node):
            run.append(node)
            continue
        joined += _one(run)
        run = []
        for below in _below(node):
            join(below)
        joined.append(node)
    nodes[:] = joined + _one(run)


def _one(run: list[Node]) -> list[Node]:
    said = [node for node in run if not isinstance(node, SILENT)]
    if all(isinstance(node, TextNode) for node in said):
        text = "".join(node.s for node in said)  # type: ignore[attr-defined]
        return [TextNode(text)] if text else []
    if len(said) == 1 and isinstance(said[0], Steady):
        return said
    made = Steady(NodeList(said))
    made.token = said[0].token
    if origin := getattr(said[0], "origin", None):
        made.origin = origin  # where an error in it is told to be
    return [made]


def _below(node: Node) -> list[NodeList]:
    """The lists of nodes inside a node."""
    if isinstance(node, IfNode):
        return [nodelist for _condition, nodelist in node.conditions_nodelists]
    inside = (getattr(node, name, None) for name in node.child_nodelists)
    return [nodelist for nodelist in inside if isinstance(nodelist, NodeList)]


def is_steady(node: Node) -> bool:
    """Does the node say the same on every page, for every reader?"""
    match node:
        case TextNode() | Steady() | CommentNode() | LoadNode():
            return True
        case TranslateNode():
            return not node.asvar and _literal(node.filter_expression) and _literal(node.message_context)
        case BlockTranslateNode():
            plain = not (node.asvar or node.plural or node.extra_context)
            return (
                plain and _literal(node.message_context) and all(t.token_type == TokenType.TEXT for t in node.singular)
            )
        case StaticNode():
            return node.varname is None and _literal(node.path)
        case SimpleNode():
            given = [*node.args, *node.kwargs.values()]
            return node.func in PURE and node.target_var is None and all(map(_literal, given))
    return False


def _literal(expression: FilterExpression | None) -> bool:
    """Is it written in the template itself, as it is?"""
    if expression is None:
        return True
    var = expression.var
    return not expression.filters and (not isinstance(var, Variable) or var.literal is not None)
