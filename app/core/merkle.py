"""Merkle trees over a list that only grows (RFC 9162 §2.1): roots, and proofs that something is in one.

A tree is known by its complete subtrees, each at (level, place): `place` counts subtrees of 2**level leaves from the
left. A subtree once complete never changes, so a longer list adds nodes and touches none.
"""

import hashlib
from collections.abc import Mapping, Sequence

Node = tuple[int, int]
Range = tuple[int, int]

EMPTY = hashlib.sha256().digest()


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """A tree to which leaves come one by one, of which only the complete subtrees at its edge are remembered."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []  # (level, hash), the widest first

    def add(self, leaf_hash: bytes) -> None:
        level, made = 0, leaf_hash
        while self._edge and self._edge[-1][0] == level:
            made = parent(self._edge.pop()[1], made)
            level += 1
        self._edge.append((level, made))
        self.size += 1

    @property
    def root(self) -> bytes:
        if not self._edge:
            return EMPTY
        *rest, (_level, made) = self._edge
        for _level, left in reversed(rest):
            made = parent(left, made)
        return made


def cover(start: int, end: int) -> list[Node]:
    """The complete subtrees that leaves `start` to `end` (not included) are made of, from the left."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append((level, start >> level))
        start += 1 << level
    return found


def hash_of(range_: Range, nodes: Mapping[Node, bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1 over the leaves of a range that starts where one of its splits does."""
    hashes = [nodes[node] for node in cover(*range_)]
    if not hashes:
        return EMPTY
    last = hashes.pop()
    while hashes:
        last = parent(hashes.pop(), last)
    return last


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def inclusion(index: int, size: int) -> list[Range]:
    """Whose hashes prove that leaf `index` is in the tree of `size` leaves, from the leaf upwards (§2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in the tree")
    path: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency(first: int, second: int) -> list[Range]:
    """Whose hashes prove that the tree of `first` leaves is the beginning of that of `second` (§2.1.4.1)."""
    if not 0 < first <= second:
        raise ValueError("the first tree is not within the second")
    path: list[Range] = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    return path[::-1] if whole else [(start, end), *path[::-1]]


def includes(root: bytes, size: int, index: int, leaf_hash: bytes, path: Sequence[bytes]) -> bool:
    """Check a proof of inclusion (§2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, made = index, size - 1, leaf_hash
    for step in path:
        if last == 0:
            return False
        if place % 2 or place == last:
            made = parent(step, made)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            made = parent(made, step)
        place, last = place >> 1, last >> 1
    return last == 0 and made == root


def continues(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Check a proof of consistency (§2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not steps:
        return False
    place, last = first - 1, second - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = parent(step, old), parent(step, new)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            new = parent(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
