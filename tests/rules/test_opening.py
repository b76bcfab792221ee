"""Under which names documents are kept, and that garbage is told apart before anybody relies on it."""

import pytest

from app.core.images import CSV, JPEG, PDF, PNG, FileTooLarge, FileUnreadable, WrongFileType
from app.core.opening import NAME_LENGTH, named, open_document
from app.core.payload import _shown
from tests.factories import files
from tests.factories.garbage import GARBAGE


@pytest.mark.parametrize(
    ("said", "document", "kept"),
    [
        ("licence.pdf", PDF, "licence.pdf"),
        ("LICENCE.PDF", PDF, "LICENCE.PDF"),
        ("photo.jpeg", JPEG, "photo.jpeg"),
        ("licence.exe", PDF, "licence.exe.pdf"),
        ("prices.bat", CSV, "prices.bat.csv"),
        ("page.html", CSV, "page.html.csv"),
        ("licence", PNG, "licence.png"),
        ("营业执照.pdf", PDF, "营业执照.pdf"),
        ("C:\\fakepath\\a.pdf", PDF, "a.pdf"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
        (".pdf", PDF, "file.pdf"),
        ("", PDF, "file.pdf"),
        ("\u202efdp.exe", PDF, "fdp.exe.pdf"),
        ("a\x00.exe\x00.pdf", PDF, "a.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", PDF, "aSet-Cookie: x.pdf"),
    ],
)
def test_a_name_says_what_the_file_is_and_nothing_that_does_not_show(said, document, kept):
    assert named(_shown(said), document) == kept
    assert named(said, document) == kept


@pytest.mark.parametrize("said", ["a" * 10_000, "a" * 10_000 + ".pdf", "执" * 500 + ".pdf"])
def test_a_long_name_keeps_its_ending(said):
    kept = named(said, PDF)
    assert len(kept) == NAME_LENGTH
    assert kept.endswith(".pdf")


@pytest.mark.parametrize("what", GARBAGE)
async def test_garbage_is_named(what):
    _name, data = GARBAGE[what]
    with pytest.raises((WrongFileType, FileUnreadable, FileTooLarge)) as refused:
        await open_document(data, field="licence")
    assert list(refused.value.errors) == ["licence"]


async def test_a_sound_document_is_opened_and_counted():
    opened = await open_document(files.PDF)
    assert (opened.document, opened.pages) == (PDF, 1)


async def test_what_has_more_pages_than_are_taken_is_refused():
    with pytest.raises(FileTooLarge):
        await open_document(files.PDF, most_pages=0)
