"""Pages for people: one description of a document, shown as HTML, Markdown, on a terminal, or as a workbook."""

from orchestration.reports.document import Column, Document, Section, Table, Value

__all__ = ["Column", "Document", "Section", "Table", "Value"]
