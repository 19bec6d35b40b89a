"""Signatures: ours are known as ours, over key rotation, and a changed byte shows."""

from app.signing import DocumentSigner, Signature, holds

OLD, NEW = b"an older key that is long enough", b"a newer key that is long enough!"
TEXT = b'{"files":[]}'


def test_what_we_signed_is_ours_also_after_the_keys_were_rotated() -> None:
    signed = DocumentSigner((OLD,)).sign(TEXT)
    assert DocumentSigner((NEW, OLD)).is_ours(TEXT, signed)
    assert not DocumentSigner((NEW,)).is_ours(TEXT, signed)
    assert holds(TEXT, signed)


def test_the_newest_key_signs() -> None:
    signer = DocumentSigner((NEW, OLD))
    assert signer.sign(TEXT).public_key == signer.public_keys[0]
    assert signer.public_keys[0] != signer.public_keys[1]


def test_a_changed_byte_shows() -> None:
    signer = DocumentSigner((NEW,))
    signed = signer.sign(TEXT)
    assert not signer.is_ours(TEXT + b" ", signed)
    assert not signer.is_ours(TEXT, signed._replace(signature="00" * 64))


def test_nonsense_is_no_signature() -> None:
    for nonsense in (Signature("", ""), Signature("zz", "zz"), Signature("00" * 32, "00")):
        assert not holds(TEXT, nonsense)
