"""What every service process is told, read from the environment (`MUTUA_...`) and from nowhere else.

A service extends `ServiceSettings` in its own settings.py. Secrets are files or `SecretStr`, so that no
log or trace can hold them.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings that all services share."""

    model_config = SettingsConfigDict(
        env_prefix="MUTUA_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    database_url: SecretStr
    """PostgreSQL, with the role of this process."""
    kafka_bootstrap: str = "127.0.0.1:9092"
    """Brokers, `host:port` with commas between."""
    namespace: str | None = None
    """Prefix of topics and groups where several stacks share a broker."""
    instance: str = "1"
    """Stable id of this process among those of its service: a restarted process takes its place at once."""
    http_host: str = "127.0.0.1"
    """Address to listen on."""
    http_port: int = 0
    """Port to listen on."""
    oidc_issuers: tuple[str, ...] = ()
    """Issuers of access tokens that are accepted (each is asked for its discovery document)."""
    oidc_audience: str = "mutua"
    """Audience that a token must name."""
    local_hosts: dict[str, str] = Field(default_factory=dict)
    """Invented hosts of a local stack and the loopback addresses that stand for them."""
    allow_loopback: bool = False
    """Whether addresses on this machine may be called: true in a local stack only."""
    otlp_endpoint: str | None = None
    """Where traces are sent (OTLP over HTTP); none are sent without it."""
    log_level: str = "INFO"
    """Lowest level that is logged."""
    log_file: Path | None = None
    """Log to this file in place of standard error."""
    pool_size: Annotated[int, Field(ge=2, le=32)] = 4
    """Connections to PostgreSQL."""
    batch_size: Annotated[int, Field(ge=1, le=5000)] = 500
    """Events in one transaction at most."""
    session_timeout_ms: Annotated[int, Field(ge=1000)] = 10_000
    """A consumer that is silent for so long loses its partitions."""
    stop_seconds: Annotated[float, Field(gt=0)] = 15.0
    """A process that is asked to stop has ended after so long; keep it below the orchestrator's limit."""
    relay_shards: Annotated[int, Field(ge=1, le=16)] = 1
    """Shards of the outbox; each has one leader among all processes."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    """Largest body of an HTTP request."""
