"""No signature but the registered key's, over exactly these bytes, is believed.

Published collections of invalid signatures are not part of this repository. The same kinds are made
here, so that each stands beside a good token by the same key: signatures changed, cut, empty, zero,
out of range, in another encoding, on another curve, by another primitive, and RSA paddings (PKCS 1
version 1.5) of every wrong form, made with the private key.
"""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tokens import (
    NORTH,
    SOUTH,
    PublishedSets,
    UsedTokens,
    call,
    claims_for,
    decoded,
    encoded,
    private_key,
    refusal,
    signature_of,
    signed,
    trust_of,
)

SIZE = 48
# The order of the base point of P-384, FIPS 186-4 D.1.2.4.
ORDER = int(
    "3940200619639447921227904010014361380507973927046544666794690527962765939911326356939895630"
    "8152294913554433653942643"
)


def _pair(r, s, size=SIZE):
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _parts(signature):
    return int.from_bytes(signature[:SIZE], "big"), int.from_bytes(signature[SIZE:], "big")


def _flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def ec_forms(r, s):
    """Return what may stand where the numbers r and s of a signature belong."""
    return {
        "r of zero": _pair(0, s),
        "s of zero": _pair(r, 0),
        "both zero": _pair(0, 0),
        "both one": _pair(1, 1),
        "r the order": _pair(ORDER, s),
        "s the order": _pair(r, ORDER),
        "both the order": _pair(ORDER, ORDER),
        "order less one": _pair(ORDER - 1, ORDER - 1),
        "s beyond the order": _pair(r, ORDER + 1),
        "largest": b"\xff" * 96,
        "exchanged": _pair(s, r),
        "r negated": _pair(ORDER - r, s),
        "r plus one": _pair(r + 1, s),
        "s plus one": _pair(r, s + 1),
        "DER": encode_dss_signature(r, s),
        "a zero byte before": b"\0" + _pair(r, s),
        "a zero byte after": _pair(r, s) + b"\0",
        "both a byte longer": _pair(r, s, SIZE + 1),
        "without its last byte": _pair(r, s)[:-1],
        "without its first byte": _pair(r, s)[1:],
        "r alone": _pair(r, s)[:SIZE],
        "one byte": b"\x01",
        "twice": _pair(r, s) * 2,
        "P-256's length": _pair(r, s)[:64],
        "P-521's length": _pair(r, s, 66),
        "a thousand bytes": b"\x01" * 1000,
    }


@pytest.mark.hostile("A39")
@pytest.mark.requirement("SEC-3")
@pytest.mark.parametrize("how", ec_forms(1, 1))
def test_an_es384_signature_of_another_form_is_refused(how):
    used, good = UsedTokens(), signed(claims_for())
    signing, _, signature = good.rpartition(".")
    spoiled = f"{signing}.{encoded(ec_forms(*_parts(decoded(signature)))[how])}"
    assert refusal(trust_of(replay=used), spoiled) == "signature-wrong"
    assert call(trust_of(replay=used), good).is_signed


def test_the_second_form_of_an_ecdsa_signature_does_not_make_a_second_token():
    """With s, the order less s is a signature as well: by whom, and of what, stays the same."""
    trust, good = trust_of(), signed(claims_for())
    signing, _, signature = good.rpartition(".")
    r, s = _parts(decoded(signature))
    assert call(trust, f"{signing}.{encoded(_pair(r, ORDER - s))}").is_signed
    assert refusal(trust, good) == "used-before"


# DigestInfo of RFC 8017, section 9.2, note 1: SHA-384, SHA-256, SHA-1.
SHA384 = bytes.fromhex("3041300d060960864801650304020205000430")
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
SHA1 = bytes.fromhex("3021300906052b0e03021a05000414")
LENGTH = 256


def _padded(said, *, head=b"\x00\x01", fill=b"\xff", zero=b"\x00", after=b""):
    room = LENGTH - len(head) - len(zero) - len(said) - len(after)
    return head + fill * room + zero + said + after


def _digest(data):
    return hashlib.sha384(data).digest()


def rsa_forms(d):
    """Return what may stand where the padded digest of the bytes d belongs."""
    return {
        "block type 0": _padded(SHA384 + _digest(d), head=b"\x00\x00"),
        "block type 2": _padded(SHA384 + _digest(d), head=b"\x00\x02"),
        "a first byte of 1": _padded(SHA384 + _digest(d), head=b"\x01\x01"),
        "filled with zeros": _padded(SHA384 + _digest(d), fill=b"\x00"),
        "filled with another byte": _padded(SHA384 + _digest(d), fill=b"\xfe"),
        "no zero before the digest": _padded(SHA384 + _digest(d), zero=b""),
        "a one before the digest": _padded(SHA384 + _digest(d), zero=b"\x01"),
        "bytes after the digest": _padded(SHA384 + _digest(d), after=b"\x00" * 8),
        "short filling, rubbish after": (
            b"\x00\x01" + b"\xff" * 8 + b"\x00" + SHA384 + _digest(d)
        ).ljust(LENGTH, b"\x5a"),
        "no DigestInfo": _padded(_digest(d)),
        "no NULL parameter": _padded(
            bytes.fromhex("303f300b0609608648016503040202") + b"\x04\x30" + _digest(d)
        ),
        "a long length": _padded(b"\x30\x81\x41" + SHA384[2:] + _digest(d)),
        "an indefinite length": _padded(b"\x30\x80" + SHA384[2:] + _digest(d) + b"\x00\x00"),
        "SHA-256": _padded(SHA256 + hashlib.sha256(d).digest()),
        "SHA-256's name": _padded(SHA256 + _digest(d)),
        "SHA-384's name over SHA-256": _padded(SHA384 + hashlib.sha256(d).digest()),
        "SHA-1": _padded(SHA1 + hashlib.sha1(d, usedforsecurity=False).digest()),
        "a digest cut by a byte": _padded(SHA384 + _digest(d)[:-1]),
        "another digest": _padded(SHA384 + _digest(d + b"x")),
        "an empty digest": _padded(SHA384),
        "the digest of nothing": _padded(SHA384 + _digest(b"")),
        "zero": bytes(LENGTH),
        "one": b"\x01".rjust(LENGTH, b"\x00"),
    }


def _plus_modulus(signature):
    """Return the same number modulo n, written as a larger one."""
    modulus = private_key("north", "RS384").raw_value.private_numbers().public_numbers.n
    return (int.from_bytes(signature, "big") + modulus).to_bytes(LENGTH + 1, "big")


def _raw_rsa(encoded_message):
    numbers = private_key("north", "RS384").raw_value.private_numbers()
    modulus = numbers.public_numbers.n
    made = pow(int.from_bytes(encoded_message, "big") % modulus, numbers.d, modulus)
    return made.to_bytes(LENGTH, "big")


@pytest.mark.hostile("A39")
@pytest.mark.requirement("SEC-3")
@pytest.mark.parametrize("how", rsa_forms(b""))
def test_an_rs384_signature_with_another_padding_is_refused(how):
    used, good = UsedTokens(), signed(claims_for(), algorithm="RS384")
    signing, _, signature = good.rpartition(".")
    right = _raw_rsa(_padded(SHA384 + _digest(signing.encode())))
    assert right == decoded(signature)
    spoiled = f"{signing}.{encoded(_raw_rsa(rsa_forms(signing.encode())[how]))}"
    assert refusal(trust_of(replay=used), spoiled) == "signature-wrong"
    assert call(trust_of(replay=used), good).is_signed


@pytest.mark.hostile("A39")
@pytest.mark.parametrize(
    "change",
    [
        lambda s: s[:-1],
        lambda s: s[1:],
        lambda s: b"\0" + s,
        lambda s: s + b"\0",
        lambda s: bytes(len(s)),
        lambda s: b"\xff" * len(s),
        lambda s: s[::-1],
        lambda s: _flipped(s, 0),
        lambda s: _flipped(s, 2047),
        lambda s: (int.from_bytes(s, "big") + 1).to_bytes(LENGTH, "big"),
        _plus_modulus,
    ],
)
def test_an_rs384_signature_that_is_changed_is_refused(change):
    used, good = UsedTokens(), signed(claims_for(), algorithm="RS384")
    signing, _, signature = good.rpartition(".")
    spoiled = f"{signing}.{encoded(change(decoded(signature)))}"
    assert refusal(trust_of(replay=used), spoiled) == "signature-wrong"
    assert call(trust_of(replay=used), good).is_signed


@pytest.mark.hostile("A39", "A06")
@pytest.mark.parametrize("made", ["ES256", "ES512", "RS256", "PS384", "RS384", "ES384"])
@pytest.mark.parametrize("said", ["ES384", "RS384"])
def test_a_signature_of_another_primitive_under_a_good_name_is_refused(made, said):
    """The named algorithm decides what is verified, whatever the bytes might be elsewhere."""
    claims = claims_for()
    signing = signed(claims, algorithm=said).rpartition(".")[0]
    key = private_key("stranger" if made == said else "north", made)
    token = f"{signing}.{encoded(signature_of(signing.encode(), made, key))}"
    assert refusal(trust_of(), token) == "signature-wrong"
    assert call(trust_of(), signed(claims, algorithm=said)).is_signed


@pytest.mark.hostile("A39")
@pytest.mark.parametrize(("said", "kid"), [("ES384", "RS384"), ("RS384", "ES384")])
def test_a_key_verifies_its_own_algorithm_alone(said, kid):
    for key in (private_key("north", said), private_key("north", kid)):
        if (said == "ES384") == (key.key_type == "EC"):
            header = {"kid": f"north-{kid.lower()}"}
            token = signed(claims_for(), algorithm=said, key=key, header=header)
            assert refusal(trust_of(), token) == "kid-unknown"


@pytest.mark.requirement("SEC-3")
@pytest.mark.parametrize("segment", [0, 1, 2])
def test_a_segment_of_another_good_token_is_refused(segment):
    one = signed(claims_for(), header={"cty": "a"}).split(".")
    other = signed(claims_for(), header={"cty": "b"}).split(".")
    mixed = [*one[:segment], other[segment], *one[segment + 1 :]]
    assert refusal(trust_of(), ".".join(mixed)) == "signature-wrong"
    assert call(trust_of(), ".".join(one)).is_signed


@pytest.mark.requirement("SEC-3")
def test_the_claims_are_those_that_were_signed():
    good = claims_for(issuer=SOUTH)
    signing, _, signature = signed(good, by=SOUTH).rpartition(".")
    header, _, _ = signing.partition(".")
    for change in ({"jti": "other"}, {"exp": good["exp"] + 1}, {"iss": NORTH.url}):
        other = signed(good | change, by=SOUTH).split(".")[1]
        assert refusal(trust_of(), f"{header}.{other}.{signature}") in {
            "signature-wrong",
            "kid-unknown",
        }


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.hostile("A39")
@pytest.mark.requirement("SEC-3")
@given(data=st.data(), algorithm=st.sampled_from(["ES384", "RS384"]))
def test_a_token_with_any_character_changed_is_refused(data, algorithm):
    good = signed(claims_for(), algorithm=algorithm)
    trust = trust_of(fetch=PublishedSets())
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from(f"{ALPHABET}. =+/\n\x00é").filter(lambda c: c != good[place]))
    how = data.draw(st.sampled_from(["replaced", "inserted", "removed"]))
    spoiled = {
        "replaced": good[:place] + other + good[place + 1 :],
        "inserted": good[:place] + other + good[place:],
        "removed": good[:place] + good[place + 1 :],
    }[how]
    if spoiled != good:
        assert refusal(trust, spoiled)
    assert call(trust, good).is_signed


@pytest.mark.hostile("A39")
@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=200))
def test_arbitrary_segments_are_refused_and_nothing_else_goes_wrong(header, claims, signature):
    token = ".".join(encoded(one) for one in (header, claims, signature))
    assert refusal(trust_of(), token)


@pytest.mark.hostile("A39")
@given(st.text(max_size=300))
def test_an_arbitrary_authorization_header_is_refused(value):
    assert refusal(trust_of(), value)


def test_the_last_character_has_one_spelling():
    """2048 bits leave four bits of the last character unused: they are zero or it is refused."""
    good = signed(claims_for(), algorithm="RS384")
    index = ALPHABET.index(good[-1])
    assert index % 16 == 0
    for more in range(1, 16):
        assert refusal(trust_of(), good[:-1] + ALPHABET[index + more]) == "token-malformed"
    assert call(trust_of(), good).is_signed
