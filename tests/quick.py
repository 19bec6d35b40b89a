"""What a service does once in its life and a suite thousands of times is done once, or costs less."""

import os
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import boto3.session
import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from werkzeug.routing import Rule

from app.accounts import passwords
from app.shares import pins

AS_SERVED = passwords._hasher


class RuleOnce(Rule):
    """A rule of the URL map. What builds its addresses is compiled for the first application alone."""

    _compiled: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        what = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if what not in self._compiled:
            self._compiled[what] = super()._compile_builder(append_unknown)
        return self._compiled[what]


class TemplatesOnce(BytecodeCache):
    """Keeps what templates were compiled to, for the next application."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """See the base class."""
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """See the base class."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


def build_applications_quickly(patch: pytest.MonkeyPatch) -> None:
    """Have every application of this process share what is compiled from the same routes and templates."""
    options: dict[str, Any] = {**Flask.jinja_options, "bytecode_cache": TemplatesOnce()}
    patch.setattr(Flask, "url_rule_class", RuleOnce)
    patch.setattr(Flask, "jinja_options", options)


def compile_statements_once(patch: pytest.MonkeyPatch) -> None:
    """Have every database of a kind share the statements that were compiled for the first."""
    compiled: dict[str, dict[Any, Any]] = defaultdict(dict)

    def sharing(url: str, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        engine.update_execution_options(compiled_cache=compiled[engine.dialect.name])
        return engine

    patch.setattr("app.db.create_engine", sharing)
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):  # a statement is looked up by its dialect, too
        patch.setattr(kind, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(kind, "__hash__", lambda one: hash(type(one)))


def describe_s3_once(patch: pytest.MonkeyPatch) -> None:
    """Have all clients with the same keys share what boto3 reads of S3."""
    a_session = boto3.session.Session

    @cache
    def with_settings(*settings: tuple[str, str]) -> boto3.session.Session:
        return a_session()

    def session() -> boto3.session.Session:
        return with_settings(*(each for each in sorted(os.environ.items()) if each[0].startswith("AWS_")))

    patch.setattr(boto3.session, "Session", session)


def forget_power_failures(patch: pytest.MonkeyPatch) -> None:
    """Wait for no disk: what tests write need not outlive the machine."""
    patch.setattr(os, "fsync", lambda descriptor: None)


def hash_cheaply(patch: pytest.MonkeyPatch) -> None:
    """Hash passwords and PINs with argon2id as ever, but with a thousandth of the memory."""
    patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=47, parallelism=1))
    patch.setattr(passwords, "NOBODY", passwords.hash_password("nobody's"))
    patch.setattr(pins, "NOTHING", passwords.hash_password("nothing's"))
