"""Sockets to listen on, and ports that are free."""

import socket

from dealwright.core.errors import ConfigError

BACKLOG = 2048


def listening(host: str, port: int) -> socket.socket:
    """Listen there. Raises ConfigError (`address_in_use`) when somebody else does, or may not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigError(
            f"Cannot listen at {host}, port {port}: {error.strerror}. Choose another with --port.",
            code="address_in_use",
        ) from error


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with listening(host, 0) as found:
        return found.getsockname()[1]
