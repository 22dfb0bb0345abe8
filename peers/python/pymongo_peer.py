"""Peers: PyMongo with libmongocrypt, as a process that does what the tests ask.

Every line of standard input is a request, `{call, arguments}` as BSON in base64, and gets one line back:
`{result}` or `{error: {type, message}}`. Documents that must keep their bytes travel as binary.
"""

import base64
import functools
import socket
import sys

import bson
from bson.binary import Binary
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.encryption import AutoEncryptionOpts, ClientEncryption

# A UUID stays what it is in BSON: binary of subtype 4.
OPTIONS = CodecOptions()
RAW = CodecOptions(document_class=RawBSONDocument)


class Party:
    """One user of a key vault: a plain client, one that decrypts by itself, and explicit encryption."""

    def __init__(self, uri, keyVaultNamespace, kmsProviders, tlsOptions, keyExpirationMS, routes):
        shared = dict(
            kms_tls_options=tlsOptions,
            key_expiration_ms=keyExpirationMS,
            kms_connect_callback=lambda to: dial(routes, to),
        )
        self.uri = uri
        self.options = AutoEncryptionOpts(
            kmsProviders, keyVaultNamespace, bypass_query_analysis=True, **shared
        )
        self.encryption = ClientEncryption(
            kmsProviders, keyVaultNamespace, client_of(uri), OPTIONS, **shared
        )

    @functools.cached_property
    def automatic_client(self):
        return MongoClient(self.uri, auto_encryption_opts=self.options)

    def create_data_key(self, provider, masterKey=None, keyAltNames=None, keyMaterial=None):
        return self.encryption.create_data_key(provider, masterKey, keyAltNames, keyMaterial)

    def rewrap(self, filter, provider=None, masterKey=None):
        result = self.encryption.rewrap_many_data_key(filter, provider, masterKey).bulk_write_result
        return 0 if result is None else result.modified_count

    def encrypt(self, value, algorithm, keyId=None, keyAltName=None):
        return self.encryption.encrypt(value, algorithm, keyId, keyAltName)

    def decrypt(self, value):
        return self.encryption.decrypt(value)

    # A message is `{v: value}` in BSON. PyMongo has no value for BSON's dbPointer, symbol and undefined,
    # and no public door for bytes; these two use the object behind the public methods.
    def encrypt_message(self, message, algorithm, keyId):
        return self.encryption._encryption.encrypt(message, algorithm, key_id=bytes(keyId))

    def decrypt_message(self, message):
        return self.encryption._encryption.decrypt(message)

    def get_key(self, keyId):
        return raw(self.encryption.get_key(keyId))

    def get_key_by_alt_name(self, keyAltName):
        return raw(self.encryption.get_key_by_alt_name(keyAltName))

    def add_key_alt_name(self, keyId, keyAltName):
        return raw(self.encryption.add_key_alt_name(keyId, keyAltName))

    def remove_key_alt_name(self, keyId, keyAltName):
        return raw(self.encryption.remove_key_alt_name(keyId, keyAltName))

    def delete_key(self, keyId):
        return self.encryption.delete_key(keyId).deleted_count

    def find(self, namespace, filter, automatic):
        client = self.automatic_client if automatic else client_of(self.uri)
        return [raw(found) for found in collection(client, namespace).find(filter)]

    def insert(self, namespace, document, automatic):
        client = self.automatic_client if automatic else client_of(self.uri)
        collection(client, namespace).insert_one(RawBSONDocument(document, RAW))

    def close(self):
        self.encryption.close()
        if "automatic_client" in self.__dict__:
            self.automatic_client.close()


# All parties share the plain client of a server.
client_of = functools.cache(MongoClient)


def dial(routes, to):
    """Hosts of the clouds lie on ports of loopback; nothing leaves this machine."""
    if to.port == 443 and to.host in routes:
        return socket.create_connection(("127.0.0.1", routes[to.host]), to.timeout)
    if to.host not in ("127.0.0.1", "localhost"):
        raise OSError(f"No route to {to.host}")
    return socket.create_connection((to.host, to.port), to.timeout)


def raw(document):
    return None if document is None else Binary(bytes(document.raw))


def collection(client, namespace):
    database, name = namespace.split(".", 1)
    return client[database].get_collection(name, codec_options=RAW)


parties = {}


def answer(call, arguments, party):
    if call == "open":
        parties[party] = Party(**arguments)
        return None
    if call == "close":
        return parties.pop(party).close() if party in parties else None
    return getattr(parties[party], call)(**arguments)


for line in sys.stdin:
    request = bson.decode(base64.b64decode(line), OPTIONS)
    try:
        reply = {"result": answer(**request)}
    except Exception as error:
        reply = {"error": {"type": type(error).__name__, "message": str(error)}}
    print(base64.b64encode(bson.encode(reply, codec_options=OPTIONS)).decode(), flush=True)
