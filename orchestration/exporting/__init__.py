"""FOCUS datasets out of a publication: typed Parquet in the columns of one FOCUS version, with that version's metadata."""

from orchestration.exporting.columns import FOCUS_VERSIONS, FocusColumn, focus_columns
from orchestration.exporting.export import ExportedDataset, export_focus

__all__ = ["FOCUS_VERSIONS", "ExportedDataset", "FocusColumn", "export_focus", "focus_columns"]
