"""All settings, read once from the environment (prefix ``VCD_``) into a frozen value.

Every fault is reported at once, so that an operator mends a broken start in one go. Nothing else in the
product reads the environment. docs/configuration.md lists every setting; a test holds it to that.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

MIN_SECRET_BYTES = 32


class ConfigFaults(Exception):
    """Everything that is wrong with the settings."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("Virtual CD cannot start:\n" + "\n".join(f"  - {fault}" for fault in faults))


@dataclass(frozen=True)
class Config:
    """The settings. Tests build it directly. What holds a password is not shown when one is printed."""

    data_dir: Path
    database_url: str = field(repr=False)
    storage_url: str
    secret_keys: tuple[bytes, ...] = field(repr=False)
    env: str = "embedded"
    bind: str = "127.0.0.1:8000"
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    metrics_bind: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by TLS; decides cookie names and HSTS."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Config":
        """Read ``VCD_*`` from the environment. Raises ConfigFaults with all that is wrong."""
        return _Reader(os.environ if environ is None else environ).read()


class _Reader:
    """Reads settings and gathers faults."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def read(self) -> Config:
        env = self.one_of("VCD_ENV", "embedded", ("embedded", "production"))
        data_dir = Path(self.environ.get("VCD_DATA_DIR", "./var")).absolute()
        bind = self.checked("VCD_BIND", "127.0.0.1:8000", _is_bind, "HOST:PORT")
        base_url = self.checked(
            "VCD_BASE_URL", f"http://{bind}", _is_web_url, "an http(s) address without path"
        )
        database_url = self.checked(
            "VCD_DATABASE_URL",
            f"sqlite:///{data_dir / 'virtual-cd.sqlite'}",
            lambda url: url.startswith(("sqlite:///", "postgresql+psycopg://")),
            "sqlite:///… or postgresql+psycopg://…",
        )
        storage_url = self.checked(
            "VCD_STORAGE_URL",
            f"file://{data_dir / 'store'}",
            _is_storage_url,
            "file:///… or s3://bucket/prefix?endpoint=…",
        )
        config = Config(
            env=env,
            data_dir=data_dir,
            bind=bind,
            base_url=base_url.rstrip("/"),
            database_url=database_url,
            storage_url=storage_url,
            smtp_url=self.optional("VCD_SMTP_URL", ("smtp://", "smtps://")),
            redis_url=self.optional("VCD_REDIS_URL", ("redis://", "rediss://")),
            metrics_bind=self.checked(
                "VCD_METRICS_BIND", "", lambda text: not text or _is_bind(text), "HOST:PORT"
            )
            or None,
            trusted_hosts=tuple(filter(None, self.environ.get("VCD_TRUSTED_HOSTS", "").split(","))),
            trusted_proxies=self.whole("VCD_TRUSTED_PROXIES", 0),
            secret_keys=self.secret_keys(env, data_dir),
        )
        if env == "production" and not config.secure:
            self.faults.append("VCD_BASE_URL must start with https:// in production")
        if self.faults:
            raise ConfigFaults(self.faults)
        return config

    def one_of(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        return self.checked(name, default, lambda text: text in choices, " or ".join(choices))

    def checked(self, name: str, default: str, good: Callable[[str], bool], wanted: str) -> str:
        text = self.environ.get(name) or default
        if not good(text):
            self.faults.append(f"{name} is not {wanted}")
        return text

    def optional(self, name: str, schemes: tuple[str, ...]) -> str | None:
        text = self.secret(name)
        if text and not text.startswith(schemes):
            self.faults.append(f"{name} does not start with {' or '.join(schemes)}")
        return text or None

    def whole(self, name: str, default: int) -> int:
        text = self.environ.get(name) or str(default)
        if not text.isdigit():
            self.faults.append(f"{name} is not a whole number")
            return default
        return int(text)

    def secret(self, name: str) -> str:
        """Return a secret's text, from the variable itself or from the file that ``NAME_FILE`` names."""
        if path := self.environ.get(f"{name}_FILE"):
            try:
                return Path(path).read_text().strip()
            except OSError:
                self.faults.append(f"{name}_FILE names a file that cannot be read")
        return self.environ.get(name, "")

    def secret_keys(self, env: str, data_dir: Path) -> tuple[bytes, ...]:
        """Return the signing keys, newest first. Embedded makes one on first need and keeps it."""
        text = self.secret("VCD_SECRET_KEYS")
        if not text and env == "embedded":
            try:
                text = _own_secret(data_dir / "secrets" / "keys")
            except OSError as why:
                self.faults.append(f"VCD_DATA_DIR cannot be written ({why.strerror})")
                return ()
        keys = tuple(part.strip().encode() for part in text.replace("\n", ",").split(",") if part.strip())
        if not keys:
            self.faults.append("VCD_SECRET_KEYS is missing (newest first, separated by commas)")
        if any(len(key) < MIN_SECRET_BYTES for key in keys):
            self.faults.append(f"VCD_SECRET_KEYS holds a key shorter than {MIN_SECRET_BYTES} characters")
        return keys


def _own_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # two first starts at once: one key wins, whole
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


def _is_bind(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdigit() and 0 < int(port) < 65536


def _is_web_url(text: str) -> bool:
    parts = urlsplit(text)
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and parts.path in ("", "/")
        and not parts.query
    )


def _is_storage_url(text: str) -> bool:
    parts = urlsplit(text)
    if parts.scheme == "file":
        return parts.path.startswith("/") and not parts.netloc
    return (
        parts.scheme == "s3"
        and bool(parts.netloc)
        and set(parse_qs(parts.query)) <= {"endpoint", "region", "public"}
    )
