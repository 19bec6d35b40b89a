from pathlib import Path

import pytest

from app.config import Config, ConfigFaults

KEY = "a-key-for-tests-long-enough-to-be-one"


def read(**settings: str) -> Config:
    return Config.from_env({f"VCD_{name}": value for name, value in settings.items()})


def test_an_empty_environment_makes_an_embedded_product(tmp_path: Path) -> None:
    config = read(DATA_DIR=str(tmp_path))
    assert config.env == "embedded"
    assert config.base_url == "http://127.0.0.1:8000"
    assert config.database_url == f"sqlite:///{tmp_path}/virtual-cd.sqlite"
    assert config.storage_url == f"file://{tmp_path}/store"


def test_the_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first = read(DATA_DIR=str(tmp_path)).secret_keys
    assert read(DATA_DIR=str(tmp_path)).secret_keys == first
    assert (tmp_path / "secrets" / "keys").stat().st_mode & 0o077 == 0


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults) as caught:
        read(
            ENV="production",
            DATA_DIR=str(tmp_path),
            BIND="nowhere",
            DATABASE_URL="mysql://x",
            STORAGE_URL="ftp://x",
        )
    text = str(caught.value)
    for name in ("VCD_BIND", "VCD_DATABASE_URL", "VCD_STORAGE_URL", "VCD_SECRET_KEYS", "VCD_BASE_URL"):
        assert name in text


def test_a_fault_never_shows_a_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults) as caught:
        read(DATA_DIR=str(tmp_path), SECRET_KEYS="tooshort", SMTP_URL="http://me:hunter2@mail")
    assert "tooshort" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    secret.write_text(f"{KEY}-new,{KEY}-old\n")
    config = read(DATA_DIR=str(tmp_path), SECRET_KEYS_FILE=str(secret))
    assert config.secret_keys == (f"{KEY}-new".encode(), f"{KEY}-old".encode())


def test_production_invents_no_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults, match="VCD_SECRET_KEYS is missing"):
        read(ENV="production", DATA_DIR=str(tmp_path), BASE_URL="https://cd.test.example")
    assert not (tmp_path / "secrets").exists()


def test_a_data_folder_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigFaults, match="VCD_DATA_DIR"):
        read(DATA_DIR=str(tmp_path / "file"))


def test_printed_settings_show_no_secret(tmp_path: Path) -> None:
    secrets = {
        "VCD_SECRET_KEYS": "canary-" * 6,
        "VCD_DATABASE_URL": "postgresql+psycopg://vcd:canary@db/vcd",
        "VCD_SMTP_URL": "smtp://vcd:canary@mail",
        "VCD_REDIS_URL": "redis://:canary@cache",
    }
    assert "canary" not in repr(Config.from_env({"VCD_DATA_DIR": str(tmp_path), **secrets}))
