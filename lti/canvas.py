"""The configuration that a Canvas administrator gives to a developer key, by address or pasted.

Source: Canvas documentation, "Manually configuring LTI Advantage tools", anatomy of a JSON
configuration; `placements`, `text` and `privacy_level` are its names.
"""

from typing import Any

from lti import vocabulary as v
from lti.products import product
from lti.registration import CUSTOM_PARAMETERS, SCOPES, Tool

SELECTION_SIZE = {"selection_width": 800, "selection_height": 640}


def configuration(tool: Tool) -> dict[str, Any]:
    """The whole configuration. It names no school: the same for everybody who installs."""
    launch_url, kind = tool.base_url + tool.launch_path, product("canvas")
    links = [
        _placement(name, v.RESOURCE_LINK, tool.link_title or tool.name, launch_url)
        | {"default": "enabled", "visibility": "members"}
        for name in kind.link_placements
    ]
    selections = [
        _placement(name, v.DEEP_LINKING, tool.selection_title or tool.name, launch_url)
        | SELECTION_SIZE
        for name in kind.selection_placements
    ]
    return {
        "title": tool.name,
        "description": tool.description,
        "oidc_initiation_url": tool.base_url + tool.login_path,
        "target_link_uri": launch_url,
        "public_jwk_url": tool.base_url + tool.key_set_path,
        # Canvas knows these; groups and notices are no scopes of a developer key.
        "scopes": list(SCOPES),
        "custom_fields": {
            name: value for name, value in CUSTOM_PARAMETERS.items() if "Moodle" not in value
        },
        "extensions": [
            {
                "domain": tool.domain,
                "tool_id": "licheng",
                "platform": "canvas.instructure.com",
                "privacy_level": "public",
                "settings": {
                    "text": tool.link_title or tool.name,
                    "platform": "canvas.instructure.com",
                    "placements": [*links, *selections],
                },
            }
        ],
    }


def _placement(name: str, message: str, text: str, launch_url: str) -> dict[str, Any]:
    return {
        "placement": name,
        "message_type": message,
        "target_link_uri": launch_url,
        "text": text,
        "enabled": True,
    }
