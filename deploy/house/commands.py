"""What `make` can do."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import leftovers
import packages
import servers
import supervisor
from checks import run_checks
from place import HOST, PYTHON, ROOT, data_dir, port
from process import Child, capture, run
from say import Trouble, fail, say, step

ACCOUNTS = (
    ("requester", "user of the portal, Finance"), ("operator", "level 0, switchboard"), ("agent", "level 1, N1-CDS"),
    ("lead", "service-desk manager"), ("network", "level 2, N2-RES"), ("mainframe", "level 3, N3-ZOS"),
    ("ops", "operations, EXP-PIL"), ("apps", "HR applications, APP-RH"), ("change", "change manager"),
    ("manager", "IT manager: indicators"), ("admin", "administrator"), ("outsider", "another organisation"),
)  # fmt: skip


def demo(_arguments: list[str]) -> int:
    """Set up, load the demo company when the database is empty, and run everything in the foreground."""
    begun, data = time.monotonic(), data_dir()
    started: list[Child] = []
    port()
    supervisor.trap_signals()
    try:
        with leftovers.only_one(data):
            try:
                _must_be_free()
                environment, assets = _prepare(data, started, demo=True)
                _database(environment, assets)
                _run_house(environment, started, begun)
            except supervisor.Stopped as why:
                say(f"\n  {why}: stopping …")
            finally:
                supervisor.stop_all(started)
                leftovers.forget(data)
    except supervisor.Stopped:
        supervisor.ignore_signals()
    say("  Stopped. Nothing is left running; the data is kept.")
    return 0


def setup(arguments: list[str]) -> int:
    """First-run set-up without demo data: administrator, organisation, matrix, calendars, codes."""
    with _servers(data_dir(), demo=False) as environment:
        _manage(environment, "Updating the database", "migrate", "--verbosity", "0")
        # It asks questions: it stays on the terminal, in the supervisor's own group.
        return subprocess.call([PYTHON, "manage.py", "setup", *arguments], cwd=ROOT, env=environment)


def test(arguments: list[str]) -> int:
    """The whole suite against throw-away servers, browser journeys included."""
    with (
        tempfile.TemporaryDirectory(prefix="vigie-test-") as folder,
        _servers(Path(folder), demo=True, throw_away=True) as environment,
    ):
        os.chmod(folder, 0o755)
        environment["CHROMIUM"] = _chromium()
        shared = _shared()
        environment["VIGIE_SHARED"] = shared
        marks = [] if shared or os.environ.get("CI") == "true" else ["-m", "not needs_shared"]
        extra = marks + (arguments or ["-n", "2", "--dist", "loadgroup", "--create-db"])
        return run([PYTHON, "-m", "pytest", *extra], environment, stop_signal=signal.SIGINT).returncode


def test_real(arguments: list[str]) -> int:
    """Tests with real outside programs, one recipe each, installed by the recipe from Debian or PyPI; it says what was left out."""
    recipes = sorted((ROOT / "tests" / "real").glob("test_*.py"))
    with (
        tempfile.TemporaryDirectory(prefix="vigie-real-") as folder,
        _servers(Path(folder), demo=True, throw_away=True) as environment,
    ):
        os.chmod(folder, 0o755)
        environment |= {
            "VIGIE_REAL": "1",
            "VIGIE_SHARED": _shared(),
            "VIGIE_ASIDE": str(data_dir(".data/real-clients")),
        }
        marks = [] if environment["VIGIE_SHARED"] else ["-m", "not needs_shared"]
        command = [PYTHON, "-m", "pytest", "-rs", "--create-db", *marks, *map(str, recipes), *arguments]
        return run(command, environment, stop_signal=signal.SIGINT).returncode


def check(_arguments: list[str]) -> int:
    """Lint, format, types, import contracts, missing migrations, translations, `check --deploy`."""
    with tempfile.TemporaryDirectory(prefix="vigie-check-") as folder:
        os.chmod(folder, 0o755)
        with _servers(Path(folder), demo=True, throw_away=True) as environment:
            return run_checks(environment)


def bench(arguments: list[str]) -> int:
    """The benchmarks, on servers with settings like the demo's and data of their own."""
    with _servers(data_dir(".data/bench"), demo=True) as environment:
        _manage(environment, "Updating the database", "migrate", "--verbosity", "0")
        return run([PYTHON, "-m", "bench", *arguments], environment, stop_signal=signal.SIGINT).returncode


@contextmanager
def _servers(data: Path, *, demo: bool, throw_away: bool = False):
    started: list[Child] = []
    supervisor.trap_signals()
    try:
        with leftovers.only_one(data):
            try:
                environment, assets = _prepare(data, started, demo=demo, throw_away=throw_away)
                packages.finish_assets(assets, environment)
                yield environment
            finally:
                supervisor.stop_all(started)
                leftovers.forget(data)
    except supervisor.Stopped as why:
        say(f"\n  {why}: stopped. Nothing is left running.")
        raise SystemExit(130) from None


def _prepare(data: Path, started: list, *, demo: bool, throw_away: bool = False) -> tuple[dict, Child | None]:
    """Packages and servers; the environment that the children get, and the process that makes the assets meanwhile."""
    packages.install()
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    environment |= {"ITSM_DATA_DIR": str(data), "PORT": str(port()), "PYTHONUNBUFFERED": "1"}
    if demo:
        environment |= {"DEMO": "1", "EMAIL_URL": os.environ.get("EMAIL_URL", "mailbox://")}
    if not environment.get("SECRET_KEY") and not environment.get("SECRET_KEY_FILE"):
        environment["SECRET_KEY"] = _secret(data)
    if not environment.get("REDIS_URL") or throw_away:
        with step("Starting Valkey"):
            environment["REDIS_URL"] = servers.start_valkey(data, started)
    if not environment.get("DATABASE_URL") or throw_away:
        with step("Starting PostgreSQL"):
            url = environment["DATABASE_URL"] = servers.start_postgres(data, started, throw_away=throw_away)
            leftovers.remember(data, started)
            servers.make_database(url)
    assets = packages.begin_assets(environment, started)
    leftovers.remember(data, started)
    return environment, assets


def _database(environment: dict, assets: Child | None) -> None:
    """Migrated and filled. Where it is our own and no source changed since the last time, there is nothing to do."""
    ours = not os.environ.get("DATABASE_URL")
    stamp, digest = data_dir() / "postgres" / "vigie-stamp", packages.source_digest()
    if ours and assets is None and packages.unchanged(stamp, digest):
        return
    _manage(environment, "Updating the database", "migrate", "--verbosity", "0")
    packages.finish_assets(assets, environment)
    _seed(environment)
    if ours:
        stamp.write_text(packages.source_digest())


def _must_be_free() -> None:
    if servers.answers(port()):
        raise Trouble(f"Port {port()} is in use. Choose another one: PORT={port() % 65000 + 1} make demo")


def _secret(data: Path) -> str:
    file = data / "secret-key"
    if not file.exists():
        file.write_text(secrets.token_urlsafe(50))
        file.chmod(0o600)
    return file.read_text()


def _seed(environment: dict) -> None:
    probe = capture([PYTHON, "manage.py", "seed_demo", "--is-needed"], environment)
    if probe.returncode == 0:
        say("  Loading the demo company (once) …")
        begun = time.monotonic()
        if run([PYTHON, "manage.py", "seed_demo"], environment).returncode:
            raise Trouble("The demo company could not be loaded.")
        say(f"  Demo company loaded … {time.monotonic() - begun:.1f} s")
    elif probe.returncode != 1 or probe.stderr.strip():
        raise Trouble(f"The database cannot be looked at:\n{(probe.stdout + probe.stderr).strip()[-3000:]}")


def _run_house(environment: dict, started: list, begun: float) -> None:
    data = data_dir()
    celery = [PYTHON, "-m", "celery", "--app", "itsm"]
    commands = {
        "web": [PYTHON, "-m", "gunicorn", "--config", "deploy/gunicorn.py", "itsm.wsgi"],
        "worker": [*celery, "worker", "--concurrency", "2", "--queues", "vigie", "--without-mingle", "--without-gossip"],
        "beat": [*celery, "beat", "--pidfile", ""],
    }  # fmt: skip
    house = [Child(n, c, environment=environment, log=data / "logs" / f"{n}.log") for n, c in commands.items()]
    with step("Starting web, worker and beat"):
        for child in house:
            started.append(child)
            child.start()
        leftovers.remember(data, started)
        _wait_until_healthy(house)
    _greet(begun)
    supervisor.watch([child for child in started if child.name != "assets"], data)


def _wait_until_healthy(house: list[Child]) -> None:
    deadline = time.monotonic() + 90
    answer = "no answer"
    while time.monotonic() < deadline:
        dead = [child.name for child in house if not child.alive()]
        if dead:
            raise Trouble(f"{', '.join(dead)} did not start: see {data_dir() / 'logs'}")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port()}/healthz", timeout=3) as response:
                if json.load(response)["status"] == "ok":
                    return
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")[:300]
        except OSError as error:
            answer = str(error)
        time.sleep(0.1)
    raise Trouble(f"The house does not become healthy ({answer}): see {data_dir() / 'logs'}")


def _greet(begun: float) -> None:
    say(f"\n  Vigie is ready on http://{HOST}:{port()} after {time.monotonic() - begun:.0f} s. Ctrl-C stops it.\n")
    say("  Demo accounts, password vigie-demo:")
    for login, role in ACCOUNTS:
        say(f"    {login:<10} {role}")
    say("")


def _manage(environment: dict, what: str, *arguments: str) -> None:
    with step(what):
        done = capture([PYTHON, "manage.py", *arguments], environment)
    if done.returncode:
        raise Trouble(f"{arguments[0]} failed:\n{(done.stdout + done.stderr).strip()[-3000:]}")


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if shutil.which(name):
            return shutil.which(name)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with step("Installing Chromium for the browser tests"):
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run(["apt-get", "update", "-qq"], **quiet)
            subprocess.run(
                ["apt-get", "install", "-y", "-qq", "chromium"],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                **quiet,
            )
        if shutil.which("chromium"):
            return shutil.which("chromium")
    fail("No Chromium: the browser tests are left out. Install it (Debian: apt-get install chromium).")
    return ""


def _shared() -> str:
    """The folder of real data sets beside the project, when there is one."""
    named = os.environ.get("VIGIE_SHARED") or str(ROOT.parent / "shared")
    return named if Path(named, "data", "README.md").exists() else ""
