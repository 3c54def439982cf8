"""A document as one HTML file that needs nothing else: no script, no address, its style inside."""

from __future__ import annotations

from functools import cache

import jinja2

from orchestration.reports.document import Document
from orchestration.reports.wording import shown


def as_html(document: Document) -> str:
    """Return the page; every text of the document is escaped, whoever wrote it."""
    return _template().render(document=document)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("orchestration.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    return environment.get_template("document.html")
