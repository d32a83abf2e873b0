"""In a client's process (Python loads this by its name): the names in BENT_NAMES are 127.0.0.1, and their port is
BENT_PORT. What the client says to the server, the certificate's name among it, stays as it is."""
import os
import socket

names, port = os.environ["BENT_NAMES"].split(), int(os.environ["BENT_PORT"])
real = socket.getaddrinfo


def getaddrinfo(host, service, *args, **options):
    name = host.decode() if isinstance(host, bytes) else host
    return real("127.0.0.1", port, *args, **options) if name in names else real(host, service, *args, **options)


socket.getaddrinfo = getaddrinfo
