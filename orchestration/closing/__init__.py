"""Closing a period, so that what was published stays; replaying a closed one, to prove that it can be made again."""

from orchestration.closing.close import close_period
from orchestration.closing.replay import Replay, replay_period

__all__ = ["Replay", "close_period", "replay_period"]
