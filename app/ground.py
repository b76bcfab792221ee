"""What the embedded servers stand on: a data directory held by one process, the user they run as, who may enter where.

Portolan started as root is the awkward case this file serves: PostgreSQL refuses to run as root, so the servers run
as a system user, which must reach its programs and its data.
"""

import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
import re
import subprocess
import tempfile
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

SYSTEM_USER = "embedded_postgres"  # PostgreSQL refuses to run as root
LONGEST_SOCKET_PATH = 103  # bytes; the smallest limit among the systems we run on, less the closing NUL


class GroundError(Exception):
    """The ground cannot stand. The message is one whole sentence for whoever started Portolan."""


def take_lock(data_dir: Path) -> IO[str]:
    """Hold `data_dir` for this process until the file is closed or the process ends, by kill -9 too."""
    lock = (data_dir / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise GroundError(
            f"Portolan is already running on {data_dir} (process {holder}); "
            "stop it, or choose another directory with PORTOLAN_DATA_DIR."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def service_user() -> tuple[int, int] | None:
    """(uid, gid) for the servers: an unprivileged system user when we are root, else None for ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        useradd = ["useradd", "--system", "--no-create-home", SYSTEM_USER]
        try:
            subprocess.run(useradd, check=True, capture_output=True)  # noqa: S603  a fixed command
        except (OSError, subprocess.CalledProcessError):
            raise GroundError(
                f"PostgreSQL refuses to run as root and the user {SYSTEM_USER} could not be created; "
                "run Portolan as an ordinary user."
            ) from None
        entry = pwd.getpwnam(SYSTEM_USER)
    return entry.pw_uid, entry.pw_gid


def wheel(package: str, part: str, user: tuple[int, int] | None) -> Path:
    """The directory `part` of an installed package, readable for `user`. The package itself is not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise GroundError(f"The Python package {package} is not installed; run `make setup`.")
    root = Path(spec.submodule_search_locations[0]).resolve() / part
    if user:
        let_through(root, user)
        if root.stat().st_mode & 0o005 != 0o005:  # installed under a strict umask
            for path in (root, *root.rglob("*")):
                mode = path.stat().st_mode
                path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
    return root


def let_through(path: Path, user: tuple[int, int]) -> None:
    """Let `user` pass through the directories above `path`: search permission only, they stay unlistable."""
    for directory in reversed(path.parents):
        status = directory.stat()
        if status.st_uid != user[0] and not status.st_mode & 0o001:
            directory.chmod(status.st_mode | 0o001)
            log.warning("Let other users pass through %s (o+x): PostgreSQL cannot run as root.", directory)


def private_directory(path: Path, user: tuple[int, int] | None) -> Path:
    """Make `path` when missing, for `user` (None: ourselves) alone. One that someone else owns is refused."""
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    uid, gid = user or (os.geteuid(), os.getegid())
    if path.is_symlink() or status.st_uid not in {uid, os.geteuid()}:
        raise GroundError(f"{path} belongs to another user; choose another directory with PORTOLAN_DATA_DIR.")
    if status.st_uid != uid:
        os.chown(path, uid, gid)
    path.chmod(0o700)
    return path


def socket_directory(data_dir: Path) -> Path:
    """Inside the data directory, or under the temporary one where that path would be too long for a socket, or has
    characters that mean something in an address (a comma, a percent sign, a space).
    """
    name = "portolan-" + hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    choices = (data_dir / "run", Path(tempfile.gettempdir()) / name, Path("/tmp") / name)  # noqa: S108  made private
    for choice in choices:
        longest = os.fsencode(choice / ".s.PGSQL.5432.lock")
        if len(longest) <= LONGEST_SOCKET_PATH and re.fullmatch(rb"[\w./~+-]+", longest):
            return choice
    raise AssertionError("unreachable: the last choice is short and plain")
