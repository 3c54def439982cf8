"""Errors that a user can cause, each with the place, what was found, what was expected, and the cure."""

from __future__ import annotations


class TieoutError(Exception):
    """A refusal that names its place and its cure.

    Attributes:
        where: file, with line or key when known (``estate.yml: sources[2].kind``).
        found: what was found there.
        expected: what would have been accepted.
        cure: what the reader can do about it.
    """

    def __init__(self, where: str, *, found: str, expected: str, cure: str) -> None:
        self.where = where
        self.found = found
        self.expected = expected
        self.cure = cure
        super().__init__(f"{where}: found {found}; expected {expected}. {cure}")


class ConfigurationError(TieoutError):
    """The estate file, a policy file or an option cannot be used (exit code 2)."""


class DeliveryRefused(TieoutError):  # noqa: N818 - the word Finance uses for it
    """A provider's delivery cannot be trusted; nothing of it was landed (exit code 2).

    Attributes:
        billing_period: the month (YYYY-MM) whose figures lack it; None when that is not known.
    """

    billing_period: str | None = None


class PolicyRefused(ConfigurationError):  # noqa: N818 - as above
    """Several policy findings at once; ``findings`` holds each with file, line and cure.

    Attributes:
        findings: every refusal found in one pass, in file and line order.
    """

    def __init__(self, findings: list[TieoutError]) -> None:
        self.findings = findings
        first = findings[0]
        super().__init__(
            first.where,
            found=first.found if len(findings) == 1 else f"{first.found} (and {len(findings) - 1} more findings)",
            expected=first.expected,
            cure=first.cure,
        )
