"""Documents that are no export (invoices, contracts): CSV files, landed as one set that is replaced as a whole.

What was landed lies in ``landing/<name>/<name>.json``. What a month can depend on is kept beside it under its revision,
for as long as the home lasts, so that a closed month can be built again from it.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel

from orchestration.errors import DeliveryRefused, TieoutError
from orchestration.home import Home
from orchestration.landing.receipts import replace_text
from orchestration.landing.store import Store, open_store

if TYPE_CHECKING:
    from orchestration.estate import Estate

Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True)
class Landed(Generic[Document]):
    """All documents of an estate, as landed together.

    Attributes:
        fingerprint: sha256 over the files' names and contents.
        files: path → sha256.
        documents: in file and row order.
    """

    fingerprint: str
    files: dict[str, str]
    documents: tuple[Document, ...]


@dataclass(frozen=True)
class DocumentLanding(Generic[Document]):
    """What became of the documents.

    Attributes:
        landed: those in force now; None when there are none.
        is_new: whether they differ from what was in force before.
        refusals: why nothing was replaced; what was in force before stays.
    """

    landed: Landed[Document] | None = None
    is_new: bool = False
    refusals: list[TieoutError] = field(default_factory=list)

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents in force now."""
        return self.landed.documents if self.landed else ()


@dataclass(frozen=True)
class DocumentSet(Generic[Document]):
    """The documents of one sort.

    Attributes:
        name: of the estate file's key, whose location holds them, and of what is written.
        model: a document.
        read: path and content of a file → its documents, each with where it is. Raises DeliveryRefused.
        key: what no two documents may have in common; None for one that has nothing to be told by.
        key_column: the column that makes it so.
        twice: says of a document whose key another has: what was found, without where the other is; what was expected;
            and the cure.
        concerns: whether a billing period (YYYY-MM) can depend on a document.
        expected: what the location must hold.
        nothing: the revision of a period without documents.
    """

    name: str
    model: type[Document]
    read: Callable[[str, bytes], Iterable[tuple[str, Document]]]
    key: Callable[[Document], object | None]
    key_column: str
    twice: Callable[[Document], tuple[str, str, str]]
    concerns: Callable[[Document, str], bool]
    expected: str
    nothing: str = ""

    def land(self, estate: Estate, home: Home, *, store: Store | None = None) -> DocumentLanding[Document]:
        """Land the estate's documents: every CSV file of their location, as one set.

        Args:
            estate: names the location; without one there are no documents.
            home: where to land them.
            store: the opened location; None opens it.

        Returns:
            What is in force afterwards. A file that cannot be used is a refusal, and then nothing is replaced.
        """
        location = getattr(estate, self.name)
        if location is None:
            return DocumentLanding()
        before = self._landed(home)
        try:
            landed = self._read(store or open_store(location.location))
        except TieoutError as refusal:
            return DocumentLanding(before, refusals=[refusal])
        is_new = before is None or before.fingerprint != landed.fingerprint
        if is_new:
            content = {
                "fingerprint": landed.fingerprint,
                "files": landed.files,
                self.name: [document.model_dump(mode="json") for document in landed.documents],
            }
            replace_text(self._file(home), json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        return DocumentLanding(landed, is_new)

    def in_force(self, home: Home, estate: Estate) -> tuple[Document, ...]:
        """Return the documents that were landed last."""
        landed = self._landed(home) if getattr(estate, self.name) is not None else None
        return landed.documents if landed else ()

    def revision(self, documents: Iterable[Document], billing_period: str) -> str:
        """Return the identity of what a period can depend on: SHA-256 over the contents, in any order."""
        return self._revision(self._contents(documents, billing_period))

    def keep(self, home: Home, documents: Iterable[Document], billing_period: str) -> None:
        """Keep the documents of a period under the name of their revision, for as long as the home lasts."""
        content = self._contents(documents, billing_period)
        file = self.kept_file(home, self._revision(content))
        if content and not file.is_file():
            replace_text(file, content)
            file.chmod(0o444)

    def kept(self, home: Home, revision: str) -> list[Document]:
        """Return the documents that were kept under a revision; none for a period without any."""
        file = self.kept_file(home, revision)
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        return [self.model.model_validate_json(line) for line in lines]

    def kept_file(self, home: Home, revision: str) -> Path:
        """Return where the documents of a revision are kept, one per line; its SHA-256 is the revision."""
        return home.landing / self.name / "kept" / f"{revision}.jsonl"

    def write(self, folder: Path, documents: Iterable[Document]) -> None:
        """Write documents as the CSV file that an estate's are read from."""
        folder.mkdir(parents=True)
        with (folder / f"{self.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(self.model.model_fields)
            for document in documents:
                values = document.model_dump().values()
                writer.writerow([f"{value:f}" if isinstance(value, Decimal) else value for value in values])

    def _contents(self, documents: Iterable[Document], billing_period: str) -> str:
        return "\n".join(
            sorted(document.model_dump_json() for document in documents if self.concerns(document, billing_period))
        )

    def _revision(self, content: str) -> str:
        return _sha256(content.encode()) if content else self.nothing

    def _file(self, home: Home) -> Path:
        return home.landing / self.name / f"{self.name}.json"

    def _landed(self, home: Home) -> Landed[Document] | None:
        file = self._file(home)
        if not file.is_file():
            return None
        content = json.loads(file.read_bytes())
        documents = tuple(self.model.model_validate(document) for document in content[self.name])
        return Landed(content["fingerprint"], content["files"], documents)

    def _read(self, store: Store) -> Landed[Document]:
        hashes: dict[str, str] = {}
        documents: list[Document] = []
        first: dict[object, str] = {}
        for path in store.files():
            if PurePosixPath(path).suffix.lower() != ".csv":
                continue
            content = store.read(path)
            hashes[path] = _sha256(content)
            for where, document in self.read(path, content):
                key = self.key(document)
                if key is not None and key in first:
                    found, expected, cure = self.twice(document)
                    raise DeliveryRefused(
                        f"{where}: {self.key_column}",
                        found=f"{found}, already at {first[key]}",
                        expected=expected,
                        cure=cure,
                    )
                if key is not None:
                    first[key] = where
                documents.append(document)
        if not hashes:
            raise DeliveryRefused(
                store.address,
                found="no CSV file",
                expected=self.expected,
                cure=f"Correct {self.name}.location in the estate file, or remove it.",
            )
        text = "\n".join(f"{path} {digest}" for path, digest in sorted(hashes.items()))
        return Landed(_sha256(text.encode()), hashes, tuple(documents))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
