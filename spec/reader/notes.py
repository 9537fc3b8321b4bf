# Hashes, base64, strict Ed25519 and signed notes: what seal.md (sections 1 and 3) and log.md (section 1) build on.
# It is not a reader of either: what a note's text says is up to verify.py and log.py. From the two pages alone.
# Invariant: what does not hold is a ValueError or False, never another exception.
import base64, hashlib, re
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def b64(text, size=None):
    """Bytes, `size` of them, from base64 exactly as its own encoder writes it; else ValueError."""
    raw = base64.b64decode(text, validate=True)
    if size not in (None, len(raw)) or base64.b64encode(raw).decode() != text:
        raise ValueError("base64")
    return raw

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
def point_is_strict(encoded):
    """Canonical, and not of small order: y = 1, -1 (orders 1, 2), y = 0 (order 4), d y^4 + 2 y^2 = 1 (order 8)."""
    y = int.from_bytes(encoded, "little") & (1 << 255) - 1
    return y < P and y != 0 and (y * y - 1) % P != 0 and (D * pow(y, 4, P) + 2 * y * y - 1) % P != 0

def is_on_curve(encoded):
    """Whether x^2 = (y^2 - 1) / (d y^2 + 1) has a root, which is to say that the bytes are a key at all."""
    y = int.from_bytes(encoded, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    return pow(square, (P - 1) // 2, P) in (0, 1)

def ed25519_holds(key, signature, text):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return int.from_bytes(signature[32:], "little") < L and point_is_strict(key) and point_is_strict(signature[:32])

def key_id(key, name, kind):
    """The id that stands before a signature; `kind` is 1 for who signs the text, 4 for a witness."""
    return sha256(name.encode(), b"\n", bytes([kind]), key)[:4]

def open_lines(raw, signatures_max):
    """The text of a signed note and its signature lines as (name, blob); ValueError if it is not one."""
    text, gap, tail = raw.decode("utf-8").rpartition("\n\n")
    signed = [line.split(" ") for line in tail.split("\n")]
    if (len(raw) > 16384 or re.search(rb"[\x00-\x09\x0b-\x1f]", raw) or not gap or signed.pop() != [""]
            or not 1 <= len(signed) <= signatures_max
            or not all(len(parts) == 3 and parts[0] == "—" for parts in signed)):
        raise ValueError("not a note")
    return text + "\n", [(name, b64(blob)) for _, name, blob in signed]
