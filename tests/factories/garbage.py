"""What people hand in that nobody should: by what it is, and what it calls itself."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from pypdf import PdfWriter

from tests.factories.files import PDF


def packed(entries: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def png(width: int, height: int, pixels: bytes) -> bytes:
    """With a header that promises a size, whatever `pixels` there are."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def locked() -> bytes:
    """A PDF that opens with a password."""
    writer, made = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.encrypt("secret")
    writer.write(made)
    return made.getvalue()


WORKBOOK = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "'
    + b"ha" * 20
    + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(9))
    + b"]><x>&j;</x>"
)
BOMB = packed(WORKBOOK | {"xl/worksheets/sheet1.xml": bytes(30_000_000)})

GARBAGE: dict[str, tuple[str, bytes]] = {
    "a program of Windows": ("invoice.pdf", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(400)),
    "a program of Linux": ("photo.jpg", b"\x7fELF\x02\x01\x01" + bytes(400)),
    "a script": ("prices.csv", b"#!/bin/sh\nrm -rf /\n"),
    "nothing": ("empty.pdf", b""),
    "noise": ("noise.xlsx", bytes(range(256)) * 4),
    "a page of the web": ("licence.pdf", b"<html><script>alert(1)</script></html>"),
    "a page that is a PDF further down": ("licence.pdf", b"<!--\n" + PDF + b"--><script>alert(1)</script>"),
    "a PDF that is cut off": ("cut.pdf", PDF[:150]),
    "a PDF with a password": ("locked.pdf", locked()),
    "a PDF in name alone": ("name.pdf", b"%PDF-1.7\n" + b"\x00\xff" * 500),
    "a PNG of ten thousand million pixels": ("bomb.png", png(100_000, 100_000, bytes(1000))),
    "a PNG that is cut off": ("cut.png", png(400, 300, bytes(1000))[:-30]),
    "a JPEG in name alone": ("name.jpg", b"\xff\xd8\xff\xe0" + bytes(500)),
    "a workbook that unpacks without end": ("bomb.xlsx", BOMB),
    "a workbook that is cut off": ("cut.xlsx", packed(WORKBOOK)[:-40]),
    "an archive with a program": ("goods.xlsx", packed({"setup.exe": b"MZ"})),
    "a workbook with macros": ("macros.xlsx", packed(WORKBOOK | {"xl/vbaProject.bin": b"\0" * 99})),
    "XML that grows without end": ("statement.xml", LAUGHS),
}
"""Refused wherever a file is taken, whatever is taken there."""
