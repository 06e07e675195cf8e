"""Where a hosted model is asked, and with which key. Light, so that a check needs no client."""

import ipaddress
import os
from urllib.parse import urlsplit

from harness.errors import ConfigError

OPENAI = "https://api.openai.com/v1"
OPENAI_KEY = "OPENAI_API_KEY"

NO_KEY = "none"
"""What a local server gets where no key is set: the client insists on some key."""


def is_local(base_url: str) -> bool:
    """Return whether the address is this machine or its own network.

    >>> is_local("http://localhost:8000/v1"), is_local("http://10.0.0.7/v1"), is_local(OPENAI)
    (True, True, False)
    """
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))


def find_key(what: str, base_url: str, variable: str) -> str:
    """Return the key in an environment variable; a local server needs none.

    Raises:
        ConfigError: The address is none, or it is not local and the variable is not set; the
            message begins with `what`.
    """
    address = urlsplit(base_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ConfigError(
            f"{what}: base_url {base_url!r}: write it as http://HOST:PORT/v1 or https://..."
        )
    key = os.environ.get(variable, "").strip()
    if not key and not is_local(base_url):
        raise ConfigError(
            f"{what}: {address.hostname} asks for a key and the environment variable {variable} "
            "is not set; set it, or name another one with api_key_env"
        )
    return key or NO_KEY
