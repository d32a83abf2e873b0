"""What all worlds are held against together: whose each id is, how long answers take, whether they are well-formed."""
import collections
import json
import os
import re
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))
import records  # noqa: E402

# Any answer is there by then, or that long after what it was asked to wait for. Two hundred clients are one slow process, on
# a machine that may be slow as well: this is for what hangs, which would do so until the server ends idle connections.
SECONDS = 45
OF_EACH_KIND = 40  # answers for the judge
MARK = re.compile(rb"mark[0-9]{4}x[0-9a-f]{12}")
# Whatever names something of one world alone: predictions, messages, requests, files, streams, output files.
NAMES = re.compile(rb"(?<![A-Za-z0-9_-])(?:[a-z0-9]{26}|msg_[0-9A-Za-z]{27}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
                   rb"|[A-Za-z0-9]{48}|[a-z0-9]{52})(?![A-Za-z0-9_-])")
SECRET = b"r8_stress"


class Fault(AssertionError):
    """An invariant does not hold."""


def must(condition, *what):
    if not condition:
        raise Fault(" ".join(str(part) for part in what))


class Ledger:
    def __init__(self):
        self.owners = {}  # a name -> the mark of the world in whose answers it stands
        self.asked = collections.Counter()
        self.kept = collections.Counter()
        self.slowest = (0, "nothing")

    def look(self, mark, method, target, answer, patience=0, made_up=False):
        """Holds an answer to the world of that mark against what holds for all. `patience`: seconds that it was asked to
        wait. `made_up`: a rule of ours has written it."""
        what = f"{method} {target}"
        self.asked[answer.status] += 1
        self.slowest = max(self.slowest, (answer.took - patience, what))
        must(answer.took < patience + SECONDS, what, f"took {answer.took:.1f} s")
        if "json" in answer.headers.get("content-type", ""):
            try:
                json.loads(answer.body)
            except ValueError as error:
                raise Fault(f"{what}: {error} in {answer}") from None
        must(answer.status < 500 or made_up, what, answer)
        self.look_at(mark, what, answer.body)
        if not made_up:
            self._keep(method, target, answer)

    def look_at(self, mark, what, data):
        """Nothing in it is another world's."""
        must(SECRET not in data, what, "shows a token:", data[:2000])
        for found in set(MARK.findall(data)):
            must(found == mark, what, "of", mark, "shows", found, data[:2000])
        for name in set(NAMES.findall(data)):
            must(self.owners.setdefault(name, mark) == mark, what, "of", mark, "shows", name, "of", self.owners[name])

    def look_at_all(self, names, what, entries):
        """Entries of all worlds, each of which says whose it is. `names`: a world's hash -> its mark."""
        for entry in entries:
            mark = names.get(entry["world"])
            if mark:
                self.look_at(mark, what, json.dumps(entry).encode())

    def _keep(self, method, target, answer):
        kind = method, target.partition("?")[0].strip("/").split("/")[-1][:20], answer.status
        self.kept[kind] += 1
        if "RECORDS" in os.environ and self.kept[kind] <= OF_EACH_KIND:
            records.add(method, target, None, answer.status, answer.headers.get("content-type", ""), answer.body)
