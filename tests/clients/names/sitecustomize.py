"""In a client's process (Python loads this by its name): connections to port 443 of the names in BENT_NAMES go to
BENT_PORT here. What the client says to the server, the certificate's name among it, stays as it is."""
import os
import socket

NAMES, PORT = os.environ["BENT_NAMES"].split(), int(os.environ["BENT_PORT"])
MARK = "127.4.4.3"  # what the names are resolved to; nothing else has any business there
getaddrinfo, connect = socket.getaddrinfo, socket.socket.connect


def bent_getaddrinfo(host, *args, **options):
    name = host.decode() if isinstance(host, bytes) else host
    return getaddrinfo(MARK if name in NAMES else host, *args, **options)


def bent_connect(self, address):
    return connect(self, ("127.0.0.1", PORT) if address == (MARK, 443) else address)


socket.getaddrinfo, socket.socket.connect = bent_getaddrinfo, bent_connect
