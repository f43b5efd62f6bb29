"""Sockets to listen on, and ports that are free."""

import os
import socket

from dealwright.core.errors import ConfigError

BACKLOG = 2048


def listening(host: str, port: int, *, option: str = "--port") -> socket.socket:
    """Listen there. Raises ConfigError (`address_in_use`) when somebody else does, or may not.

    `option` is what would choose another port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        # What Python adds to the system's own words repeats host and port.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise ConfigError(
            f"Cannot listen at {host}, port {port}: {reason}. Choose another with {option}.",
            code="address_in_use",
        ) from error


def free_port(host: str = "127.0.0.1", port: int = 0, *, option: str = "--port") -> int:
    """A port that nobody listens on at this moment: this one, or with 0 any.

    Raises ConfigError (`address_in_use`).
    """
    with listening(host, port, option=option) as found:
        return found.getsockname()[1]
