"""How many slips of the finger lie between two words."""


def distance(a: str, b: str) -> int:
    """Optimal string alignment: letters added, left out, replaced, or two neighbours exchanged."""
    before: list[int] = []
    above: list[int] = []
    row = list(range(len(b) + 1))
    for i, char in enumerate(a, start=1):
        before, above, row = above, row, [i]
        for j, other in enumerate(b, start=1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (char != other))
            if i > 1 and j > 1 and char == b[j - 2] and a[i - 2] == other:
                best = min(best, before[j - 2] + 1)
            row.append(best)
    return row[-1]


def forgiven(word: str) -> int:
    """How many slips are forgiven in a word of this length."""
    return 0 if len(word) < 3 or any(char.isdigit() for char in word) else 1 if len(word) < 9 else 2
