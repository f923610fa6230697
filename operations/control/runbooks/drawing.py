"""Markdown as HTML that a browser may show: without raw HTML, and through the sanitiser that foreign mails pass."""

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from itsm.documents import steps
from itsm.gateway.mail.plain import sanitised

WRITER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
# The page has the first two headings: those of the text come below.
BELOW = 2


def html(text: str) -> SafeString:
    """A text, its headings two levels lower."""
    tokens = WRITER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + BELOW)}"
    drawn = WRITER.renderer.render(tokens, WRITER.options, {})
    return mark_safe(sanitised(drawn))


def parts(body: str) -> dict:
    """The introduction and the steps of a runbook, drawn: {"intro", "steps": [{"title", "html"}]}."""
    intro, found = steps.split(body)
    return {
        "intro": html(intro) if intro else "",
        "steps": [{"title": step["title"], "html": html(step["body"]) if step["body"] else ""} for step in found],
    }
