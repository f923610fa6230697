"""HTML of mails: as text that can be cut and searched, and as HTML that a browser may show without running or loading anything."""

import re
from html.parser import HTMLParser

import nh3
from django.utils.html import escape

BLOCKS = {
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "section", "article",
    "header", "footer", "address", "dl", "dt", "dd", "center", "body", "html", "form", "fieldset",
}  # fmt: skip
PARAGRAPHS = {"p", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}
SILENT = {"head", "style", "script", "title", "template", "noscript", "object", "svg"}
VOID = {"br", "hr", "img", "meta", "link", "input", "base", "col", "area", "wbr", "source", "track", "param", "embed"}
RULE = "________________________________"
LONGEST, DEEPEST, LONGEST_TAG = 300_000, 300, 5_000
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
TAGS = {
    "a", "abbr", "b", "blockquote", "br", "center", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul",
}  # fmt: skip


def sanitised(html: str) -> str:
    """The HTML with text, tables and links only: no script, no style, no picture, no form, nothing that is fetched.

    What is nested so deep that it can only be meant to stop its readers is shown as text.
    """
    if _depth(html[:LONGEST]) > DEEPEST:
        return f"<pre>{escape(text_of(html))}</pre>"
    return nh3.clean(
        html[:LONGEST], tags=TAGS, attributes={"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        clean_content_tags={"script", "style", "title"}, url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow", strip_comments=True,
    )  # fmt: skip


def text_of(html: str) -> str:
    """The words of an HTML mail. What it quotes stands behind `>`, what mail programs put above a quoted mail behind a rule."""
    reader = _Reader()
    try:
        reader.feed(_with_ended_tags(_without_comments(html[:LONGEST])))
        reader.close()
    except (AssertionError, ValueError):  # what the parser of the library gives up on; what came before it counts
        pass
    return reader.text()


def _without_comments(html: str) -> str:
    """Comments, declarations and instructions cost the parser of the library a look at all that follows, each."""
    kept, at = [], 0
    while (
        begin := min((found for found in (html.find("<!", at), html.find("<?", at)) if found >= 0), default=-1)
    ) >= 0:
        kept.append(html[at:begin])
        comment = html.startswith("<!--", begin)
        end = html.find("-->" if comment else ">", begin + 2)
        if end < 0:
            return "".join(kept)
        at = end + (3 if comment else 1)
    return "".join([*kept, html[at:]])


def _with_ended_tags(html: str) -> str:
    """What begins a tag that does not end soon is text: the library looks again and again for the end of such a tag."""
    kept, at, end = [], 0, -1
    while (begin := html.find("<", at)) >= 0:
        if end < begin:
            end = html.find(">", begin)
            end = len(html) + LONGEST_TAG if end < 0 else end
        kept.append(html[at:begin])
        kept.append("<" if end - begin <= LONGEST_TAG else "&lt;")
        at = begin + 1
    return "".join([*kept, html[at:]])


def _depth(html: str) -> int:
    """How deep elements are nested at most; what may be left open counts as open."""
    depth = deepest = 0
    for found in TAG.finditer(html):
        if found[2].lower() not in VOID:
            depth = max(0, depth - 1) if found[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self._lines: list[tuple[int, str]] = []
        self._line: list[str] = []
        self._depth = self._silent = self._kept = 0
        self._hidden: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag in SILENT:
            self._silent += 1
            return
        if self._silent:
            return
        if tag == "blockquote":
            self._break(blank=True)
            self._depth += 1
        elif tag == "hr" or _begins_quote(tag, given):
            self._break(blank=True)
            self._lines.append((self._depth, RULE))
        elif tag == "img":
            name = given.get("alt", "").strip()
            if name:
                self._line.append(f"[{name[:80]}]")
        elif tag in BLOCKS:
            self._break(blank=tag in PARAGRAPHS, asked=tag == "br")
            self._kept += tag == "pre"
            if tag == "li":
                self._line.append("- ")

    def handle_endtag(self, tag):
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "blockquote":
            self._break(blank=True)
            self._depth = max(0, self._depth - 1)
        elif tag in BLOCKS and tag not in VOID:
            self._break(blank=tag in PARAGRAPHS)
            self._kept = max(0, self._kept - (tag == "pre"))
        elif tag in ("td", "th"):
            self._line.append(" ")

    def handle_data(self, data):
        if self._silent:
            return
        if self._kept:
            first, *rest = data.split("\n")
            self._line.append(first)
            for each in rest:
                self._break(asked=True)
                self._line.append(each)
        else:
            self._line.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def _break(self, *, blank: bool = False, asked: bool = False) -> None:
        """End the line. An empty one is kept when it is asked for (`br`), or to set paragraphs apart."""
        said = re.sub(r" +", " ", "".join(self._line)).strip(" ") if not self._kept else "".join(self._line)
        self._line = []
        if said or (asked and self._lines and self._lines[-1][1]):
            self._lines.append((self._depth, said))
        if blank and self._lines and self._lines[-1][1]:
            self._lines.append((self._depth, ""))

    def text(self) -> str:
        """What was read, with at most one empty line between paragraphs."""
        self._break()
        lines = [f"{'> ' * depth}{said}".rstrip() if depth else said.rstrip() for depth, said in self._lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _begins_quote(tag: str, given: dict[str, str]) -> bool:
    """The boxes in which mail programs put the mail that is answered."""
    if given.get("id", "").lower() in (
        "olk_src_body_section",
        "divrplyfwdmsg",
        "appendonsend",
        "zwchr",
        "stopspelling",
    ):
        return True
    style = given.get("style", "").lower().replace(" ", "")
    return tag == "div" and (
        "border-top:solid#" in style or "border-top-style:solid" in style or "border:none;border-top:solid" in style
    )
