"""The steps of a runbook: what stands under its second headings. What comes before the first one is the introduction."""

from markdown_it import MarkdownIt

READER = MarkdownIt("commonmark")
MOST = 100


def split(body: str) -> tuple[str, list[dict[str, str]]]:
    """The introduction, and [{"title", "body"}], all in Markdown. Headings in code or in quotes are text."""
    lines = body.splitlines()
    tokens = READER.parse(body)
    starts: list[tuple[int, int, str]] = []
    for token, inline in zip(tokens, tokens[1:], strict=False):
        if token.type == "heading_open" and token.tag == "h2" and token.level == 0 and token.map:
            starts.append((token.map[0], token.map[1], plain(inline.children or [])))
    ends = [start for start, _after, _title in starts[1:]] + [len(lines)] * bool(starts)
    steps = [
        {"title": title[:200], "body": "\n".join(lines[after:end]).strip()}
        for (_start, after, title), end in zip(starts, ends, strict=True)
    ]
    intro = "\n".join(lines[: starts[0][0]] if starts else lines).strip()
    return intro, steps


def plain(tokens) -> str:
    """The words of a heading without their marks."""
    return " ".join("".join(t.content if t.type in ("text", "code_inline") else " " for t in tokens).split())
