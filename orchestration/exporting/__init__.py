"""FOCUS datasets out of a publication: typed Parquet in the columns of a FOCUS version, with its metadata."""

from orchestration.exporting.columns import FOCUS_VERSIONS, FocusColumn, focus_columns
from orchestration.exporting.export import ExportedDataset, export_focus

__all__ = ["FOCUS_VERSIONS", "ExportedDataset", "FocusColumn", "export_focus", "focus_columns"]
