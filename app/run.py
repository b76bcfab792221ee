"""`make run`: the whole of Portolan on one machine: the embedded servers, the schema, the demo world, web and worker.

Everything is a child of this process and ends with it. Configuration: the PORTOLAN_* variables of `.env.example`;
those that name the servers started here are set by this file for its children.
"""

import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from types import FrameType

from app.embedded import OWNER_ROLE, GroundError, Services
from app.tether import Child, tethered

ROOT = Path(__file__).resolve().parent.parent
SANDBOX_DATABASE = "portolan_sandbox"
OWN_FUNDS = " ".join(f"{code}:5000000" for code in ("usd", "eur", "gbp", "jpy", "cny"))
"""Minor units of our own money at the sandbox: what it charges for card payments is paid from that."""
APPLIED_MIGRATIONS = """
SELECT 'SELECT version_num FROM alembic_version' WHERE to_regclass('alembic_version') IS NOT NULL \\gexec
"""
REVISION = re.compile(r"^(down_)?revision\b[^=]*= *['\"](\w+)['\"]", re.MULTILINE)
CLEAR_LINE = "\r\033[K"
QUIET = 10.0  # seconds between two lines of progress where they cannot replace each other
READY_PATIENCE = 180.0  # seconds for a process to answer on its port; a busy machine is slow to load it
END_PATIENCE = 15.0


class Stop(Exception):
    """Ctrl-C, or a signal to end."""


def main() -> int:
    """Run until told to stop. Exit code 0, or 1 after one sentence on standard error."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        run(Path(os.environ.get("PORTOLAN_DATA_DIR", ROOT / ".data")).expanduser().resolve())
    except Stop:
        print("Stopped.")
        return 0
    except GroundError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def run(data_dir: Path) -> None:
    """Start everything on `data_dir` and watch it. Ends by Stop or GroundError, with nothing left running."""
    port = wanted_port("PORTOLAN_PORT", "8000")
    sandbox_port = wanted_port("PORTOLAN_SANDBOX_PORT", "0")
    children: list[Child] = []
    services: Services | None = None
    began = time.monotonic()
    try:
        with step("Starting PostgreSQL and Redis"):
            services = Services.start(data_dir)
            services.create_database(SANDBOX_DATABASE, owner=SANDBOX_DATABASE)
            children += services.children
        env = environment(services, port, sandbox_port)
        children.append(start("sandbox", "payments.sandbox", env=env, data_dir=data_dir))
        migrate(services, env)
        people = seed(env, data_dir)
        with step("Starting web and worker"):
            children.append(start("web", "app.cli", "serve", "--workers", "1", env=env, data_dir=data_dir))
            wait_for_port(sandbox_port, children)
            wait_for_page(web_address(), port, "/healthz", children)
        print(f"\nPortolan is ready after {time.monotonic() - began:.1f} s: {env['PORTOLAN_BASE_URL']}\n")
        print(accounts(json.loads(people)))
        print(f"\nThe payment sandbox, its state and its faults: {env['PORTOLAN_STRIPE_API_BASE']}/")
        print(f"Logs are in {data_dir / 'log'}. Ctrl-C stops everything; `make clean-data` begins anew.", flush=True)
        watch(children)
    finally:
        end(children, services)


def environment(services: Services, port: int, sandbox_port: int) -> dict[str, str]:
    """What the children are told: the caller's own PORTOLAN_* variables, and the addresses of what runs here."""
    webhook_secret = f"whsec_{secrets.token_hex(24)}"
    base_url = os.environ.get("PORTOLAN_BASE_URL", f"http://localhost:{port}")
    return {
        **os.environ,
        **bytecode(services.data_dir),
        "PYTHONUNBUFFERED": "1",
        "PORTOLAN_PORT": str(port),
        "PORTOLAN_BASE_URL": base_url,
        "PORTOLAN_DATA_DIR": str(services.data_dir),
        "PORTOLAN_DATABASE_URL": services.postgres_url(),
        "PORTOLAN_MIGRATION_DATABASE_URL": services.postgres_url(role=OWNER_ROLE),
        "PORTOLAN_REDIS_URL": services.redis_url,
        "PORTOLAN_STRIPE_API_BASE": f"http://127.0.0.1:{sandbox_port}",
        "PORTOLAN_STRIPE_SECRET_KEY": "sk_test_sandbox",
        "PORTOLAN_STRIPE_WEBHOOK_SECRET": webhook_secret,
        "PORTOLAN_SANDBOX_DATABASE_URL": services.postgres_url(SANDBOX_DATABASE, SANDBOX_DATABASE),
        "PORTOLAN_SANDBOX_PORT": str(sandbox_port),
        "PORTOLAN_SANDBOX_WEBHOOK_URL": f"http://{web_address()}:{port}/webhooks/stripe",
        "PORTOLAN_SANDBOX_WEBHOOK_SECRET": webhook_secret,
        "PORTOLAN_SANDBOX_OWN_FUNDS": OWN_FUNDS,
        # Letters lie at /dev/mail, and can be answered there.
        "PORTOLAN_ANSWERS_DOMAIN": os.environ.get("PORTOLAN_ANSWERS_DOMAIN", "reply.portolan.example"),
        "PORTOLAN_ANSWERS_AUTHORITY": os.environ.get("PORTOLAN_ANSWERS_AUTHORITY", "mx.portolan.example"),
        # At Stripe card money is pending for days; who tries a deal out should see it released and paid out at once.
        "PORTOLAN_SANDBOX_SETTLE_SECONDS": os.environ.get("PORTOLAN_SANDBOX_SETTLE_SECONDS", "0"),
    }


def bytecode(data_dir: Path) -> dict[str, str]:
    """Where Python must not leave bytecode beside the sources, it goes into the data directory.

    Without any, each of our processes would compile the whole application and its libraries at each start.
    """
    if not os.environ.get("PYTHONDONTWRITEBYTECODE"):
        return {}
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(data_dir / "bytecode")}


def web_host() -> str:
    """Where the web listens."""
    return os.environ.get("PORTOLAN_HOST", "127.0.0.1")


def web_address() -> str:
    """How this machine reaches it, as written in a URL."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web_host(), web_host())  # noqa: S104  translated, not listened on
    return f"[{host}]" if ":" in host else host


def wanted_port(variable: str, default: str) -> int:
    """The port named by an environment variable, "0" for any that is free. Raises GroundError when it is taken."""
    wanted = os.environ.get(variable, default)
    host = web_host()
    if not (wanted.isascii() and wanted.isdigit() and int(wanted) < 2**16):
        raise GroundError(f"{variable} must be a port number from 0 to 65535, not {wanted!r}.")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(wanted)))
        except OSError as error:
            raise GroundError(
                f"Port {wanted} on {host} cannot be used ({error.strerror}); set {variable} to a free one."
            ) from None
        return int(probe.getsockname()[1])


@contextmanager
def step(what: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done, and how long it took. Gives what shows how far it is, one line in place of the last.

    Not on a terminal, each line stands by itself, and those that follow too soon are left out.
    """
    began = shown = time.monotonic()
    told = False
    terminal = sys.stdout.isatty()
    print(f"{what}… ", end="", flush=True)

    def tell(progress: str) -> None:
        nonlocal shown, told
        if terminal:
            print(CLEAR_LINE + f"{what}… {progress}"[: shutil.get_terminal_size().columns - 1], end="", flush=True)
        elif time.monotonic() - shown >= QUIET:
            print(f"{'' if told else chr(10)}  {progress}", flush=True)
            shown, told = time.monotonic(), True

    yield tell
    start = f"{CLEAR_LINE}{what}… " if terminal else "  " if told else ""
    print(f"{start}{time.monotonic() - began:.1f} s", flush=True)


def command(env: Mapping[str, str], *words: str, tell: Callable[[str], None] = lambda _line: None) -> str:
    """Run one `portolan` command to its end and return what it printed. Raises GroundError with its last words.

    tell  gets each line that the command writes on standard error, as soon as it is there
    """
    errors = []
    with (
        tempfile.TemporaryFile("w+") as printed,
        subprocess.Popen(  # noqa: S603  our own commands
            tethered([sys.executable, "-m", "app.cli", *words]),
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            for line in process.stderr or ():
                errors.append(line)
                tell(line.rstrip())
            process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        printed.seek(0)
        output = printed.read()
    if process.returncode != 0:
        log = Path(env["PORTOLAN_DATA_DIR"]) / "log" / f"{words[0]}.log"
        log.write_text(output + "".join(errors))
        last = ([line for line in errors if line.strip()] or ["it gave no reason"])[-1]
        raise GroundError(f"`portolan {' '.join(words)}` failed: {last.strip().rstrip('.')}; its log is {log}.")
    return output


def migrate(services: Services, env: Mapping[str, str]) -> None:
    """Bring the schema up to date. The database is asked first: `portolan migrate` loads the whole application."""
    newest = newest_revisions()
    if not newest or set(services.ask(APPLIED_MIGRATIONS).split()) != newest:
        with step("Bringing the database up to date"):
            command(env, "migrate")


def newest_revisions() -> set[str]:
    """The revisions that no other follows, read from the files: loading Alembic for it would take a second."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "migrations" / "versions").glob("*.py")]
    named = [(bool(down), name) for text in texts for down, name in REVISION.findall(text)]
    return {name for down, name in named if not down} - {name for down, name in named if down}


def seed(env: Mapping[str, str], data_dir: Path) -> str:
    """Build the demo world, the first time only.

    returns  what `portolan demo --json` printed, kept from that first time
    """
    kept = data_dir / "demo.json"
    if not kept.exists():
        with step("Building the demo world (once; about a minute)") as tell:
            people = command(env, "demo", "--json", tell=tell)
            kept.touch(mode=0o600)
            kept.write_text(people)
    return kept.read_text()


def start(name: str, module: str, *words: str, env: Mapping[str, str], data_dir: Path) -> Child:
    log = data_dir / "log" / f"{name}.log"
    return Child(name, [sys.executable, "-m", module, *words], log=log, cwd=ROOT, env=env)


def wait_for_port(port: int, children: Sequence[Child]) -> None:
    """Until something listens on the port of 127.0.0.1."""
    for _ in waiting(children, f"Nothing answers on port {port}"):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return


def wait_for_page(host: str, port: int, path: str, children: Sequence[Child]) -> None:
    """Until the page answers 200."""
    for _ in waiting(children, f"{path} does not answer on port {port}"):
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == HTTPStatus.OK:
                return
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()


def waiting(children: Sequence[Child], what: str) -> Iterator[None]:
    """One turn each tenth of a second. Raises GroundError when a child ends, or READY_PATIENCE is over."""
    deadline = time.monotonic() + READY_PATIENCE
    while time.monotonic() < deadline:
        notice_the_dead(children)
        yield
        time.sleep(0.1)
    raise GroundError(f"{what} after {READY_PATIENCE:.0f} s; the log is {children[-1].log}.")


def watch(children: Sequence[Child]) -> None:
    """Until a child ends, which is a GroundError, or Stop."""
    while True:
        notice_the_dead(children)
        time.sleep(0.3)


def notice_the_dead(children: Sequence[Child]) -> None:
    for child in children:
        if child.exit_code is not None:
            raise GroundError(
                f"{child.name.capitalize()} ended unexpectedly (exit code {child.exit_code}); its log is {child.log}."
            )


def accounts(rows: Sequence[Mapping[str, str | None]]) -> str:
    """The first account of each role, as a table."""
    first: dict[str | None, Mapping[str, str | None]] = {}
    for row in rows:
        first.setdefault(row["role"], row)
    columns = ("role", "organisation", "email", "password")
    table = [columns, *([row[column] or "" for column in columns] for row in first.values())]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in table
    )


def end(children: Sequence[Child], services: Services | None) -> None:
    """End our processes side by side, then the servers below them. Further signals are not heard meanwhile."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    own = [child for child in children if not (services and child in services.children)]
    if own:
        print("\nStopping…", flush=True)
    for child in own:
        child.ask_to_end()
    for child in own:
        child.end(patience=END_PATIENCE)
    if services:
        services.stop()


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop


if __name__ == "__main__":
    sys.exit(main())
