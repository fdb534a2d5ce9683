"""Kill-switches: the environment under which no library phones home. Set before any of them is imported.

Each name was found by running or reading the library (see docs/offline.md). What no variable stops (Chroma's default
embedder, unstructured's model download) is stopped in code where the library is used.
"""

import os
from collections.abc import MutableMapping

SWITCHES = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SHARE": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_MCP_SERVER": "False",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_XET": "1",
    "DISABLE_SAFETENSORS_CONVERSION": "1",
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "1",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "OTEL_SDK_DISABLED": "true",
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime from 1.29 on: a device id on disk, look-ups and uploads
    "TOKENIZERS_PARALLELISM": "true",
    "OMP_WAIT_POLICY": "PASSIVE",
}
REMOVED = (
    "GRADIO_ALLOWED_PATHS",
    "GRADIO_VIBE_MODE",
    "GRADIO_WATCH_DIRS",
    "GRADIO_HISTORY_BUCKET",
    "HF_TOKEN",
    "OPENAI_API_KEY",
)


def switch_off(environment: MutableMapping[str, str] | None = None) -> None:
    """Set every switch and remove what would switch a remote feature on; in `os.environ` unless another is given."""
    target = os.environ if environment is None else environment
    target.update(SWITCHES)
    for name in REMOVED:
        target.pop(name, None)
