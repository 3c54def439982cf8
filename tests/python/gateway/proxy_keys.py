"""LiteLLM's ``custom_auth``: the keys of the tests, with the metadata that a key database would have."""

import json
import os
from pathlib import Path

from litellm.proxy._types import UserAPIKeyAuth


async def user_api_key_auth(request, api_key: str) -> UserAPIKeyAuth:
    """Return who a key belongs to."""
    keys = json.loads(Path(os.environ["GATEWAY_TEST_KEYS"]).read_text())
    if api_key not in keys:
        raise ValueError("no such key")
    return UserAPIKeyAuth(api_key=api_key, **keys[api_key])
