"""What a changed policy would move, in money, before it is in force. Nothing published is touched."""

from orchestration.preview.model import Effect, Move, PolicyChange, Preview
from orchestration.preview.preview import preview_policy

__all__ = ["Effect", "Move", "PolicyChange", "Preview", "preview_policy"]
