"""The program that counts figures again, as one file that Python runs by itself."""

import io
import zipfile
from functools import cache
from pathlib import Path

from app.indicators import figures

PACKAGE = Path(figures.__file__).parent
ROOT = PACKAGE.parents[2]
MAIN = "import sys\nfrom app.indicators.figures.recompute import main\n\nsys.exit(main(sys.argv[1:]))\n"


@cache
def packed() -> bytes:
    """A ZIP with `__main__.py` (PEP 441): the package that counted, and nothing else."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        files = [ROOT / "app" / "__init__.py", PACKAGE.parent / "__init__.py", *sorted(PACKAGE.glob("*.py"))]
        for path in files:
            archive.writestr(zipfile.ZipInfo(path.relative_to(ROOT).as_posix()), path.read_bytes())
        archive.writestr(zipfile.ZipInfo("__main__.py"), MAIN)
    return found.getvalue()
