"""Counts the pages of the PDF on standard input. Run as a script in a process of its own, then gone.

Exit 0 with the number on standard output; anything else is a file that nobody should be asked to read.
"""

import io
import resource
import sys

from pyhanko.pdf_utils.reader import PdfFileReader

CPU_SECONDS = 5
MEMORY_BYTES = 512 * 2**20


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    document = PdfFileReader(io.BytesIO(sys.stdin.buffer.read()), strict=False)
    if document.encrypted:
        return 1
    sys.stdout.write(str(int(document.root["/Pages"]["/Count"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
