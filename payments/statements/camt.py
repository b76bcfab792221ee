"""Reads ISO 20022 account statements (camt.053.001.02 and .08) as a stream of heads, lines and feet.

Only the present entry is ever in memory. A file that is not what it should be raises StatementRefused with a sentence
in the reader's language; what was read before it then means nothing.
"""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from app.core.i18n import _, format_money
from app.core.money import Money, MoneyError
from payments.errors import StatementRefused
from payments.statements import entry as entries
from payments.statements.entry import ForeignCurrency, Line, Unreadable, at, local, text
from payments.statements.states import Direction

MESSAGES = frozenset({"camt.053.001.02", "camt.053.001.08"})
MOST_BYTES = 256 * 2**20
DEEPEST = 40
MOST_HELD = 50_000
"""Elements of one entry, or of what stands before the first, that may be in memory."""
OPENINGS, CLOSINGS = ("OPBD", "PRCD"), ("CLBD",)
"""Balance types (ISO 20022 BalanceType): booked opening, or the one before's closing; booked closing."""
_NAMESPACE = re.compile(
    r"\{urn:(?:iso:std:iso:20022:tech:xsd:|swift:xsd:)?(?P<message>[a-z]{4}\.\d{3}\.\d{3}\.\d{2})\}"
)
Source = IO[bytes] | gzip.GzipFile
_NOTHING_LEFT = {3, 5}  # expat: no element found, unclosed token


@dataclass(frozen=True, slots=True)
class Head:
    """What a statement says of itself. `sequence` is the bank's electronic number, where it gives one."""

    account: str
    currency: str
    bank_id: str
    sequence: int | None
    from_on: date | None
    to_on: date | None
    opening: Money
    closing: Money


@dataclass(frozen=True, slots=True)
class Foot:
    """The end of a statement: its lines lead from opening to closing, to the unit."""

    lines: int


def read(data: bytes) -> Iterator[Head | Line | Foot]:
    """Each statement of the file: its head, its booked lines in order, its foot. Raises StatementRefused.

    data  XML, plain or packed (gzip, or a zip with one file), at most 256 MB unpacked
    """
    known = False
    with closing(_opened(data)) as source:
        try:
            for found in _statements(_Counted(source)):
                known = True
                yield found
        except ParseError as error:
            raise _malformed(error, known) from error
        except DefusedXmlException as error:
            message = _("The file declares a document type or entities, which no statement does. It was not read.")
            raise _refused(message) from error
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise _refused(_("The packed file is damaged. Download it from the bank again.")) from error
        except ForeignCurrency as error:
            message = _("Entry %(number)s is in %(currency)s, which is not the currency of the statement.")
            raise _refused(message % {"number": error.number, "currency": error.element}) from error
        except Unreadable as error:
            message = _("Entry %(number)s cannot be read: %(element)s is missing or makes no sense.")
            raise _refused(message % {"number": error.number, "element": error.element}) from error
        except (LookupError, UnicodeError) as error:
            raise _refused(_("The file is in a character encoding that is not known.")) from error
    if not known:
        raise _refused(_("There is no statement in this file."))


def _opened(data: bytes) -> Source:
    if data[:2] == b"\x1f\x8b":
        return gzip.open(io.BytesIO(data))
    if data[:4] != b"PK\x03\x04":
        return io.BytesIO(data)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if len(names) != 1:
            raise _refused(_("The archive holds several files. Send them one by one."))
        return archive.open(names[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise _refused(_("The packed file is damaged. Download it from the bank again.")) from error


class _Counted:
    """A source that ends with a refusal when it is longer than any statement may be."""

    def __init__(self, source: Source) -> None:
        self._source, self._left, self._begun = source, MOST_BYTES, False

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(min(size, 1 << 16) if size > 0 else 1 << 16)
        if not self._begun and piece.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] != b"<":
            raise _refused(_("This is not an XML file."))
        self._begun = True
        self._left -= len(piece)
        if self._left < 0:
            raise _refused(_("The file is larger than 256 MB. Ask the bank for shorter periods."))
        return piece


def _malformed(error: ParseError, known: bool) -> StatementRefused:
    if error.code in _NOTHING_LEFT:
        return _refused(_("The file breaks off before its end. Download it from the bank again."))
    return _refused(_("The file is not well-formed XML: line %(line)s.") % {"line": error.position[0]})


def _statements(source: _Counted) -> Iterator[Head | Line | Foot]:
    """Walk the file. `path` holds the elements that are open; what is done with is let go at once."""
    path: list[Element] = []
    statement: _Statement | None = None
    message, held = "", 0
    for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            path.append(element)
            held += 1
            if len(path) > DEEPEST or held > MOST_HELD:
                raise _refused(_("The file is nested deeper, or an entry is longer, than in any statement."))
            message = message or _message(element, len(path))
            if message and statement is None and _local(element) == "Stmt":
                statement = _Statement(element, len(path))
            continue
        path.pop()
        if statement is not None and element is statement.element:
            yield from statement.end()
            statement = None
        elif statement is not None:
            yield from statement.closed(element, path)
        if path and (statement is None or not statement.wants(path)):
            path[-1].remove(element)
            held = len(path)


def _message(element: Element, depth: int) -> str:
    """The message's name from the Document's namespace; a bank's envelope may stand around it."""
    found = _NAMESPACE.match(element.tag)
    local = _local(element)
    if found and local == "Document":
        if found["message"] not in MESSAGES:
            raise _wrong_message(found["message"])
        return found["message"]
    if depth > 3 or (depth == 1 and local == "Document"):
        raise _wrong_message(local)
    return ""


def _wrong_message(found: str) -> StatementRefused:
    message = _("This is %(found)s. Statements are read as camt.053.001.02 or camt.053.001.08.")
    return _refused(message % {"found": found[:60]})


class _Statement:
    """One statement as it is read: facts first, then entries, which must lead from its opening to its closing."""

    def __init__(self, element: Element, depth: int) -> None:
        self.element, self.depth = element, depth
        self.head: Head | None = None
        self.reached = 0
        self.lines = 0
        self.number = 0
        self.details: list[entries.Detail] = []

    def wants(self, path: list[Element]) -> bool:
        """Whether a child of the last of `path` is still needed: parts of an entry until it ends, the children of the
        statement until the first entry ends, a transaction not at all."""
        if len(path) == self.depth:
            return self.head is None
        return _local(path[-1]) != "NtryDtls"

    def closed(self, element: Element, path: list[Element]) -> Iterator[Head | Line]:
        local = _local(element)
        if local == "TxDtls" and len(path) == self.depth + 2:
            self.details.append(entries.detail(element, path[self.depth]))
        if local != "Ntry" or len(path) != self.depth:
            return
        if self.head is None:
            self.head = self._head()
            yield self.head
            while self.element[0] is not element:  # what follows was parsed ahead
                self.element.remove(self.element[0])
        self.number += 1
        details, self.details = self.details, []
        for line in entries.lines(element, details, self.head.currency, number=self.number, after=self.lines):
            self.lines += 1
            self.reached += line.amount.minor if line.direction is Direction.CREDIT else -line.amount.minor
            yield line

    def end(self) -> Iterator[Head | Foot]:
        if self.head is None:
            self.head = self._head()
            yield self.head
        opening, ending = self.head.opening, self.head.closing
        if opening.minor + self.reached != ending.minor:
            message = _("The entries do not add up: from %(opening)s they lead to %(reached)s, not to %(closing)s.")
            raise _refused(
                message
                % {
                    "opening": format_money(opening),
                    "reached": _shown(opening.minor + self.reached, opening.currency),
                    "closing": format_money(ending),
                }
            )
        yield Foot(self.lines)

    def _head(self) -> Head:
        opening, ending = self._balance(OPENINGS), self._balance(CLOSINGS)
        account = at(self.element, "Acct", "Id")
        number = text(account, "IBAN") or text(account, "Othr", "Id")
        stated = text(self.element, "Acct", "Ccy") or opening.currency
        bank_id = text(self.element, "Id")
        for value, element in ((number, "Acct"), (bank_id, "Id")):
            if not value:
                raise _lacking(element)
        if {opening.currency, ending.currency} != {stated}:
            raise _refused(_("The balances of the statement are in several currencies."))
        sequence = text(self.element, "ElctrncSeqNb")
        return Head(
            account="".join(number.split()).upper()[:34],
            currency=stated,
            bank_id=bank_id[:70],
            sequence=int(sequence) if re.fullmatch(r"\d{1,18}", sequence, re.ASCII) else None,
            from_on=entries.day(at(self.element, "FrToDt", "FrDtTm")),
            to_on=entries.day(at(self.element, "FrToDt", "ToDtTm")),
            opening=opening,
            closing=ending,
        )

    def _balance(self, kinds: tuple[str, ...]) -> Money:
        found = {text(b, "Tp", "CdOrPrtry", "Cd"): b for b in self.element if _local(b) == "Bal"}
        for kind in kinds:
            if kind in found:
                return _signed(found[kind])
        raise _lacking(f"Bal {kinds[0]}")


def _signed(balance: Element) -> Money:
    try:
        amount = entries.amount(at(balance, "Amt"))
    except MoneyError as error:
        raise _refused(_("A balance of the statement is no amount of money.")) from error
    if amount is None:
        raise _lacking("Bal Amt")
    return -amount if text(balance, "CdtDbtInd") == "DBIT" else amount


def _shown(minor: int, currency: str) -> str:
    try:
        return format_money(Money(minor, currency))
    except MoneyError:
        return f"{currency} {minor}"


def _lacking(element: str) -> StatementRefused:
    return _refused(_("The statement has no %(element)s.") % {"element": element})


def _local(element: Element) -> str:
    return local(element.tag)


def _refused(message: str, **facts: Any) -> StatementRefused:
    return StatementRefused(message, field="file", **facts)
