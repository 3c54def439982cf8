"""Policy: the CSV files that say who owns what and how shared cost is divided.

``load_policy`` reads and validates a folder of them in one pass, ``write_policy`` puts them into the warehouse as
``dbt seed`` would, ``keep_policy`` keeps the files of a published policy for as long as the home lasts. ``tables.py``
declares each file, ``checks/`` holds one rule over them per module.
"""

from orchestration.policy.keeping import keep_policy, kept_policy, read_kept_policy
from orchestration.policy.loading import load_policy
from orchestration.policy.model import Policy
from orchestration.policy.writing import write_policy

__all__ = ["Policy", "keep_policy", "kept_policy", "load_policy", "read_kept_policy", "write_policy"]
