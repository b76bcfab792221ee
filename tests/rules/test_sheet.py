"""Sheets in, row by row, with every fault at its cell; templates and tables out, harmless to open."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from app.core.errors import Invalid
from app.core.images import FileTooLarge, WrongFileType
from app.core.spreadsheets import neutral, write_csv
from listings.categories import category, check_attributes, leaves
from listings.imports import sheet
from listings.imports.columns import FIXED, by_heading, columns_for, plain
from listings.imports.sheet import Row, SheetRefused, read_rows
from listings.imports.template import template_csv, template_xlsx

REQUIRED = [column for column in FIXED if column.required]
HEADINGS = [column.key for column in REQUIRED]
CELLS = [column.example for column in REQUIRED]
EXPECTED = dict(zip(HEADINGS, CELLS, strict=True))


def in_csv(*rows: list[str], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def in_xlsx(
    *rows: list[object], title: str = "Products", change: Callable[[Workbook], object] = lambda _: None
) -> bytes:
    workbook = Workbook()
    page = workbook.worksheets[0]
    page.title = title
    for row in rows:
        page.append(row)
    change(workbook)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_the_encodings_spreadsheets_write(encoding: str, delimiter: str) -> None:
    data = in_csv([*HEADINGS, "title_zh"], [*CELLS, "白瓷马克杯，礼盒装"], delimiter=delimiter, encoding=encoding)
    assert list(read_rows(data)) == [Row(2, {**EXPECTED, "title_zh": "白瓷马克杯，礼盒装"}, {})]


def test_a_workbook_is_read_with_numbers_as_their_digits() -> None:
    headings = [*HEADINGS, "sample_price", "attributes.capacity_ml", "attributes.dishwasher_safe", "certificates"]
    data = in_xlsx([*headings], [*CELLS, 0.1 + 0.2, 350, True, None])
    [row] = read_rows(data)
    assert row.values == {
        **EXPECTED,
        "sample_price": "0.3",
        "attributes.capacity_ml": "350",
        "attributes.dishwasher_safe": "Yes",
    }


@pytest.mark.parametrize("pick", ["key", "en", "zh", "heading"])
def test_headings_are_known_in_either_language(pick: str) -> None:
    headings = [str(getattr(column, pick)) for column in REQUIRED]
    assert [row.values for row in read_rows(in_csv(headings, CELLS))] == [EXPECTED]


def test_no_two_columns_share_a_heading() -> None:
    columns = {c.key: c for leaf in leaves() for c in columns_for(leaf)}
    for name in ("en", "zh"):
        headings = [plain(getattr(column, name)) for column in columns.values()]
        assert len(headings) == len(set(headings))
    assert {column.key for column in by_heading().values()} == set(columns)


def test_blank_rows_are_passed_over_and_rows_keep_their_number() -> None:
    blank = [""] * len(CELLS)
    for data in (in_csv(blank, HEADINGS, blank, CELLS, blank), in_xlsx([], [*HEADINGS], [], [*CELLS], [" "])):
        assert [row.number for row in read_rows(data)] == [4]


@pytest.mark.parametrize(
    ("cell", "word"),
    [("a\x00b", "printed"), ("\x07", "printed"), ("x" * 10_001, "10000"), ("#REF!", "formula"), ("#DIV/0!", "formula")],
)
def test_a_bad_cell_is_told_with_its_row_and_the_others_are_read(cell: str, word: str) -> None:
    bad = [cell if key == "title_en" else value for key, value in EXPECTED.items()]
    first, second = read_rows(in_csv(HEADINGS, bad, CELLS))
    assert first.number == 2
    assert set(first.errors) == {"title_en"}
    assert word in first.errors["title_en"]
    assert first.values["reference"] == EXPECTED["reference"]
    assert second.errors == {}


def test_a_cell_without_heading_is_told_by_its_letter() -> None:
    [row] = read_rows(in_csv(HEADINGS, [*CELLS, "", "stray"]))
    assert list(row.errors) == [chr(ord("A") + len(CELLS) + 1)]


def test_ten_thousand_rows_are_read_and_one_more_is_refused() -> None:
    full = in_csv(HEADINGS, *[CELLS] * 10_000)
    assert sum(1 for _ in read_rows(full)) == 10_000
    rows = read_rows(in_csv(HEADINGS, *[CELLS] * 10_001))
    with pytest.raises(SheetRefused) as refused:
        list(rows)
    assert refused.value.facts["row"] == 10_002


def test_reading_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "ROW_LIMIT", 1)
    rows = read_rows(in_csv(HEADINGS, CELLS, CELLS))
    assert next(rows).number == 2
    with pytest.raises(SheetRefused):
        next(rows)


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        (b"", {}),
        (b"\n\n,,\n", {}),
        (in_csv(HEADINGS[1:], CELLS[1:]), {"row": 1}),
        (in_csv([*HEADINGS, "Colour of the sky"], CELLS), {"row": 1, "column": chr(ord("A") + len(HEADINGS))}),
        (in_csv([*HEADINGS, HEADINGS[0]], CELLS), {"row": 1, "column": chr(ord("A") + len(HEADINGS))}),
        (b"\xff\xff\xff,\x80", {}),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), {}),
        (in_xlsx(), {}),
    ],
)
def test_a_sheet_that_cannot_be_understood_is_refused_at_once(data: bytes, facts: dict[str, object]) -> None:
    with pytest.raises(SheetRefused) as refused:
        read_rows(data)
    assert set(refused.value.errors) == {"file"}
    assert facts.items() <= refused.value.facts.items()


def test_unmatched_quotation_marks_are_told_with_their_row() -> None:
    rows = read_rows(in_csv(HEADINGS, CELLS) + b'"LM-1" x,never closed\n')
    assert next(rows).number == 2
    with pytest.raises(SheetRefused) as refused:
        next(rows)
    assert refused.value.facts["row"] == 3


def test_merged_cells_are_refused_by_name() -> None:
    data = in_xlsx([*HEADINGS], [*CELLS], change=lambda book: book.worksheets[0].merge_cells("B2:C3"))
    with pytest.raises(SheetRefused, match="B2:C3"):
        read_rows(data)


def test_the_products_sheet_is_found_by_name_or_by_being_the_only_one() -> None:
    assert len(list(read_rows(in_xlsx([*HEADINGS], [*CELLS], title="Sheet1")))) == 1
    assert len(list(read_rows(in_xlsx([*HEADINGS], [*CELLS], title="产品", change=lambda b: b.create_sheet("x"))))) == 1
    with pytest.raises(SheetRefused, match="Products"):
        read_rows(in_xlsx([*HEADINGS], [*CELLS], title="Sheet1", change=lambda book: book.create_sheet("Sheet2")))


def test_a_row_far_below_is_refused_without_counting_there() -> None:
    data = in_xlsx([*HEADINGS], [*CELLS], change=lambda book: book.worksheets[0].cell(1_000_000, 1, "far"))
    with pytest.raises(SheetRefused, match="empty rows"):
        list(read_rows(data))


def altered(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.namelist():
            body = source.read(entry)
            target.writestr(entry, change(body) if entry == name else body)
    return file.getvalue()


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("change", [lambda body: body[: len(body) // 2], lambda _: b"<a/>", lambda _: b""])
def test_a_damaged_workbook_is_refused(name: str, change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(SheetRefused):
        list(read_rows(altered(in_xlsx([*HEADINGS], [*CELLS]), name, change)))


def test_a_bomb_of_entities_is_refused() -> None:
    def bomb(body: bytes) -> bytes:
        names = "abcdefghij"
        entities = '<!ENTITY a "xxxxxxxxxx">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names))
        text = re.sub(r"^<\?xml[^>]*\?>", "", body.decode())
        return f"<!DOCTYPE x [{entities}]>{text}".replace("reference", "&j;").encode()

    with pytest.raises(SheetRefused):
        list(read_rows(altered(in_xlsx([*HEADINGS], [*CELLS]), "xl/worksheets/sheet1.xml", bomb)))


def test_a_bomb_or_a_stranger_in_a_zip_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = in_xlsx([*HEADINGS], [*CELLS])
    with pytest.raises(FileTooLarge):
        read_rows(altered(whole, "xl/styles.xml", lambda _: bytes(50_000_000)))
    with pytest.raises(WrongFileType):
        read_rows(in_zip({"word/document.xml": b""}))
    monkeypatch.setattr(sheet, "SHEET_BYTES", 10)
    with pytest.raises(SheetRefused):
        read_rows(whole)


def in_zip(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, body in entries.items():
            packed.writestr(name, body)
    return file.getvalue()


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    with pytest.raises(Invalid):
        list(read_rows(data))


@pytest.mark.parametrize("slug", [None, *(leaf.slug for leaf in leaves())])
def test_every_template_reads_back_with_its_examples(slug: str | None) -> None:
    chosen = category(slug) if slug else None
    columns = columns_for(chosen)
    examples = [column.example for column in columns]
    workbook = load_workbook(io.BytesIO(template_xlsx(chosen)))
    workbook["Products"].append(examples)
    file = io.BytesIO()
    workbook.save(file)
    for data in (file.getvalue(), template_csv(chosen) + in_csv(examples)):
        [row] = read_rows(data)
        assert row.errors == {}
        assert row.values == {c.key: c.example for c in columns if c.example}
        if chosen:
            prefix = "attributes."
            values = {key.removeprefix(prefix): v for key, v in row.values.items() if key.startswith(prefix)}
            assert check_attributes(chosen, values)


def test_the_workbook_offers_lists_and_notes_in_both_languages() -> None:
    workbook = load_workbook(io.BytesIO(template_xlsx(category("mugs"))))
    page = workbook["Products"]
    assert page["A1"].value == "Item no. / 货号 *"
    assert page["A1"].comment is not None
    assert "货号" in page["A1"].comment.text
    lists = {str(v.sqref).split(":")[0]: v.formula1 for v in page.data_validations.dataValidation}
    assert lists["B2"] == f"Lists!$B$1:$B${len(leaves())}"
    assert workbook["Lists"].sheet_state == "hidden"
    assert workbook["Lists"]["B1"].value == leaves()[0].slug
    assert workbook["Notes 说明"]["A2"].value == "Item no. / 货号 *"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1", "＠x", "'=1"])
def test_what_could_run_is_written_as_text(text: str) -> None:
    assert neutral(text) == f"'{text}"
    [[written]] = csv.reader(io.StringIO(write_csv([text], []).decode("utf-8-sig"), newline=""))
    assert written == f"'{text}"


def test_a_table_opens_in_any_language_and_numbers_stay_numbers() -> None:
    data = write_csv(["Titel 标题", "=x"], [["a,b", -5], [None, 2.5]])
    assert data.decode("utf-8-sig") == 'Titel 标题,\'=x\r\n"a,b",-5\r\n,2.5\r\n'
    assert data.startswith(b"\xef\xbb\xbf")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=50).map(str.strip))
def test_what_is_written_is_read_back(title: str) -> None:
    values = EXPECTED | {"title_en": title}
    [row] = read_rows(write_csv(HEADINGS, [list(values.values())]))
    assert row.values.get("title_en", "") == title or "title_en" in row.errors
