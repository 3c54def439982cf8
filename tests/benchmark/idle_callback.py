"""A LiteLLM callback that does nothing: what the proxy itself does for any callback."""

from __future__ import annotations

from typing import Any

from litellm.integrations.custom_logger import CustomLogger


class Idle(CustomLogger):
    """Has the hooks that Tieout's plug-in has."""

    async def async_pre_call_hook(self, user_api_key_dict: Any, cache: Any, data: Any, call_type: str) -> Any:
        return data

    async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        return


handler = Idle()
