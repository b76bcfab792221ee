"""Which orders are looked at: drawn from a list of marks by a public seed, so that anybody comes to the same.

Marks are sorted, each is hashed with the seed before it, and those with the least hashes are taken: SHA-256(seed ‖
mark), both as UTF-8, compared as hexadecimal digits. This file needs nothing but Python's standard library:

    python draw.py "seed" orders.txt [percent] [least]
"""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

PERCENT, LEAST = 5, 30
"""Of all orders, and so many at least."""


def size(orders: int, percent: int = PERCENT, least: int = LEAST) -> int:
    """How many of so many orders are drawn: the percentage rounded up, `least` at least, and never more than all."""
    return min(orders, max(least, -(-orders * percent // 100)))


def rank(seed: str, mark: str) -> str:
    """SHA-256(seed ‖ mark) in hexadecimal."""
    return hashlib.sha256((seed + mark).encode()).hexdigest()


def draw(seed: str, marks: Iterable[str], percent: int = PERCENT, least: int = LEAST) -> list[str]:
    """The marks drawn, in the order of their hashes. A mark that stands twice counts once."""
    found = sorted(set(marks))
    return sorted(found, key=lambda mark: rank(seed, mark))[: size(len(found), percent, least)]


def main(arguments: list[str]) -> int:
    """0 when drawn, 2 when a file cannot be read."""
    try:
        seed, path, *numbers = arguments
        marks = Path(path).read_text(encoding="utf-8").split()
        percent, least = [int(number) for number in numbers] + [PERCENT, LEAST][len(numbers) :]
    except (ValueError, OSError) as error:
        sys.stderr.write(f"usage: draw.py SEED ORDERS.txt [PERCENT] [LEAST]\n{error}\n")
        return 2
    sys.stdout.writelines(f"{mark}\n" for mark in draw(seed, marks, percent, least))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
