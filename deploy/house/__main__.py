"""`make demo`, `make test`, …: sets the house up with the standard library alone, then runs what was asked."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import commands
from say import Trouble, fail


def main() -> int:
    """Dispatch; a foreseeable trouble is one clear line, never a traceback."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this runs under whatever python3 the machine has
        return fail("Python 3.11 or newer is needed: this is " + sys.version.split()[0])
    name, *arguments = sys.argv[1:] or ["help"]
    known = {
        "demo": commands.demo, "test": commands.test, "test-real": commands.test_real, "check": commands.check,
        "setup": commands.setup, "bench": commands.bench,
    }  # fmt: skip
    if name not in known:
        return fail(f"Commands: {', '.join(known)}")
    try:
        return known[name](arguments)
    except Trouble as trouble:
        return fail(str(trouble))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
