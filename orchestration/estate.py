"""The estate file: what is billed, by whom, where its exports lie, and under which policy it is allocated."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from orchestration.currencies import is_currency
from orchestration.errors import ConfigurationError
from orchestration.landing.kinds import KINDS
from orchestration.notices.settings import Notifications, Smtp, Webhook

_REMOTE_SCHEMES = ("s3", "gs", "az")
_URL = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://")


Period = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
"""A month, ``YYYY-MM``."""


class _Strict(BaseModel):
    """A part of the estate file; a key it does not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """One supplier of deliveries.

    Attributes:
        id: stable name, lower-case letters, digits and hyphens; it is part of every charge's identity.
        kind: how its deliveries are laid out, one of `orchestration.landing.kinds.KINDS`.
        location: absolute folder or file, or an ``s3://``, ``gs://`` or ``az://`` address.
        first_period: the first month that is wanted, ``YYYY-MM``; earlier ones are not landed.
        last_period: the last month that is wanted.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    kind: str
    location: Annotated[str, Field(min_length=1)]
    first_period: Period | None = None
    last_period: Period | None = None

    def covers(self, billing_period: str) -> bool:
        """Whether a month is wanted of this source."""
        return (self.first_period or "") <= billing_period <= (self.last_period or "9999-12")

    @field_validator("last_period")
    @classmethod
    def _last_is_not_before_first(cls, period: str | None, info: ValidationInfo) -> str | None:
        first = info.data.get("first_period")
        if period and first and period < first:
            raise ValueError(f"{period} is before first_period {first}")
        return period

    @field_validator("kind")
    @classmethod
    def _kind_is_known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind}")
        return kind


class Invoices(_Strict):
    """Where the issuers' invoices lie: a folder of CSV files, or one CSV file."""

    location: Annotated[str, Field(min_length=1)]


class Contracts(_Strict):
    """Where negotiated commitments are written down: a folder of CSV files, or one CSV file."""

    location: Annotated[str, Field(min_length=1)]


class Estate(_Strict):
    """A validated estate file; every location in it is absolute.

    Attributes:
        path: the file it was read from.
        reporting_currency: ISO 4217 code that every currency is also reported in.
        sources: the suppliers, in file order.
        invoices: the invoices to tie to, if any.
        contracts: the negotiated commitments that no export tells of, if any.
        policy: the folder of policy files, if the estate has its own.
        notifications: how owners are told of changed rules, if they are.
    """

    path: Path
    reporting_currency: str
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    invoices: Invoices | None = None
    contracts: Contracts | None = None
    policy: Path | None = None
    notifications: Notifications | None = None

    @field_validator("reporting_currency")
    @classmethod
    def _currency_is_known(cls, currency: str) -> str:
        if not is_currency(currency):
            raise ValueError(f"{currency} is not an ISO 4217 currency code")
        return currency

    def source(self, source_id: str) -> Source:
        """Return the source called ``source_id``; ``KeyError`` if there is none."""
        for source in self.sources:
            if source.id == source_id:
                return source
        raise KeyError(source_id)


def load_estate(path: str | Path) -> Estate:
    """Read and validate an estate file.

    Args:
        path: the YAML file.

    Returns:
        The estate, locations resolved against the file's folder.

    Raises:
        ConfigurationError: the file is absent, is not YAML, or breaks a rule; the message names the line and key.
    """
    file = Path(path).expanduser().absolute()
    document, lines = _parse(file)
    _check_unique_ids(file, document, lines)
    try:
        return Estate.model_validate({**_resolved(document, file.parent), "path": file})
    except ValidationError as error:
        raise _as_configuration_error(file, document, lines, error) from None


_Path = tuple[str | int, ...]


def _parse(file: Path) -> tuple[dict[str, Any], dict[_Path, int]]:
    """Return the document and the 1-based line of every key and item in it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(
            str(file),
            found="no file",
            expected="an estate file (YAML)",
            cure="Check the path, or make a sample estate with `tieout sample DIR`.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            str(file),
            found=f"a file that cannot be read ({error})",
            expected="a readable UTF-8 YAML file",
            cure="Check the file's permissions and encoding.",
        ) from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigurationError(
            f"{file}{line}",
            found=f"text that is not YAML ({getattr(error, 'problem', None) or error})",
            expected="YAML with the keys reporting_currency, sources, invoices, contracts, policy, notifications",
            cure="Correct the indentation or quoting at that line.",
        ) from None
    lines: dict[_Path, int] = {}
    if root is not None:
        _mark(root, (), lines, file)
    if not isinstance(document, dict):
        raise ConfigurationError(
            f"{file}:1",
            found="an empty file" if document is None else f"a {type(document).__name__}",
            expected="a mapping with the keys reporting_currency, sources, invoices, contracts, policy, notifications",
            cure="Start the file with `reporting_currency:` and `sources:`.",
        )
    return document, lines


def _mark(node: yaml.Node, at: _Path, lines: dict[_Path, int], file: Path) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise ConfigurationError(
                    f"{file}:{key.start_mark.line + 1}: {_dotted((*at, name))}",
                    found="the key a second time",
                    expected="each key once",
                    cure="Remove one of the two.",
                )
            seen.add(name)
            lines[(*at, name)] = key.start_mark.line + 1
            _mark(value, (*at, name), lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _mark(item, (*at, index), lines, file)


def _resolved(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the document with every location absolute; anything malformed is left for the validation to name."""
    resolved = dict(document)
    if isinstance(document.get("sources"), list):
        resolved["sources"] = [_with_location(item, folder) for item in document["sources"]]
    for part in ("invoices", "contracts"):
        if part in document:
            resolved[part] = _with_location(document[part], folder)
    if isinstance(document.get("policy"), str):
        resolved["policy"] = _absolute(document["policy"], folder)
    return resolved


def _with_location(item: Any, folder: Path) -> Any:
    if isinstance(item, dict) and isinstance(item.get("location"), str):
        return {**item, "location": _absolute(item["location"], folder)}
    return item


def _absolute(location: str, folder: Path) -> str:
    if not location.strip() or _URL.match(location):
        return location.strip()
    return str((folder / Path(location).expanduser()).resolve())


def _check_unique_ids(file: Path, document: dict[str, Any], lines: dict[_Path, int]) -> None:
    first: dict[str, int] = {}
    sources = document.get("sources")
    for index, item in enumerate(sources if isinstance(sources, list) else []):
        if not isinstance(item, dict):
            continue
        at: _Path = ("sources", index, "id")
        source_id = str(item.get("id"))
        if source_id in first and "id" in item:
            raise ConfigurationError(
                _where(file, at, lines),
                found=f"the id {source_id}, already used at line {first[source_id]}",
                expected="an id of its own for each source",
                cure="Rename one of the two sources.",
            )
        first[source_id] = lines.get(at, 0)
        location = item.get("location")
        if isinstance(location, str) and (url := _URL.match(location)) and url["scheme"] not in _REMOTE_SCHEMES:
            raise ConfigurationError(
                _where(file, ("sources", index, "location"), lines),
                found=f"the address {location}",
                expected="a path, or an address that starts with s3://, gs:// or az://",
                cure="Copy the export to one of these, or give a path relative to the estate file.",
            )


def _as_configuration_error(
    file: Path, document: dict[str, Any], lines: dict[_Path, int], error: ValidationError
) -> ConfigurationError:
    """Turn the first validation finding into an error with its line; the count of the others is added."""
    findings = error.errors()
    finding = findings[0]
    at: _Path = tuple(finding["loc"])
    key = str(at[-1]) if at else ""
    value = finding.get("input")
    more = f" (and {len(findings) - 1} more findings)" if len(findings) > 1 else ""
    where = _where(file, at, lines)
    if finding["type"] == "extra_forbidden":
        allowed = sorted(_fields_at(at))
        return ConfigurationError(
            where,
            found=f"the unknown key {key}{more}",
            expected="one of " + ", ".join(allowed),
            cure=_did_you_mean(key, allowed) or "Remove the key.",
        )
    if finding["type"] == "missing":
        return ConfigurationError(
            where,
            found=f"no key {key}{more}",
            expected=f"the key {key}",
            cure=f"Add `{key}:` there.",
        )
    if key == "kind":
        kinds = sorted(KINDS)
        return ConfigurationError(
            where,
            found=f"the unknown kind {value}{more}",
            expected="one of " + ", ".join(kinds),
            cure=_did_you_mean(str(value), kinds) or "Choose the kind that matches the export's layout.",
        )
    if key == "id":
        return ConfigurationError(
            where,
            found=f"the id {value!r}{more}",
            expected="lower-case letters, digits and hyphens",
            cure="Rename the source; keep the name stable afterwards, it is part of every charge's key.",
        )
    if key in {"first_period", "last_period"}:
        return ConfigurationError(
            where,
            found=f"{value!r}{more}",
            expected="a month such as 2026-05, the last not before the first",
            cure="Write year and month; leave the key out where nothing bounds the source.",
        )
    if key == "reporting_currency":
        return ConfigurationError(
            where,
            found=f"{value!r}{more}",
            expected="an ISO 4217 currency code in capitals, such as USD or EUR",
            cure="Correct the code.",
        )
    return ConfigurationError(
        where,
        found=f"{_shown(value)}{more}",
        expected=str(finding["msg"]),
        cure=f"Correct {_dotted(at)}.",
    )


def _fields_at(at: _Path) -> list[str]:
    if at[0] == "sources" and len(at) > 1:
        return list(Source.model_fields)
    if at[0] in ("invoices", "contracts") and len(at) > 1:
        return list(Invoices.model_fields)
    if at[0] == "notifications" and len(at) > 1:
        if len(at) > 2 and at[1] in ("smtp", "webhook"):
            return list(Smtp.model_fields if at[1] == "smtp" else Webhook.model_fields)
        return list(Notifications.model_fields)
    return [name for name in Estate.model_fields if name != "path"]


def _did_you_mean(word: str, known: list[str]) -> str | None:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _where(file: Path, at: _Path, lines: dict[_Path, int]) -> str:
    probe = at
    while probe and probe not in lines:
        probe = probe[:-1]
    line = lines.get(probe, 1)
    return f"{file}:{line}: {_dotted(at)}" if at else f"{file}:{line}"


def _dotted(at: _Path) -> str:
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text
