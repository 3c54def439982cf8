"""Reading a CSV file with the line of every row; nothing is sniffed and nothing is guessed."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from orchestration.policy.findings import PolicyFinding


@dataclass(frozen=True)
class CsvFile:
    """The text of a CSV file.

    Attributes:
        header: column names, stripped; empty when the file has no header line.
        header_line: 1-based line of the header.
        rows: (1-based line on which the row begins, its cells) for each row that is not blank.

    """

    header: list[str]
    header_line: int
    rows: list[tuple[int, list[str]]]


def read_csv(path: Path) -> CsvFile:
    """Read a comma-separated UTF-8 file with double quotes.

    Raises:
        PolicyFinding: the bytes are not UTF-8, or a quote is left open or misplaced; names the line.

    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyFinding(
            str(path),
            content.count(b"\n", 0, error.start) + 1,
            found=f"the byte 0x{content[error.start]:02x}, which is not UTF-8",
            expected="a CSV file in UTF-8",
            cure="Save the file as 'CSV UTF-8'.",
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise PolicyFinding(
            str(path),
            begins,
            found=f"a row that cannot be read ({error})",
            expected='comma-separated cells; a cell with a comma or quote stands in double quotes, quotes doubled ("")',
            cure="Correct the quotes of the row.",
        ) from error
    if not records:
        return CsvFile([], 1, [])
    (header_line, header), *rows = records
    return CsvFile([name.strip() for name in header], header_line, rows)
