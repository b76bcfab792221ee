"""The worker that turns one template and its data into a PDF. Run as a script in a process of its own, then gone.

Standard input   JSON: `template`, `fonts` (a directory), `data`, `timestamp` (UNIX s), `cpu_seconds`, `memory_bytes`
Standard output  the PDF (PDF/A-2b)
Exit             0, or 1 with the compiler's message on standard error; a broken limit ends it by signal

It imports nothing of Portolan, so that it starts in milliseconds and holds no secrets. The data reaches the template as
a JSON value, never as markup; the compiler can read the template's own directory and nothing else.
"""

import json
import resource
import sys
from pathlib import Path

import typst


def main() -> int:
    job = json.load(sys.stdin.buffer)
    # The kernel counts both against this process alone: SIGXCPU at the soft limit, failed allocations at the other.
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_seconds"], job["cpu_seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    template = Path(job["template"])
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[job["fonts"]])
    try:
        document = typst.compile(
            template,
            root=template.parent,
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(job["data"], ensure_ascii=False)},
            format="pdf",
            pdf_standards=["a-2b"],
            timestamp=job["timestamp"],
        )
    except typst.TypstError as error:
        sys.stderr.write(error.message)
        return 1
    sys.stdout.buffer.write(document)
    return 0


if __name__ == "__main__":
    sys.exit(main())
