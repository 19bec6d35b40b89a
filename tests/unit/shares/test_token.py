"""Link tokens and tickets."""

import hashlib
import string
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import Signer, URLSafeSerializer

from app.errors import NotFound
from app.shares.token import LINK_ID_BYTES, LinkSigner, TicketLapsed

KEY, OLDER = b"k" * 40, b"o" * 40
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def signer() -> LinkSigner:
    return LinkSigner((KEY,))


def test_a_token_names_its_link_id(signer: LinkSigner) -> None:
    token, link_id = signer.new()
    assert signer.read(token) == link_id
    assert len(link_id) == LINK_ID_BYTES


def test_each_flipped_character_is_unknown_or_an_alias_of_the_same_link(signer: LinkSigner) -> None:
    """T-01: counters go by the link id, so aliases of the last character win nothing."""
    token, link_id = signer.new()
    for place, character in enumerate(token):
        for other in set(string.ascii_letters + string.digits + "-_.=") - {character}:
            try:
                read = signer.read(token[:place] + other + token[place + 1 :])
            except NotFound:
                continue
            assert read == link_id
            assert place in (len(token) - 1, token.index(".") - 1)


@pytest.mark.parametrize(
    "salt",
    ["password reset", "session", "upload", "dicomweb", "virtual-cd typed code", "itsdangerous.Signer"],
)
def test_the_same_key_under_another_salt_is_unknown(signer: LinkSigner, salt: str) -> None:
    """T-02."""
    other = Signer(KEY, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)
    body = signer.new()[0].partition(".")[0]
    with pytest.raises(NotFound):
        signer.read(other.sign(body).decode())
    with pytest.raises(NotFound):
        signer.read(str(URLSafeSerializer(KEY, salt=salt).dumps(body)))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "eyJhbGciOiJub25lIn0.e30.",
        "x" * 1_000_000,
        "a\0b.c",
        "ü.é",
        "gASVAAAA.x",
        "../../etc/passwd",
        "=" * 50,
    ],
)
def test_rubbish_is_unknown_at_once(signer: LinkSigner, token: str) -> None:
    """T-04."""
    begun = time.thread_time()
    with pytest.raises(NotFound):
        signer.read(token)
    with pytest.raises(NotFound):
        signer.read_ticket(token, NOW)
    assert time.thread_time() - begun < 0.1


def test_keys_rotate_without_ending_links(signer: LinkSigner) -> None:
    token, link_id = signer.new()
    assert LinkSigner((OLDER, KEY)).read(token) == link_id
    with pytest.raises(NotFound):
        LinkSigner((OLDER,)).read(token)


def test_a_thousand_links_differ_and_look_random(signer: LinkSigner) -> None:
    """T-08."""
    ids = [signer.new()[1] for _ in range(1000)]
    assert len(set(ids)) == 1000
    counted = Counter(b"".join(ids))
    expected = 1000 * LINK_ID_BYTES / 256
    assert (
        sum((counted[byte] - expected) ** 2 / expected for byte in range(256)) < 360
    )  # 255 degrees of freedom


def test_a_ticket_lasts_a_quarter_of_an_hour(signer: LinkSigner) -> None:
    ticket = signer.ticket("abcdefghijklmnop", NOW)
    assert signer.read_ticket(ticket, NOW + timedelta(minutes=14, seconds=59)) == "abcdefghijklmnop"
    with pytest.raises(TicketLapsed):
        signer.read_ticket(ticket, NOW + timedelta(minutes=15))


def test_a_ticket_is_no_link_and_a_link_no_ticket(signer: LinkSigner) -> None:
    with pytest.raises(NotFound):
        signer.read(signer.ticket("abcdefghijklmnop", NOW))
    with pytest.raises(NotFound):
        signer.read_ticket(signer.new()[0], NOW)


def test_keyed_hashes_keep_purposes_and_keys_apart(signer: LinkSigner) -> None:
    both = LinkSigner((OLDER, KEY))
    assert both.keyed_hashes("code", "a")[1:] == signer.keyed_hashes("code", "a")
    assert signer.keyed_hashes("code", "a") != signer.keyed_hashes("answer", "a")
