"""Where the tests of this folder keep their data directories."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty directory. Not pytest's `tmp_path`: each pytest that starts closes the way to those of all others
    again, and servers that run as another user than root must pass.
    """
    folder = Path(tempfile.mkdtemp(prefix="portolan-ground-"))
    yield folder
    shutil.rmtree(folder)
