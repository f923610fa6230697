"""A lock for a change lets foreign keys through: who points at the row does not wait for it."""

import ast
from pathlib import Path

import itsm

ROOT = Path(itsm.__file__).parent.parent
PARTS = ("itsm", "servicedesk", "technical", "operations", "applications", "kpis", "demo")


def whole_locks(path: Path):
    """Calls of `select_for_update` that keep foreign keys out. `# deleted` says that the row may go: that takes the whole lock."""
    source = path.read_text(encoding="utf-8")
    if "select_for_update" not in source:
        return
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "select_for_update"
        ):
            said = {keyword.arg for keyword in node.keywords}
            if "no_key" not in said and not any(
                "# deleted" in line for line in lines[node.lineno - 1 : node.end_lineno + 2]
            ):
                yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_lock_for_a_change_lets_foreign_keys_through():
    found = [place for part in PARTS for path in sorted((ROOT / part).rglob("*.py")) for place in whole_locks(path)]
    assert found == []
