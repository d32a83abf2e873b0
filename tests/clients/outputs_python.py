"""What the programs of output files of both of Replicate's Python clients share; see outputs.py."""
import base64
import os
import subprocess
import sys

URL, SCHEME = sys.argv[1:3]
os.environ["REPLICATE_BASE_URL"] = URL
os.environ["REPLICATE_POLL_INTERVAL"] = "0.02"

VIDEO = "minimax/video-01"
MAGIC = {"image/webp": b"RIFF", "image/png": b"\x89PNG", "video/webm": b"\x1aE\xdf\xa3"}


def curl(*args):
    return subprocess.run(["curl", "-q", "-sSf", *args], check=True, stdout=subprocess.PIPE).stdout


def content(url):
    """What is at the URL, as curl gets it or the URL has it: (type, bytes)."""
    if url.startswith("data:"):
        head, text = url[len("data:"):].split(";base64,")
        return head, base64.b64decode(text)
    return curl("-I", "-o", os.devnull, "-w", "%{content_type}", url).decode(), curl(url)


def check(url, content_type, *readings):
    """The URL is a file's, and has what each way to read it has given."""
    assert url.startswith(SCHEME + ":"), url[:60]
    found, wanted = content(url)
    assert found == content_type, found
    assert wanted.startswith(MAGIC[content_type]), wanted[:10]
    for reading in readings:
        assert reading == wanted, f"{len(reading)} bytes, and {len(wanted)} at its URL"
    return wanted
