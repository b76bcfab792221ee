"""Merkle trees by the recursive words of RFC 9162 §2.1 against the ones that grow; every proof, and forged ones."""

import hashlib

import pytest

from app.core import merkle
from app.core.merkle import Growing, consistency, continues, hash_of, includes, inclusion, leaf, parent

MOST = 40
LEAVES = [leaf(bytes([n])) for n in range(MOST)]


def root(leaves):
    """MTH as §2.1.1 writes it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return parent(root(leaves[:k]), root(leaves[k:]))


def grown(size, leaves, known):
    """The complete subtrees that a list of `size` leaves gains with these, level by level."""
    made, row, first, level = {}, list(leaves), size, 0
    while row:
        made.update({(level, first + n): hash_ for n, hash_ in enumerate(row)})
        if first % 2:
            row, first = [known((level, first - 1)), *row], first - 1
        row = [parent(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
        first //= 2
        level += 1
    return made


def tree(*sizes):
    """Nodes of a list that grew to each size in turn."""
    nodes, size = {}, 0
    for end in sizes:
        nodes |= grown(size, LEAVES[size:end], nodes.__getitem__)
        size = end
    return nodes


def test_known_hashes():
    """The empty tree, and one leaf of nothing: test vectors that every implementation of RFC 6962 shares."""
    assert merkle.EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_roots_of_every_size():
    nodes = tree(MOST)
    for size in range(MOST + 1):
        assert hash_of((0, size), nodes) == root(LEAVES[:size])


def test_one_that_remembers_its_edge_alone_has_the_same_roots():
    growing = Growing()
    for size in range(MOST + 1):
        assert (growing.size, growing.root) == (size, root(LEAVES[:size]))
        if size < MOST:
            growing.add(LEAVES[size])


@pytest.mark.parametrize(
    "sizes", [(1, 2, 3, 40), (7, 8, 15, 40), (39, 40), tuple(range(1, 41)), (16, 32, 40), (13, 13, 40)]
)
def test_however_it_grew_it_is_the_same(sizes):
    assert tree(*sizes) == tree(MOST)


def test_growing_changes_nothing():
    before = tree(23)
    after = tree(23, 40)
    assert {node: after[node] for node in before} == before


def test_every_leaf_of_every_tree_is_proven_and_no_other():
    nodes = tree(MOST)
    for size in range(1, MOST + 1):
        top = root(LEAVES[:size])
        for index in range(size):
            path = [hash_of(range_, nodes) for range_ in inclusion(index, size)]
            assert includes(top, size, index, LEAVES[index], path)
            assert not includes(top, size, index, LEAVES[(index + 1) % MOST], path)
            assert not includes(top, size, (index + 1) % size, LEAVES[index], path) or size == 1
            assert not includes(top, size, index, LEAVES[index], [*path, top])
            assert not path or not includes(top, size, index, LEAVES[index], path[:-1])
            assert not includes(LEAVES[0] if size > 1 else top[::-1], size, index, LEAVES[index], path)


def test_every_tree_continues_every_smaller_one_and_no_other():
    nodes = tree(MOST)
    for second in range(1, MOST + 1):
        top = root(LEAVES[:second])
        for first in range(1, second + 1):
            path = [hash_of(range_, nodes) for range_ in consistency(first, second)]
            below = root(LEAVES[:first])
            assert continues(first, below, second, top, path)
            assert not continues(first, below[::-1], second, top, path)
            assert not continues(first, below, second, top[::-1], path)
            assert not continues(first, below, second, top, [*path, top])
            assert not path or not continues(first, below, second, top, path[:-1])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_what_is_not_in_a_tree_has_no_proof(index, size):
    with pytest.raises(ValueError, match="not in the tree"):
        inclusion(index, size)
    assert not includes(b"", size, index, b"", [])


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3)])
def test_a_larger_tree_is_not_the_beginning_of_a_smaller(first, second):
    with pytest.raises(ValueError, match="not within"):
        consistency(first, second)
    assert not continues(first, b"", second, b"", [])
