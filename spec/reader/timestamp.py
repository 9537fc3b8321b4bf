# RFC 3161 time-stamp tokens for the independent verifier, written from spec/log.md and the RFCs alone.
# verify(token, imprint_of, authorities): a Stamp, or Fault with the reason; authorities are (name, certificate in DER).
# It shares no code with the product. Signatures are checked by the package `cryptography`, everything around them here.
# Invariants: what is signed is taken as the bytes that came; a length is checked before use; at most 64 links between
# certificates are checked; only Fault leaves `verify`. Functions stand in the order of the reasons.
import hashlib
from collections import namedtuple
from datetime import datetime, timezone
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

REASONS = ["malformed", "algorithm", "imprint", "certificate", "signature", "usage", "authority", "expired", "constraints"]
Stamp = namedtuple("Stamp", "time earliest latest authority serial policy")
Certificate = namedtuple("Certificate", "whole tbs algorithm signature serial issuer before after subject key more")
Signer = namedtuple("Signer", "sid digest attributes algorithm signature message ess")
Info = namedtuple("Info", "policy algorithm imprint serial time accuracy critical")
BOOL, INT, BITS, OCTETS, OID, TIME, SEQ, SET = 1, 2, 3, 4, 6, 24, 48, 49

class Fault(Exception):
    """Why a token counts for nothing: one of REASONS."""

def need(condition, reason="malformed"):
    if not condition:
        raise Fault(reason)

# ---- DER -------------------------------------------------------------------------------------------------------------
class Row:
    """Elements one after the other, as (tag, body, whole)."""
    def __init__(self, data):
        self.data = data
    def has(self, tag):
        return self.data[:1] == bytes([tag])
    def any(self):
        data = self.data
        need(len(data) >= 2 and data[0] & 31 != 31 and data[1] != 128 and data[1] <= 131)
        extra = max(data[1] - 128, 0)
        size, at = int.from_bytes(data[2:2 + extra], "big") if extra else data[1], 2 + extra
        need(len(data) >= at + size and (not extra or (size > 127 and data[2])))
        self.data = data[at + size:]
        return data[0], data[at:at + size], data[:at + size]
    def body(self, tag):
        need(self.has(tag))
        return self.any()[1]
    def whole(self, tag):
        need(self.has(tag))
        return self.any()[2]
    def row(self, tag):
        return Row(self.body(tag))
    def maybe(self, tag):
        return self.body(tag) if self.has(tag) else None
    def integer(self, tag=INT):
        body = self.body(tag)
        need(body and not (len(body) > 1 and (body[0], body[1] >> 7) in ((0, 0), (255, 1))))
        return int.from_bytes(body, "big", signed=True)
    def small(self, tag=INT):
        value = self.integer(tag)
        need(0 <= value < 1 << 31)
        return value
    def oid(self):
        body = self.body(OID)
        need(body and body[-1] < 128 and not any(b == 128 and (not n or body[n - 1] < 128) for n, b in enumerate(body)))
        arcs, arc = [], 0
        for byte in body:
            arc = arc << 7 | byte & 127
            if byte < 128:
                arcs, arc = arcs + [arc], 0
        top = min(arcs[0] // 40, 2)
        return ".".join(map(str, [top, arcs[0] - 40 * top] + arcs[1:]))
    def flag(self):
        value = self.maybe(BOOL)
        need(value in (None, b"\0", b"\xff"))
        return value == b"\xff"
    def algorithm(self):
        row = self.row(SEQ)
        found = (row.oid(), row.any()[2] if row.data else b"")
        row.end()
        return found
    def bits(self):
        body = self.body(BITS)
        need(body[:1] == b"\0")
        return body[1:]
    def end(self):
        need(not self.data)
    def each(self):
        while self.data:
            yield self

def only(data, tag):
    row = Row(data)
    body = row.body(tag)
    row.end()
    return body

def seconds(body, digits):
    """Whole seconds since 1970 of digits and a Z."""
    need(len(body) == digits + 1 and body[-1:] == b"Z" and body[:-1].isdigit())
    text = body.decode()
    if digits == 12:
        text = ("20" if text < "5" else "19") + text
    try:
        return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc).timestamp())
    except ValueError:
        raise Fault("malformed") from None

# ---- Algorithms ------------------------------------------------------------------------------------------------------
NULL, RSA, EC = b"\5\0", "1.2.840.113549.1.1.", "1.2.840.10045."
HASHES = {f"2.16.840.1.101.3.4.2.{n}": name for n, name in ((1, "sha256"), (2, "sha384"), (3, "sha512"))}
SCHEMES = {RSA + "11": ("rsa", "sha256"), RSA + "12": ("rsa", "sha384"), RSA + "13": ("rsa", "sha512")}
SCHEMES |= {EC + "4.3.2": ("ec", "sha256"), EC + "4.3.3": ("ec", "sha384"), EC + "4.3.4": ("ec", "sha512")}
CURVES = {"1.2.840.10045.3.1.7": (ec.SECP256R1(), 65), "1.3.132.0.34": (ec.SECP384R1(), 97)}

def digest_name(algorithm):
    need(algorithm[0] in HASHES and algorithm[1] in (b"", NULL), "algorithm")
    return HASHES[algorithm[0]]

def scheme_of(algorithm, beside=None):
    kind, name = ("rsa", beside) if beside and algorithm[0] == RSA + "1" else SCHEMES.get(algorithm[0], ("", ""))
    need(kind and algorithm[1] in ((b"", NULL) if kind == "rsa" else (b"",)) and beside in (None, name), "algorithm")
    return kind, name

def public_key(key):
    (oid, parameters), bits = key
    try:
        if oid == RSA + "1" and parameters == NULL:
            numbers = Row(only(bits, SEQ))
            n, e = numbers.integer(), numbers.integer()
            numbers.end()
            need(n > 0 and 2048 <= n.bit_length() <= 4096 and 3 <= e < 1 << 32 and n & 1 and e & 1)
            return "rsa", rsa.RSAPublicNumbers(e, n).public_key()
        curve = Row(parameters)
        (kind, size), _ = CURVES[curve.oid()], curve.end()
        need(oid == EC + "2.1" and len(bits) == size and bits[0] == 4)
        return "ec", ec.EllipticCurvePublicKey.from_encoded_point(kind, bits)
    except (Fault, KeyError, ValueError):
        raise Fault("algorithm") from None

def is_signed(key, scheme, message, signature):
    (kind, key), (wanted, name) = public_key(key), scheme
    if kind != wanted:
        return False
    digest, method = hashlib.new(name, message).digest(), utils.Prehashed(getattr(hashes, name.upper())())
    try:
        key.verify(signature, digest, *((padding.PKCS1v15(), method) if kind == "rsa" else (ec.ECDSA(method),)))
        return True
    except InvalidSignature:
        return False

# ---- Certificates ----------------------------------------------------------------------------------------------------
def certificate(data):
    outer = Row(only(data, SEQ))
    tbs, algorithm, signature = outer.whole(SEQ), outer.algorithm(), outer.bits()
    outer.end()
    row = Row(only(tbs, SEQ))
    version = row.row(0xA0).small() if row.has(0xA0) else 0
    serial, same, issuer, validity = row.integer(), row.algorithm() == algorithm, row.whole(SEQ), row.row(SEQ)
    ends = [validity.any() for _ in "12"]
    validity.end()
    need(all(tag in (23, 24) for tag, _, _ in ends) and version < 3 and same)
    before, after = (seconds(body, {23: 12, 24: 14}[tag]) for tag, body, _ in ends)
    subject, key = row.whole(SEQ), row.row(SEQ)
    key_parts = (key.algorithm(), key.bits())
    key.end()
    row.maybe(0x81), row.maybe(0x82)
    wrapped = row.maybe(0xA3)
    more = extensions(Row(only(wrapped, SEQ))) if wrapped is not None else {}
    row.end()
    return Certificate(data, tbs, algorithm, signature, serial, issuer, before, after, subject, key_parts, more)

def extensions(row):
    found, seen = {}, []
    for _ in row.each():
        one = row.row(SEQ)
        oid, critical, value = one.oid(), one.flag(), one.body(OCTETS)
        one.end()
        need(oid not in seen and len(seen) < 64)
        seen.append(oid)
        if oid == "2.5.29.14":
            found["id"] = only(value, OCTETS)
        elif oid == "2.5.29.15":
            bits = only(value, BITS)
            need(0 < len(bits) < 4 and bits[0] < 8 and not (bits[-1] if bits[1:] else 0) & (1 << bits[0]) - 1)
            found["usage"] = bits[1:].ljust(2, b"\0")
        elif oid == "2.5.29.19":
            inside = Row(only(value, SEQ))
            found["ca"] = inside.flag()
            found["length"] = inside.small() if inside.has(INT) else None
            inside.end()
        elif oid == "2.5.29.37":
            purposes = Row(only(value, SEQ))
            found["purposes"] = [purposes.oid() for _ in purposes.each()]
            need(len(found["purposes"]) <= 64)
            found["strict"] = critical
        elif oid == "2.5.29.30" or (critical and oid not in ("2.5.29.17", "2.5.29.32")):
            found["unknown"] = True
    return found

# ---- The token -------------------------------------------------------------------------------------------------------
PKCS9, STAMPING = "1.2.840.113549.1.9.", "1.3.6.1.5.5.7.3.8"
TST_INFO = PKCS9 + "16.1.4"

def read(data):
    need(len(data) <= 65535)
    outer = Row(only(data, SEQ))
    need(outer.oid() == "1.2.840.113549.1.7.2")
    inner = Row(only(outer.body(0xA0), SEQ))
    outer.end()
    version, names, content = inner.small(), inner.row(SET), inner.row(SEQ)
    for _ in names.each():
        names.algorithm()
    need(version == 3 and content.oid() == TST_INFO)
    signed = only(content.body(0xA0), OCTETS)
    content.end()
    brought, certificates = Row(inner.maybe(0xA0) or b""), []
    for _ in brought.each():
        need(len(certificates) < 10)
        certificates.append(certificate(brought.any()[2]))
    inner.maybe(0xA1)
    signers = inner.row(SET)
    inner.end()
    found = read_signer(Row(only(signers.data, SEQ)))
    return signed, read_info(Row(only(signed, SEQ))), certificates, found

def read_signer(row):
    version, (tag, body, _) = row.small(), row.any()
    need((version, tag) in ((1, SEQ), (3, 0x80)))
    sid = body
    if tag == SEQ:
        pair = Row(body)
        sid = pair.whole(SEQ), pair.integer()
        pair.end()
    digest, attributes, algorithm, signature = row.algorithm(), row.body(0xA0), row.algorithm(), row.body(OCTETS)
    row.maybe(0xA1)
    row.end()
    rest, found = Row(attributes), {}
    for _ in rest.each():
        one = rest.row(SEQ)
        oid, values = one.oid(), one.body(SET)
        one.end()
        need(oid not in found and len(found) < 32)
        found[oid] = values
    need(PKCS9 + "3" in found and PKCS9 + "4" in found)
    kind = Row(found[PKCS9 + "3"])
    need(kind.oid() == TST_INFO)
    kind.end()
    ess = [first_named(found[PKCS9 + arc], arc) for arc in ("16.2.12", "16.2.47") if PKCS9 + arc in found]
    return Signer(sid, digest, attributes, algorithm, signature, only(found[PKCS9 + "4"], OCTETS), ess)

def first_named(values, arc):
    """Hash (None: SHA-1), digest, and issuer's names with serial number (None: not given)."""
    row = Row(only(values, SEQ))
    first = row.row(SEQ).row(SEQ)
    row.maybe(SEQ)
    row.end()
    default = (None, ("2.16.840.1.101.3.4.2.1", b""))[arc == "16.2.47"]
    algorithm = first.algorithm() if default and first.has(SEQ) else default
    digest, pair = first.body(OCTETS), first.maybe(SEQ)
    first.end()
    if pair is not None:
        inside = Row(pair)
        pair = inside.body(SEQ), inside.integer()
        inside.end()
    return algorithm, digest, pair

def read_info(row):
    need(row.small() == 1)
    policy, message = row.oid(), row.row(SEQ)
    algorithm, imprint = message.algorithm(), message.body(OCTETS)
    message.end()
    serial = Row(row.whole(INT))
    number = only(serial.data, INT)
    serial.integer()
    whole, dot, fraction = row.body(TIME).removesuffix(b"Z").partition(b".")
    good = len(fraction) <= 9 and fraction.isdigit() and fraction[-1:] != b"0"
    need(len(number) <= 64 and (good if dot else True))
    time = seconds(whole + b"Z", 14) * 10**9 + int(fraction.ljust(9, b"0"))
    accuracy = 0
    if row.has(SEQ):
        parts = row.row(SEQ)
        accuracy = (parts.small() if parts.has(INT) else 0) * 10**9
        need(accuracy <= 86400 * 366 * 10**9)
        for tag, unit in ((0x80, 10**6), (0x81, 10**3)):
            part = parts.small(tag) if parts.has(tag) else None
            need(part is None or 1 <= part <= 999)
            accuracy += (part or 0) * unit
        parts.end()
    row.flag()
    if row.has(INT):
        row.integer()
    row.maybe(0xA0)
    rest, critical = Row(row.maybe(0xA1) or b""), False
    for _ in rest.each():
        one = rest.row(SEQ)
        one.oid()
        critical |= one.flag()
        one.body(OCTETS)
        one.end()
    row.end()
    return Info(policy, algorithm, imprint, number.hex(), time, accuracy, critical)

# ---- Who signed, and who stands behind that --------------------------------------------------------------------------
def is_named(one, ess):
    for algorithm, digest, pair in ess:
        name = digest_name(algorithm) if algorithm else "sha1"
        if hashlib.new(name, one.whole).digest() != digest:
            return False
        if pair is not None:
            names, found = Row(pair[0]), False
            for _ in names.each():
                tag, body, _ = names.any()
                found |= tag == 0xA4 and body == one.issuer
            if not found or pair[1] != one.serial:
                return False
    return bool(ess)

class Search:
    """From a certificate up to one that is trusted; `fault` is what was wrong with the first chain that got there."""
    def __init__(self, brought, trusted, at):
        self.brought, self.trusted, self.at, self.left, self.fault, self.unknown = brought, trusted, at, 64, None, False
    def links(self, one, above):
        if one.issuer != above.subject or not self.left:
            return False
        self.left -= 1
        try:
            return is_signed(above.key, scheme_of(one.algorithm), one.tbs, one.signature)
        except Fault:
            self.unknown = True
            return False
    def up(self, chain):
        for name, anchor in self.trusted:
            itself = anchor.whole == chain[-1].whole
            if itself or (len(chain) < 5 and self.links(chain[-1], anchor)):
                fault = self.wrong(chain if itself else chain + [anchor])
                if not fault:
                    return name
                self.fault = self.fault or fault
        for above in self.brought:
            if len(chain) < 5 and all(above.whole != one.whole for one in chain) and self.links(chain[-1], above):
                name = self.up(chain + [above])
                if name is not None:
                    return name
        return None
    def wrong(self, chain):
        if not all(one.before <= self.at <= one.after for one in chain):
            return "expired"
        between = 0
        for n, one in enumerate(chain):
            more, purposes = one.more, one.more.get("purposes", [STAMPING])
            issues = (more.get("ca") and more.get("usage", b"\4")[0] & 4
                      and (STAMPING in purposes or "2.5.29.37.0" in purposes))
            short = more.get("length") is not None and between > more["length"]
            if more.get("unknown") or n and (not issues or short):
                return "constraints"
            between += n > 0 and one.issuer != one.subject
        return None

def trusted_of(authorities):
    for name, data in authorities:
        try:
            yield name, certificate(data)
        except Fault:
            continue

def verify(token, imprint_of, authorities):
    signed, info, brought, signer = read(token)
    name = digest_name(signer.digest)
    scheme = scheme_of(signer.algorithm, name)
    need(hashlib.new(digest_name(info.algorithm), imprint_of).digest() == info.imprint, "imprint")
    trusted = list(trusted_of(authorities))
    def is_identified(one):
        return (one.issuer, one.serial) == signer.sid if isinstance(signer.sid, tuple) else one.more.get("id") == signer.sid
    candidates = brought + [one for _, one in trusted]
    who = next((one for one in candidates if is_identified(one) and is_named(one, signer.ess)), None)
    need(who, "certificate")
    size = len(signer.attributes)
    length = bytes([size]) if size < 128 else bytes([129, size]) if size < 256 else b"\x82" + size.to_bytes(2, "big")
    need(hashlib.new(name, signed).digest() == signer.message, "signature")
    need(is_signed(who.key, scheme, bytes([SET]) + length + signer.attributes, signer.signature), "signature")
    first, second = who.more.get("usage", b"\x80\0")
    need(first & 0xC0 and not first & 0x3F and not second, "usage")
    need(who.more.get("purposes") == [STAMPING] and who.more["strict"], "usage")
    search = Search(brought, trusted, info.time // 10**9)
    authority = search.up([who])
    need(authority is not None, search.fault or ("algorithm" if search.unknown else "authority"))
    need(not info.critical, "constraints")
    bounds = (info.time - info.accuracy) // 10**9, -(-(info.time + info.accuracy) // 10**9)
    return Stamp(info.time // 10**9, *bounds, authority, info.serial, info.policy)
