"""How much of each: seconds in the suite, minutes in `make faults`, everything with PORTOLAN_FAULTS=full."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

LEVEL = os.environ.get("PORTOLAN_FAULTS", "quick")
LEVELS = ("quick", "long", "full")
SEED = int(os.environ.get("PORTOLAN_FAULTS_SEED", "20261121"))


def count(name: str, *, quick: int, long: int, full: int) -> int:
    """How many; PORTOLAN_FAULTS_<NAME> has the last word."""
    chosen = (quick, long, full)[LEVELS.index(LEVEL)]
    return int(os.environ.get(f"PORTOLAN_FAULTS_{name.upper()}", chosen))


def tell(name: str, **figures: float | str) -> None:
    """Add what a run came to, to the file that PORTOLAN_FAULTS_FIGURES names, if it names one."""
    path = os.environ.get("PORTOLAN_FAULTS_FIGURES")
    if path:
        row = {"name": name, "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "seed": SEED, **figures}
        with Path(path).open("a") as out:
            out.write(json.dumps(row) + "\n")
