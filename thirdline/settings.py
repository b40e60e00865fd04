"""What can this installation be told?

The top level of the configuration. Frozen, and each key says what it is for: the example file and
docs/configuration.md are printed from these descriptions.
"""

from datetime import date
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from thirdline.mode import Mode
from thirdline.settings_ehr import EhrSettings
from thirdline.settings_values import BaseUrl, Listen, Networks, Origins

PREFIX: Final = "THIRDLINE_"
_MOST_WORKERS: Final = 64


class Settings(BaseSettings):
    """The whole configuration. Relative paths are from the folder of the configuration file."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_ignore_empty=False
    )

    mode: Mode = Field(
        Mode.PRODUCTION,
        description=(
            '"production", or "sandbox": loopback only, http allowed, unsigned hooks allowed where'
            " an EHR's entry says so."
        ),
    )
    public_url: BaseUrl = Field(
        "",
        description=(
            "Where EHRs reach this service. /cds-services is below it, and tokens must name it in"
            " aud. https in production."
        ),
    )
    listen: Listen = Field(
        "127.0.0.1:8000",
        min_length=1,
        description=(
            "Address and port, or unix:/path of a socket. TLS is the proxy's: production listens"
            " beyond this machine only with trusted_proxies."
        ),
    )
    workers: int = Field(1, ge=1, le=_MOST_WORKERS, description="Worker processes.")
    metrics_listen: Listen = Field(
        "",
        description=(
            "Address and port of /metrics. Production serves it there and nowhere else; without"
            " it, not at all."
        ),
    )
    trusted_proxies: Networks = Field(
        (),
        description=(
            "IP addresses or networks of the TLS proxies. Only their X-Forwarded headers are"
            " believed."
        ),
    )
    database_url: str = Field(
        "sqlite+aiosqlite:///thirdline.db",
        repr=False,
        description=(
            "sqlite+aiosqlite:///file for one machine, or postgresql+psycopg://user@host/database."
        ),
    )
    database_url_file: str = Field(
        "", description="A file that holds database_url, so that a password is in no other place."
    )
    keys_file: str = Field(
        "thirdline-keys.json",
        min_length=1,
        description="The keys of what is encrypted at rest: thirdline keys new makes it.",
    )
    spool_folder: str = Field(
        "thirdline-spool",
        min_length=1,
        description="Where audit events wait while the database is away. Survives a restart.",
    )
    audit_file: str = Field(
        "", description="A file that every audit event is written to as well, one JSON line each."
    )
    cors_origins: Origins = Field((), description="Pages that may read the answers in a browser.")
    ca_file: str = Field("", description="Certificates (PEM) trusted in place of the usual ones.")
    discovery_requires_jwt: bool = Field(
        default=False, description="Discovery, too, is answered to signed calls only."
    )
    calls_at_once: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Calls a worker has in hand at the same time; further ones get 503 at once.",
    )
    today: date | None = Field(
        None,
        examples=[date(2026, 9, 1)],
        description="The day clinical rules take for today. Sandbox only; tokens ignore it.",
    )
    ehr: tuple[EhrSettings, ...] = Field((), description="The registered EHRs.")

    @property
    def is_sandbox(self) -> bool:
        """Whether this is sandbox mode."""
        return self.mode is Mode.SANDBOX

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is handed in and nothing else: ``settings_read`` reads file and environment."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)
