#!/usr/bin/env python3
"""Makes the vectors beside it: one age file each, sound or broken in one way.

Independent of Sesame: Python and its package cryptography. The cases, their names and their fixed
inputs follow the age vectors of C2SP/CCTV (age/testdata, 0BSD or CC0), which have binary bodies; here
the body is base64. Two headers that are published there are compared below, byte for byte.
Run it in this folder after a change of the list at its end.
"""
import base64, hashlib, hmac, os, sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

IDENTITY = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"
OTHER = "AGE-SECRET-KEY-1XMWWC06LY3EE5RYTXM9MFLAZ2U56JJJ36S0MYPDRWSVLUL66MV4QX3S7F6"
PASSWORD = "password"
CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def b64(data):
    return base64.b64encode(data).decode().rstrip("=")


def secret(text):
    word = bits = 0
    out = b""
    for value in [CHARSET.index(c) for c in text.lower().split("1")[1]][:-6]:
        word, bits = word << 5 | value, bits + 5
        if bits >= 8:
            bits -= 8
            out += bytes([word >> bits & 255])
    return out


def not_canonical(line):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return line[:-1] + alphabet[alphabet.index(line[-1]) + 1]


def hkdf(key, salt, info):
    return HKDF(hashes.SHA256(), 32, salt, info).derive(key)


class File:
    def __init__(self, version="v1", newline="\n"):
        self.random = Cipher(
            algorithms.ChaCha20(b"TEST RANDOMNESS TEST RANDOMNESS!", bytes(16)), None).encryptor()
        self.key, self.expect, self.comment = b"YELLOW SUBMARINE", "success", ""
        self.out, self.released, self.counter = b"", b"", 0
        self.keys = []
        self.line("age-encryption.org/" + version, newline)

    def line(self, text, newline="\n"):
        self.out += text.encode() + newline.encode()

    def unread(self):
        head, _, last = self.out[:-1].rpartition(b"\n")
        self.out = head + b"\n"
        return last.decode()

    def change(self, function):
        self.line(function(self.unread()))

    def rand(self, count):
        return self.random.update(bytes(count))

    def stanza(self, *arguments, body=b""):
        self.line(" ".join(("->",) + arguments))
        for start in range(0, len(body) + 1, 48):
            self.line(b64(body[start:start + 48]))

    def seal(self, key, plaintext):
        return ChaCha20Poly1305(key).encrypt(bytes(12), plaintext, None)

    def x25519(self, identity=IDENTITY, share=None, record=True, type="X25519", extra=(), key=None):
        if record:
            self.keys.append("identity: " + identity)
        mine = X25519PrivateKey.from_private_bytes(secret(identity))
        if share is None:
            share = X25519PrivateKey.from_private_bytes(self.rand(32)).public_key().public_bytes_raw()
        try:
            shared = mine.exchange(X25519PublicKey.from_public_bytes(share))
        except ValueError:
            shared = bytes(32)
        wrap = hkdf(shared, share + mine.public_key().public_bytes_raw(),
                    b"age-encryption.org/v1/X25519")
        self.stanza(type, b64(share), *extra, body=self.seal(wrap, key or self.key))
        return self

    def scrypt(self, factor="10", salt=None, type="scrypt", arguments=None, record=True, key=None):
        if record:
            self.keys.append("passphrase: " + PASSWORD)
        salt = salt or self.rand(16)
        work = int(factor) if factor.isdigit() and 0 < int(factor) < 21 else 10
        wrap = hashlib.scrypt(PASSWORD.encode(), salt=b"age-encryption.org/v1/scrypt" + salt,
                              n=1 << work, r=8, p=1, dklen=32, maxmem=1 << 30)
        arguments = [b64(salt), factor] if arguments is None else arguments
        self.stanza(type, *arguments, body=self.seal(wrap, key or self.key))
        return self

    def mac(self):
        key = hkdf(self.key, b"", b"header")
        self.line("--- " + b64(hmac.digest(key, self.out + b"---", "sha256")))
        return self

    def nonce(self):
        nonce = self.rand(16)
        self.stream = hkdf(self.key, nonce, b"payload")
        self.out += nonce
        return self

    def chunk(self, plaintext, last=True, released=True):
        nonce = self.counter.to_bytes(11, "big") + bytes([last])
        self.counter += 1
        self.out += ChaCha20Poly1305(self.stream).encrypt(nonce, plaintext, None)
        if released:
            self.released += plaintext
        return self

    def payload(self):
        return self.nonce().chunk(b"age")

    def whole(self):
        return self.mac().payload()

    def fails(self, how, comment):
        self.expect, self.comment = how, comment
        if how != "payload failure":
            self.released = b""
        return self

    def save(self, name):
        lines = ["expect: " + self.expect]
        if self.expect in ("success", "payload failure"):
            lines.append("payload: " + hashlib.sha256(self.released).hexdigest())
        lines += self.keys
        if self.comment:
            lines.append("comment: " + self.comment)
        body = base64.b64encode(self.out).decode()
        lines += [""] + [body[i:i + 76] for i in range(0, len(body), 76)]
        with open(name + ".txt", "w") as file:
            file.write("\n".join(lines) + "\n")


def changed(function, file=None):
    """A file whose last header line was changed before the MAC was made."""
    file = file or File().x25519()
    file.change(function)
    return file.whole()


def macked(function):
    """A file whose line of the MAC was changed."""
    file = File().x25519().mac()
    file.change(function)
    return file.payload()


def extended(*lines):
    """A file with more lines behind its stanza."""
    file = File().x25519()
    for line in lines:
        file.line(line)
    return file.whole()


def sealed(bytes_, released=b""):
    file = File().x25519().mac()
    file.out += bytes_
    file.released = released
    return file


HEADER, NONE, MAC, PAYLOAD = "header failure", "no match", "HMAC failure", "payload failure"
flip = lambda line: b64(base64.b64decode(line + "=" * (-len(line) % 4))[:-1] + b"\x55")
low_order = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
vectors = {
    "x25519": File().x25519().whole(),
    "x25519_multiple_recipients": File().x25519(OTHER, record=False).x25519().whole(),
    "x25519_grease": (lambda f: (f.stanza("CJM36AHmTbdHSuOQL+NESqyVQE75f2e610iRdLPEN20",
                                          "C3ZAeY64NXS4QFrksLm3EGz+uPRyI0eQsWw7LWbbYig",
                                          body=bytes(range(70))),
                                 f.x25519(), f.stanza("grease"), f.whole())[3])(File()),
    "x25519_no_match": (lambda f: (f.keys.append("identity: " + OTHER), f)[1])(
        File().x25519(record=False).whole()).fails(NONE, "sealed for somebody else"),
    "x25519_lowercase": File().x25519(type="x25519").whole().fails(NONE, "types have a case"),
    "x25519_bad_tag": changed(flip).fails(NONE, "the tag of the body is wrong"),
    "x25519_extra_argument": File().x25519(extra=("1234",)).whole().fails(HEADER, "a third argument"),
    "x25519_long_file_key": File().x25519(key=b"A LONGER YELLOW SUBMARINE").whole().fails(
        HEADER, "the body must be checked for its length"),
    "x25519_low_order": File().x25519(share=low_order).whole().fails(
        HEADER, "a share of small order gives a secret of zeros"),
    "x25519_identity": File().x25519(share=bytes(32)).whole().fails(
        HEADER, "the share is zero, and so is the secret"),
    "x25519_not_canonical_body": changed(not_canonical).fails(HEADER, "unused bits are set"),
    "scrypt": File().scrypt().whole(),
    "scrypt_bad_tag": changed(flip, File().scrypt()).fails(NONE, "the tag of the body is wrong"),
    "scrypt_uppercase": File().scrypt(type="Scrypt").whole().fails(NONE, "types have a case"),
    "scrypt_and_x25519": File().x25519(record=False).scrypt().whole().fails(
        HEADER, "a passphrase must stand alone"),
    "scrypt_double": File().scrypt().scrypt(record=False).whole().fails(
        HEADER, "a passphrase must stand alone"),
    "scrypt_extra_argument": File().scrypt(
        salt=b"SALT SALT SALT 1", arguments=[b64(b"SALT SALT SALT 1"), "10", "10"]).whole().fails(
        HEADER, "a fourth argument"),
    "scrypt_salt_short": File().scrypt(salt=b"SALT SALT SALT ").whole().fails(HEADER, "15 bytes"),
    "scrypt_salt_long": File().scrypt(salt=b"SALT SALT SALT 12").whole().fails(HEADER, "17 bytes"),
    "scrypt_salt_missing": File().scrypt(arguments=["10"]).whole().fails(HEADER, "no salt"),
    "scrypt_salt_not_canonical": File().scrypt(
        salt=b"SALT SALT SALT 1",
        arguments=[not_canonical(b64(b"SALT SALT SALT 1")), "10"]).whole().fails(
        HEADER, "unused bits are set"),
    "scrypt_long_file_key": File().scrypt(key=b"A LONGER YELLOW SUBMARINE").whole().fails(
        HEADER, "the body must be checked for its length"),
    "hmac_bad": macked(lambda l: "--- " + b64(bytes(32))).fails(MAC, "all zeros"),
    "hmac_missing": macked(lambda l: "---").fails(HEADER, "the MAC is missing"),
    "hmac_no_space": macked(lambda l: "---" + l[4:]).fails(HEADER, "no space before the MAC"),
    "hmac_extra_space": macked(lambda l: "---  " + l[4:]).fails(HEADER, "two spaces"),
    "hmac_trailing_space": macked(lambda l: l + " ").fails(HEADER, "a space behind the MAC"),
    "hmac_garbage": macked(lambda l: l + "AAAA").fails(HEADER, "35 bytes"),
    "hmac_truncated": macked(lambda l: l[:-2]).fails(HEADER, "a part of the MAC is missing"),
    "hmac_not_canonical": macked(not_canonical).fails(HEADER, "unused bits are set"),
    "version_unsupported": File("v1234").x25519().whole().fails(HEADER, "another version"),
    "header_crlf": File(newline="\r\n").x25519().whole().fails(HEADER, "lines end with LF alone"),
    "stanza_valid_characters": (lambda f: (
        f.stanza("!\"#$%&'", "()*+,-./", "01234567", "89:;<=>?", "@ABCDEFG", "HIJKLMNO"),
        f.stanza("PQRSTUVW", "XYZ[\\]^_", "`abcdefg", "hijklmno", "pqrstuvw", "xyz{|}~"),
        f.x25519(), f.whole())[3])(File()),
    "stanza_empty_body": extended("-> empty", ""),
    "stanza_empty_last_line": extended("-> full", "A" * 64, ""),
    "stanza_missing_final_line": extended("-> stanza", "A" * 64).fails(HEADER, "no short last line"),
    "stanza_missing_body": extended("-> empty").fails(HEADER, "a body is at least an empty line"),
    "stanza_no_arguments": extended("->", "").fails(HEADER, "at least one argument"),
    "stanza_empty_argument": extended("-> empty  argument", "").fails(HEADER, "two spaces"),
    "stanza_invalid_character": extended("-> grüße", "").fails(HEADER, "arguments are ASCII"),
    "stanza_control_character": extended("-> a\x7fb", "").fails(HEADER, "DEL is not allowed"),
    "stanza_bad_start": extended("-- stanza", "").fails(HEADER, "no arrow"),
    "stanza_long_line": extended("-> stanza", "A" * 68, "").fails(HEADER, "68 columns"),
    "stanza_multiple_short_lines": extended("-> stanza", "AAAA", "AAAA").fails(
        HEADER, "only the last line may be short"),
    "stanza_base64_padding": extended("-> stanza", "AA==").fails(HEADER, "padding"),
    "stanza_not_canonical": extended("-> stanza", "AB").fails(HEADER, "unused bits are set"),
    "stanza_spurious_cr": extended("-> stanza", "AAAA\r").fails(HEADER, "a carriage return"),
    "stanza_none": (lambda f: (f.keys.append("identity: " + IDENTITY), f)[1])(
        File().whole()).fails(HEADER, "a file is for somebody"),
    "stream_no_nonce": sealed(b"").fails(HEADER, "the nonce is missing"),
    "stream_short_nonce": sealed(b"short nonce").fails(HEADER, "the nonce is cut off"),
    "stream_no_chunks": File().x25519().mac().nonce().fails(PAYLOAD, "no chunk at all"),
    "stream_empty_payload": File().x25519().mac().nonce().chunk(b""),
    "stream_bad_tag": (lambda f: (setattr(f, "out", f.out[:-1] + b"\0"), setattr(f, "released", b""),
                                  f)[2])(File().x25519().whole()).fails(PAYLOAD, "a wrong tag"),
    "stream_missing_tag": (lambda f: (setattr(f, "out", f.out[:-16]), setattr(f, "released", b""),
                                      f)[2])(File().x25519().whole()).fails(PAYLOAD, "no tag"),
    "stream_no_final": File().x25519().mac().nonce().chunk(b"age", last=False, released=False).fails(
        PAYLOAD, "the only chunk is not marked as the last"),
    "stream_short_chunk": File().x25519().mac().nonce().chunk(
        b"age", last=False, released=False).chunk(b"age", released=False).fails(
        PAYLOAD, "a chunk before the last is short"),
    "stream_two_final_chunks": File().x25519().mac().nonce().chunk(b"age", released=False).chunk(
        b"age", released=False).fails(PAYLOAD, "two last chunks"),
    "stream_trailing_garbage": (lambda f: (setattr(f, "out", f.out + b"garbage"),
                                           setattr(f, "released", b""), f)[2])(
        File().x25519().whole()).fails(PAYLOAD, "bytes behind the last chunk"),
}
for factor, name in {
        "0": "zero", "23": "23", "010": "leading_zero", "+10": "leading_plus", "-10": "negative",
        "0xa": "hex", "10a": "garbage", "18446744073709551626": "overflow"}.items():
    vectors["scrypt_work_factor_" + name] = File().scrypt(factor).whole().fails(
        HEADER, "the work factor is " + factor)
vectors["scrypt_work_factor_missing"] = File().scrypt(
    salt=b"SALT SALT SALT 1", arguments=[b64(b"SALT SALT SALT 1")]).whole().fails(
    HEADER, "no work factor")
vectors["scrypt_work_factor_wrong"] = File().scrypt(
    salt=b"SALT SALT SALT 1", arguments=[b64(b"SALT SALT SALT 1"), "11"]).whole().fails(
    NONE, "the work factor is another one")
for count in (31, 33):
    share = (X25519PrivateKey.from_private_bytes(b"EPHEMERAL SECRET FOR THE VECTORS")
             .public_key().public_bytes_raw() + b"\0")[:count]
    file = File().x25519()
    body, arguments = file.unread(), file.unread()
    file.line("-> X25519 " + b64(share))
    file.line(body)
    vectors["x25519_share_of_%d_bytes" % count] = file.whole().fails(HEADER, "%d bytes" % count)
file = File().x25519()
body, arguments = file.unread(), file.unread()
file.line(not_canonical(arguments))
file.line(body)
vectors["x25519_not_canonical_share"] = file.whole().fails(HEADER, "unused bits are set")

# What C2SP/CCTV publishes (testdata/testkit/x25519 at an early commit of FiloSottile/age, and
# hmac_not_canonical of today) comes out of the same inputs.
early = File().x25519(OTHER).whole().out.decode("latin-1")
assert early.startswith("""age-encryption.org/v1
-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc
EmECAEcKN+n/Vs9SbWiV+Hu0r+E8R77DdWYyd83nw7U
--- Vn+54jqiiUCE+WZcEVY3f1sqHjlu/z1LCQ/T7Xm7qI0
"""), early
today = vectors["hmac_not_canonical"].out.decode("latin-1")
assert today.startswith("""age-encryption.org/v1
-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc
hjabGXwSLQ9c3S6Lw2i+S2Tu2fiwQHHslbBN6B41FLE
--- WyJp9F/9FOZh7gJdheq2WIJcwHgYc8NIVh3ddwhrcNh
"""), today

for name, file in vectors.items():
    file.save(name)
print(len(vectors), "vectors")
