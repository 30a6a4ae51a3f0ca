"""Opens an export whatever it is wrapped and written in: zip or gzip, UTF-8, UTF-16 or Windows-1252, CSV or JSON."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, cast

from bot.errors import BadInput

CHUNK = 1 << 20
# More than this unpacked is no help desk's export but a bomb.
MOST_BYTES = 8 << 30
UNDEFINED_IN_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)


class Form(StrEnum):
    """How the rows are written down."""

    CSV = "CSV"
    ARRAY = "a JSON array"
    LINES = "JSON Lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that was read through once: what it holds, in which letters, and the hash of its content."""

    path: Path
    size_and_time: tuple[int, int]
    name: str
    form: Form
    encoding: str
    digest: str
    has_nul: bool
    notes: tuple[str, ...]
    open_bytes: Callable[[], IO[bytes]]

    def is_unchanged(self) -> bool:
        """Whether the file is still the one that was read through."""
        try:
            return _size_and_time(self.path) == self.size_and_time
        except OSError:
            return False

    @contextmanager
    def text(self) -> Iterator[IO[str]]:
        """The content from its start, line ends untouched. Raises BadInput when the bytes are not in the encoding."""
        with self.open_bytes() as raw, io.TextIOWrapper(raw, self.encoding, newline="") as text:
            try:
                yield text
            except UnicodeDecodeError as error:
                raise BadInput(
                    f"{self.name} is not in {self.encoding}: {error.reason} at byte {error.start}.",
                    still_true="Nothing was imported.",
                    next_step="Leave `encoding` out of the mapping to have it found, or name the right one.",
                ) from error


def find_source(path: Path, encoding: str | None) -> Source:
    """Read a file through once to learn what it is. Raises BadInput for what is missing, garbled, locked or empty."""
    try:
        size_and_time = _size_and_time(path)
        open_bytes, name = _unwrapped(path)
        survey = _survey(open_bytes, encoding)
    except BROKEN as error:
        raise _unreadable(path, error) from error
    if survey.start.strip("\ufeff \r\n\t") == "":
        raise BadInput(f"{name} is empty.", still_true="Nothing was imported.", next_step="Export it again.")
    return Source(
        path=path,
        size_and_time=size_and_time,
        name=name,
        form=_form(survey.start),
        encoding=survey.encoding,
        digest=survey.digest,
        has_nul=survey.has_nul,
        notes=survey.notes,
        open_bytes=open_bytes,
    )


def _size_and_time(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns


def _unwrapped(path: Path) -> tuple[Callable[[], IO[bytes]], str]:
    with path.open("rb") as raw:
        magic = raw.read(4)
    if magic == b"PK\x03\x04" or magic == b"PK\x05\x06":
        member = _only_member(path)
        return lambda: _open_member(path, member), PurePosixPath(member).name
    if magic[:2] == b"\x1f\x8b":
        return lambda: cast("IO[bytes]", gzip.open(path, "rb")), path.name
    return lambda: path.open("rb"), path.name


def _only_member(path: Path) -> str:
    with zipfile.ZipFile(path) as bundle:
        names = [PurePosixPath(info.filename) for info in bundle.infolist() if not info.is_dir()]
    names = [name for name in names if not name.name.startswith(".") and name.parts[0] != "__MACOSX"]
    if len(names) != 1:
        raise BadInput(
            f"{path.name} holds {len(names)} files, not one.",
            still_true="Nothing was imported.",
            next_step="Pack only the export, or give the unpacked file.",
        )
    return str(names[0])


def _open_member(path: Path, member: str) -> IO[bytes]:
    bundle = zipfile.ZipFile(path)
    inside = bundle.open(member)
    bundle.close()  # the member keeps the file open until it is closed itself
    return inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one reading of all bytes tells."""

    encoding: str
    digest: str
    has_nul: bool
    notes: tuple[str, ...]
    start: str


def _survey(open_bytes: Callable[[], IO[bytes]], encoding: str | None) -> Survey:
    digest, decoder = sha256(), codecs.getincrementaldecoder("utf-8")()
    is_utf8, has_nul, only_cp1252, size, start = True, False, True, 0, b""
    with open_bytes() as raw:
        while chunk := raw.read(CHUNK):
            start = start or chunk[:CHUNK]
            digest.update(chunk)
            size += len(chunk)
            if size > MOST_BYTES:
                raise OSError(f"it holds more than {MOST_BYTES >> 30} GiB")
            has_nul = has_nul or b"\0" in chunk
            only_cp1252 = only_cp1252 and not any(byte in chunk for byte in UNDEFINED_IN_CP1252)
            is_utf8 = is_utf8 and _decodes(decoder, chunk)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    found, note = (encoding, None) if encoding else _encoding(start, is_utf8=is_utf8, only_cp1252=only_cp1252)
    wide = found.lower().replace("_", "-").startswith("utf-16")
    return Survey(
        encoding=found,
        digest=digest.hexdigest(),
        has_nul=has_nul and not wide,
        notes=(note,) if note else (),
        start=start[:65536].decode(found, "ignore"),
    )


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(start: bytes, *, is_utf8: bool, only_cp1252: bool) -> tuple[str, str | None]:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "Read as UTF-16."
    for encoding, nul_at in (("utf-16-le", 1), ("utf-16-be", 0)):
        # Without a mark, latin text in UTF-16 shows as a NUL in every other byte.
        if len(start) >= 4 and start[nul_at:64:2].count(0) > 0.8 * len(start[nul_at:64:2]):
            return encoding, "Read as UTF-16, although it does not say so."
    if is_utf8:
        return "utf-8-sig", None
    if only_cp1252:
        return "cp1252", "It is not UTF-8, so it was read as Windows-1252; name `encoding` in the mapping if letters look wrong."
    return "latin-1", "It is neither UTF-8 nor Windows-1252, so it was read as Latin-1; name `encoding` if letters look wrong."


def _form(start: str) -> Form:
    first = start.lstrip("\ufeff \r\n\t")[:1]
    return {"[": Form.ARRAY, "{": Form.LINES}.get(first, Form.CSV)


def _unreadable(path: Path, error: Exception) -> BadInput:
    match error:
        case FileNotFoundError():
            what, then = f"There is no file {path.name}", "Check the path."
        case IsADirectoryError():
            what, then = f"{path.name} is a folder", "Give the path of one file."
        case PermissionError():
            what, then = f"{path.name} may not be read by this user", "Change its permissions."
        case RuntimeError():
            what, then = f"{path.name} is locked with a password or packed in an unknown way", "Unpack it first."
        case _:
            what, then = f"{path.name} is damaged or no archive: {str(error)[:80]}", "Export or download it again."
    return BadInput(f"{what}.", still_true="Nothing was imported.", next_step=then)
