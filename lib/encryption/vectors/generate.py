#!/usr/bin/env python3
"""Makes the vectors of this folder. Nothing of the module under test is used.

    ~/.cache/medco-peers/pymongo/bin/python lib/encryption/vectors/generate.py

Needs the packages that SOURCES.md names. values.json and key-wrap.json are computed from the published
formats with the package `cryptography` and then put before libmongocrypt, which has to agree; kms.json
is what libmongocrypt itself said to a KMS, with the time at which it said it.
"""

import hashlib
import hmac
import json
import re
import struct
from base64 import b64decode, b64encode, urlsafe_b64decode
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import parse_qs

import bson
from bson.binary import Binary, STANDARD, UUID_SUBTYPE
from bson.codec_options import CodecOptions
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from pymongocrypt.mongocrypt import MongoCrypt, MongoCryptOptions
from pymongocrypt.options import DataKeyOpts, ExplicitEncryptOpts
from pymongocrypt.synchronous.state_machine import MongoCryptCallback

FOLDER = Path(__file__).parent
DETERMINISTIC = "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic"
RANDOM = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
OPTIONS = CodecOptions(uuid_representation=STANDARD)
NEED_MONGO_KEYS, NEED_KMS, READY = 3, 4, 5

# Made by a rule that anyone can repeat, so that they are no one's keys.
DATA_KEY = b"".join(hashlib.sha256(b"data key %d" % part).digest() for part in range(3))
MASTER_KEY = b"".join(hashlib.sha256(b"master key %d" % part).digest() for part in range(3))
KEY_ID = hashlib.sha256(b"key id").digest()[:16]
IV = hashlib.sha256(b"iv").digest()[:16]
WRAP_IV = hashlib.sha256(b"wrap iv").digest()[:16]


# The AEAD of draft-mcgrew-aead-aes-cbc-hmac-sha2-05, with MongoDB's 96-byte keys.


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha512).digest()


def seal(key, iv, associated, plaintext):
    mac_key, encryption_key = key[:32], key[32:64]
    padder = PKCS7(128).padder()
    padded = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(algorithms.AES(encryption_key), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    length = struct.pack(">Q", 8 * len(associated))
    return iv + ciphertext + mac(mac_key, associated, iv, ciphertext, length)[:32]


def deterministic_iv(key, associated, plaintext):
    return mac(key[64:], associated, struct.pack(">Q", 8 * len(associated)), plaintext)[:16]


def encrypted(algorithm, bson_type, value):
    """A blob of subtype 6; `algorithm` is 1, deterministic, or 2, random with the IV above."""
    associated = bytes([algorithm]) + KEY_ID + bytes([bson_type])
    iv = deterministic_iv(DATA_KEY, associated, value) if algorithm == 1 else IV
    return associated + seal(DATA_KEY, iv, associated, value)


# BSON by hand: PyMongo cannot write a dbPointer or an undefined.


def element(bson_type, name, value):
    return bytes([bson_type]) + name + b"\0" + value


def document(*elements):
    body = b"".join(elements) + b"\0"
    return struct.pack("<i", len(body) + 4) + body


def string(text):
    data = text.encode() + b"\0"
    return struct.pack("<i", len(data)) + data


def binary(subtype, data):
    return struct.pack("<i", len(data)) + bytes([subtype]) + data


OBJECT_ID = bytes(range(12))
INNER = document(element(0x10, b"a", struct.pack("<i", 1)))
SCOPED = string("return a") + INNER

# type number, name, raw value bytes, whether Deterministic takes it
VALUES = [
    (0x01, "double", struct.pack("<d", -1.5), False),
    (0x02, "string", string("Größe 🩺"), True),
    (0x02, "string, empty", string(""), True),
    (0x02, "string of one block", string("x" * 11), True),
    (0x02, "string of one block and a byte", string("x" * 12), True),
    (0x03, "object", INNER, False),
    (0x03, "object, empty", document(), False),
    (0x04, "array", document(element(0x02, b"0", string("x")), element(0x0A, b"1", b"")), False),
    (0x05, "binData 0", binary(0, b"\0\1\2"), True),
    (0x05, "binData 0, empty", binary(0, b""), True),
    (0x05, "binData 2", binary(2, struct.pack("<i", 3) + b"old"), True),
    (0x05, "binData 4", binary(4, bytes(range(16))), True),
    (0x05, "binData 128", binary(128, b"own"), True),
    (0x07, "objectId", OBJECT_ID, True),
    (0x08, "bool, true", b"\1", False),
    (0x08, "bool, false", b"\0", False),
    (0x09, "date", struct.pack("<q", 1_700_000_000_123), True),
    (0x09, "date before 1970", struct.pack("<q", -1), True),
    (0x0B, "regex", b"^pat\0im\0", True),
    (0x0C, "dbPointer", string("db.coll") + OBJECT_ID, True),
    (0x0D, "javascript", string("return 1"), True),
    (0x0E, "symbol", string("old"), True),
    (0x0F, "javascriptWithScope", struct.pack("<i", len(SCOPED) + 4) + SCOPED, False),
    (0x10, "int", struct.pack("<i", 901_010_001), True),
    (0x10, "int, lowest", struct.pack("<i", -(2**31)), True),
    (0x11, "timestamp", struct.pack("<II", 3, 1_700_000_000), True),
    (0x12, "long", struct.pack("<q", 2**63 - 1), True),
    (0x13, "decimal", bson.decimal128.Decimal128("1.10").bid, False),
]


# libmongocrypt, driven as a driver does it.


class Callback(MongoCryptCallback):
    def fetch_keys(self, filter):
        raise NotImplementedError

    kms_request = collection_info = mark_command = insert_data_key = close = fetch_keys

    def bson_encode(self, doc):
        return bson.encode(doc, codec_options=OPTIONS)


def engine(kms_providers):
    return MongoCrypt(MongoCryptOptions(kms_providers), Callback())


def key_document(key_material, master_key):
    date = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    return bson.encode(
        {
            "_id": Binary(KEY_ID, UUID_SUBTYPE),
            "keyMaterial": Binary(key_material, 0),
            "creationDate": date,
            "updateDate": date,
            "status": 0,
            "masterKey": master_key,
        },
        codec_options=OPTIONS,
    )


def converse(context, keys, answer):
    """Runs a context to its end; the bytes that it gives, and what it said to the KMS."""
    said = []
    while context.state != READY:
        if context.state == NEED_MONGO_KEYS:
            for key in keys:
                context.add_mongo_operation_result(key)
            context.complete_mongo_operation()
        elif context.state == NEED_KMS:
            for request in context.kms_contexts():
                message = bytes(request.message)
                reply = answer(message)
                said.append({"endpoint": request.endpoint, "message": message, "reply": reply})
                position = 0
                while request.bytes_needed > 0:
                    chunk = reply[position : position + request.bytes_needed]
                    request.feed(chunk)
                    position += len(chunk)
            context.complete_kms()
        else:
            raise ValueError("unexpected state %d" % context.state)
    return context.finish(), said


def no_kms(message):
    raise ValueError("unexpected message to a KMS")


def make_values():
    local = {"local": {"key": MASTER_KEY}}
    wrapped = seal(MASTER_KEY, WRAP_IV, b"", DATA_KEY)
    keys = [key_document(wrapped, {"provider": "local"})]

    def check(value_type, value, algorithm, blob):
        opts = ExplicitEncryptOpts(algorithm, key_id=KEY_ID)
        message = document(element(value_type, b"v", value))
        crypt = engine(local)
        theirs, _ = converse(crypt.explicit_encryption_context(message, opts), keys, no_kms)
        if algorithm == DETERMINISTIC:
            assert theirs == document(element(0x05, b"v", binary(6, blob)))
        ours = document(element(0x05, b"v", binary(6, blob)))
        opened, _ = converse(crypt.explicit_decryption_context(ours), keys, no_kms)
        assert opened == message

    values = []
    for number, name, value, takes_deterministic in VALUES:
        entry = {"name": name, "type": number, "value": value.hex()}
        if takes_deterministic:
            blob = encrypted(1, number, value)
            check(number, value, DETERMINISTIC, blob)
            entry["deterministic"] = blob.hex()
        blob = encrypted(2, number, value)
        check(number, value, RANDOM, blob)
        entry["random"] = blob.hex()
        values.append(entry)
    write("values.json", {"dataKey": DATA_KEY.hex(), "keyId": KEY_ID.hex(), "iv": IV.hex(), "values": values})
    # That libmongocrypt has opened the key document above is the check of the wrapping.
    write(
        "key-wrap.json",
        {
            "masterKey": MASTER_KEY.hex(),
            "dataKey": DATA_KEY.hex(),
            "iv": WRAP_IV.hex(),
            "keyMaterial": wrapped.hex(),
            "keyDocument": keys[0].hex(),
        },
    )


# KMS transcripts.


def http(body):
    text = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text


def ttlv(tag, item_type, value):
    return struct.pack(">I", tag << 8 | item_type) + struct.pack(">I", len(value)) + value + bytes(-len(value) % 8)


def kmip(operation, *payload):
    version = ttlv(0x420069, 1, ttlv(0x42006A, 2, struct.pack(">i", 1)) + ttlv(0x42006B, 2, struct.pack(">i", 0)))
    header = ttlv(0x42007A, 1, version + ttlv(0x420092, 9, bytes(8)) + ttlv(0x42000D, 2, struct.pack(">i", 1)))
    result = ttlv(0x42005C, 5, struct.pack(">i", operation)) + ttlv(0x42007F, 5, struct.pack(">i", 0))
    item = ttlv(0x42000F, 1, result + ttlv(0x42007C, 1, b"".join(payload)))
    return ttlv(0x42007B, 1, header + item)


UID = ttlv(0x420094, 7, b"7")
WRAPPED = b"".join(hashlib.sha512(b"wrapped %d" % part).digest() for part in range(2))


def answer(message):
    """What a KMS that wraps DATA_KEY as WRAPPED answers; the KMIP server holds MASTER_KEY as `7`."""
    if message[:3] == b"\x42\x00\x78":
        operation = message[message.index(b"\x42\x00\x5c\x05") + 11]
        secret = ttlv(0x420085, 1, ttlv(0x420086, 5, struct.pack(">i", 2)) + ttlv(0x420040, 1,
            ttlv(0x420042, 5, struct.pack(">i", 2)) + ttlv(0x420045, 1, ttlv(0x420043, 8, MASTER_KEY))))
        return {
            1: lambda: kmip(1, ttlv(0x420057, 5, struct.pack(">i", 2)), UID),
            3: lambda: kmip(3, UID),
            0x0A: lambda: kmip(0x0A, ttlv(0x420057, 5, struct.pack(">i", 7)), UID, secret),
            0x12: lambda: kmip(0x12, UID),
            0x1F: lambda: kmip(0x1F, UID, ttlv(0x4200C2, 8, WRAPPED), ttlv(0x42003D, 8, IV)),
            0x20: lambda: kmip(0x20, UID, ttlv(0x4200C2, 8, DATA_KEY)),
        }[operation]()
    if re.match(rb"POST \S*/token ", message):
        return http({"access_token": "an.access-token", "token_type": "Bearer", "expires_in": 3600})
    if b"TrentService.Encrypt" in message:
        return http({"CiphertextBlob": b64encode(WRAPPED).decode()})
    if b"TrentService.Decrypt" in message:
        return http({"Plaintext": b64encode(DATA_KEY).decode()})
    url_safe = lambda data: b64encode(data, b"-_").decode().rstrip("=")
    if b"/wrapkey?" in message:
        return http({"value": url_safe(WRAPPED)})
    if b"/unwrapkey?" in message:
        return http({"value": url_safe(DATA_KEY)})
    if b":encrypt HTTP" in message:
        return http({"ciphertext": b64encode(WRAPPED).decode()})
    return http({"plaintext": b64encode(DATA_KEY).decode()})


def time_of(said):
    """Milliseconds of the time that the messages state, in seconds; None where they state none."""
    for each in said:
        message = each["message"]
        date = re.search(rb"X-Amz-Date:\s*(\d{8}T\d{6}Z)", message, re.I)
        if date:
            at = datetime.strptime(date[1].decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
            return int(at.timestamp()) * 1000
        if b"assertion=" in message:
            token = parse_qs(message.split(b"\r\n\r\n", 1)[1].decode())["assertion"][0]
            claims = token.split(".")[1]
            return json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iat"] * 1000
    return None


def service_account_key():
    """The key of the last run, if any: nothing else changes by it."""
    try:
        return json.loads((FOLDER / "kms.json").read_text())["privateKey"]
    except FileNotFoundError:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        der = key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return b64encode(der).decode()


def make_kms():
    private_key = service_account_key()
    aws = {"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
    arn = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
    azure = {"tenantId": "tenant", "clientId": "client", "clientSecret": "secret~1"}
    vault = {"keyVaultEndpoint": "clinic.vault.azure.net", "keyName": "master"}
    gcp = {"email": "clinic@project.example", "privateKey": private_key}
    ring = {"projectId": "p", "location": "l", "keyRing": "r", "keyName": "k"}
    kmip_server = {"endpoint": "kmip.example:5697"}
    cases = [
        ("aws", aws, {"region": "us-east-1", "key": arn}),
        ("aws", {**aws, "sessionToken": "a session token"}, {"region": "eu-west-1", "key": arn, "endpoint": "kms.example"}),
        ("azure", azure, vault),
        ("azure", {**azure, "identityPlatformEndpoint": "login.example:8443"}, {**vault, "keyVersion": "v1"}),
        ("gcp", gcp, ring),
        ("gcp", {**gcp, "endpoint": "oauth.example"}, {**ring, "keyVersion": "2"}),
        ("kmip", kmip_server, {}),
        ("kmip", kmip_server, {"keyId": "7"}),
        ("kmip", kmip_server, {"delegated": True}),
        ("kmip", kmip_server, {"delegated": True, "keyId": "7", "endpoint": "other.example"}),
    ]
    transcripts = []
    for provider, credentials, master_key in cases:
        for attempt in range(20):
            transcript = record(provider, credentials, master_key)
            if transcript is not None:
                break
        else:
            raise ValueError("the clock never stood still")
        transcripts.append(transcript)
    write("kms.json", {"privateKey": private_key, "dataKey": DATA_KEY.hex(), "transcripts": transcripts})


def record(provider, credentials, master_key):
    providers = {provider: credentials}
    opts = DataKeyOpts(master_key=master_key, key_material=bson.encode({"keyMaterial": Binary(DATA_KEY, 0)}))
    # An engine each, with empty caches; kept in a variable, for a context does not keep it alive.
    crypt = engine(providers)
    stored, wrapping = converse(crypt.data_key_context(provider, opts), [], answer)
    made = bson.decode(stored, codec_options=OPTIONS)
    key = key_document(bytes(made["keyMaterial"]), made["masterKey"])
    blob = encrypted(1, 0x10, struct.pack("<i", 1))
    message = document(element(0x05, b"v", binary(6, blob)))
    crypt = engine(providers)
    opened, unwrapping = converse(crypt.explicit_decryption_context(message), [key], answer)
    assert opened == document(element(0x10, b"v", struct.pack("<i", 1)))
    times = {time_of(wrapping), time_of(unwrapping)}
    # Both halves within one second, so that one clock serves both.
    if len(times) > 1:
        return None

    def readable(each):
        is_text = each["message"][:4] == b"POST"
        show = (lambda data: data.decode()) if is_text else (lambda data: data.hex())
        return {**each, "message": show(each["message"]), "reply": show(each["reply"])}

    return {
        "provider": provider,
        "kmsProvider": credentials,
        "masterKey": master_key,
        "now": times.pop() or 0,
        "storedMasterKey": made["masterKey"],
        "keyMaterial": bytes(made["keyMaterial"]).hex(),
        "keyDocument": key.hex(),
        "wrapping": [readable(each) for each in wrapping],
        "unwrapping": [readable(each) for each in unwrapping],
    }


def write(name, content):
    (FOLDER / name).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


make_values()
make_kms()
