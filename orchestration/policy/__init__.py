"""Policy: the CSV files that say who owns what and how shared cost is divided.

``load_policy`` reads and validates a folder of them in one pass, ``write_policy`` puts them into the warehouse as
``dbt seed`` would. ``tables.py`` declares each file, ``checks/`` holds one rule over them per module.
"""

from orchestration.policy.loading import load_policy
from orchestration.policy.model import Policy
from orchestration.policy.writing import write_policy

__all__ = ["Policy", "load_policy", "write_policy"]
