"""The helper that turns a template and its data into a PDF.

A job is JSON: `template`, `fonts` (a directory), `data`, `timestamp` (UNIX s); the answer is the PDF (PDF/A-2b). The
data reaches the template as a JSON value, never as markup; the compiler can read the template's own directory and
nothing else.
"""

import json
from functools import lru_cache
from pathlib import Path

import typst

from app.core.workbench import Complaint, serve


@lru_cache(maxsize=1)
def _loaded(fonts: str) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])


def made(asked: bytes) -> bytes:
    job = json.loads(asked)
    template = Path(job["template"])
    try:
        return typst.compile(
            template,
            root=template.parent,
            font_paths=_loaded(job["fonts"]),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(job["data"], ensure_ascii=False)},
            format="pdf",
            pdf_standards=["a-2b"],
            timestamp=job["timestamp"],
        )
    except typst.TypstError as error:
        raise Complaint(error.message) from error


if __name__ == "__main__":
    serve(made)
