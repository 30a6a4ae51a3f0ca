"""How strict, how fast and how modern this Slack is; every figure can be changed while it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of a sandbox. Seconds are workspace seconds unless said otherwise."""

    ack_seconds: float = 3.0
    """How long a person waits for an ack: real seconds, whatever the workspace's clock does."""
    redelivery_seconds: tuple[float, ...] = (1.0, 60.0, 300.0)
    """When an unacked event comes again, counted from the attempt before."""
    file_seconds: float = 1.0
    """How long an upload is processed before a block may show it."""
    trigger_seconds: float = 3.0
    response_url_seconds: float = 1800.0
    response_url_uses: int = 5
    connection_seconds: float = 3600.0
    """How long a Socket Mode connection lives before it is asked to refresh."""
    warning_seconds: float = 10.0
    """How long before that the warning comes."""
    ping_seconds: float = 10.0
    """Real seconds between the server's own pings."""
    max_connections: int = 10
    limits: str = "generous"
    """`generous`, `strict` (the published minimum of each tier) or `off`."""
    posts_per_minute: int | None = None
    """Workspace-wide limit of chat.postMessage; none unless strict (300) or set."""
    charts: bool = True
    """Whether blocks of type data_visualization and data_table have reached this workspace."""
    request_url: str = ""
    """Where signed requests go instead of Socket Mode; empty means Socket Mode."""
