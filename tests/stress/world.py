"""One world under load: a script drawn from a seed, and what the server must say of it all the time.

An episode is some dozens of actions, drawn by their weights. It ends with all that runs brought to its end, with an
account of everything that was done, and with a reset that spares parts drawn at random. Whatever a client may
leave, streams, waits, creations, is left now and then; what came of that the world cannot know, so these are
counted apart ("lost") and the account allows for them.
"""
import asyncio
import base64
import collections
import hashlib
import hmac
import json
import random
import sys
import urllib.parse
from contextlib import suppress
from datetime import datetime, timedelta

from ledger import must
from wire import Dropped, Wire

SECRET = "whsec_c3RyZXNzLXN0cmVzcy1zdHJlc3Mtc3RyZXNz"
CONTROLNET = "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"
LLAMA = "/v1/models/meta/meta-llama-3-8b-instruct/predictions"
CANARY = "30e22229542eb3f79d4f945dacb58d32001b02cc313ae6f54eef27904edf3272"
TRAINER = "/v1/models/ostris/flux-dev-lora-trainer/versions/" \
          "e440909d3512c31646ee2e0c7d6f6f4923224863a6a10c494606e79fb5844497/trainings"
RANKS = {"starting": 0, "processing": 1, "succeeded": 2, "failed": 2, "canceled": 2, "aborted": 2}
PARTS = ["scenarios", "clock", "files", "models", "requests", "inbox", "predictions"]
HISTORY = 25
INBOX_ENTRIES, JOURNAL_SURE = 200, 900  # what is kept of each for certain
ACTIONS = {}


def action(weight):
    def enter(method):
        ACTIONS[method.__name__] = weight
        return method
    return enter


def text_of(stamp):
    return stamp.isoformat().replace("+00:00", "Z")


def time_of(text):
    """To the microsecond."""
    whole, _, rest = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00") + timedelta(microseconds=int((rest + "000000")[:6]))


class World:
    def __init__(self, number, seed, port, ledger, drawing, unread):
        """`drawing`: a semaphore; one thread of the server draws all pictures, so few are fetched at a time."""
        self.rng = random.Random(f"{seed}/{number}")
        self.mark = f"mark{number:04}x{self.rng.getrandbits(48):012x}"
        self.token = f"r8_stress{self.rng.getrandbits(128):032x}"
        self.name = hashlib.sha256(self.token.encode()).hexdigest()[:8]
        self.port, self.ledger, self.drawing, self.unread = port, ledger, drawing, unread
        self.wire = Wire(port)
        self.tasks = set()
        self.left = set()  # own ends of connections on which something was asked and no answer awaited
        self.history = collections.deque(maxlen=HISTORY)  # of requests and answers, for whoever looks for a fault
        self.episodes = 0
        self.serial = 0
        self.manual = False
        self.begin(PARTS[:0])

    def begin(self, keep):
        """As the world knows itself after a reset that spares these."""
        if "predictions" not in keep:
            self.predictions = {}  # id -> what was seen of it last
            self.trainings = set()
            self.told = {}  # id of a prediction with a webhook -> its filter
            self.lost = 0
        if "scenarios" not in keep:
            self.rules = {}
        if "files" not in keep:
            self.files = {}
        if "models" not in keep:
            self.owns_model = self.owns_deployment = False
        if "requests" not in keep:
            self.asked = self.asked_perhaps = 0
        if "inbox" not in keep:
            self.entries = 0  # that others sent
        if "clock" not in keep and "predictions" not in keep:
            self.now = None
            self.manual = False
        if "inbox" not in keep and "predictions" not in keep:
            self.odd_webhooks = False  # is there what makes messages and receipts differ in number?
        elif "inbox" not in keep or "predictions" not in keep:
            self.odd_webhooks = True

    # --- asking -------------------------------------------------------------------------------------------------------

    def headers(self, more=None):
        return {"Authorization": f"Bearer {self.token}", **(more or {})}

    def note_asked(self, target, perhaps=False):
        if target.startswith("/_mock"):
            return
        if perhaps:
            self.asked_perhaps += 1
        else:
            self.asked += 1

    async def ask(self, method, target, body=None, expected=(200,), headers=None, patience=0, made_up=False):
        """One request, and its answer with one of these statuses."""
        headers = self.headers(headers)
        if isinstance(body, (dict, list)):
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        self.note_asked(target)
        answer = await self.wire.ask(method, target, headers, body)
        self.history.append(f"{method} {target} {(body or b'')[:300]!r}\n    {answer.status} {answer.body[:300]!r}")
        self.ledger.look(self.mark.encode(), method, target, answer, patience, made_up)
        must(answer.status in expected, self.mark, method, target, "expected", expected, "got", answer)
        return answer

    async def get(self, target, **options):
        return (await self.ask("GET", target, **options)).json()

    def spawn(self, coroutine):
        """Goes on beside the script until it ends or the episode does."""
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)

    async def stop_tasks(self):
        for task in self.tasks:
            if not task.done():
                task.cancel()
        for result in await asyncio.gather(*self.tasks, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result
        self.tasks.clear()

    def leave(self, wire):
        self.left.add(wire.own_port)
        wire.close()

    async def until_noticed(self):
        """What was asked on connections that were left has come in, and so will not do anything from now on."""
        await self.unread.until_read(self.left)
        self.left.clear()

    # --- what is seen of predictions ----------------------------------------------------------------------------------

    def see(self, shown):
        """A prediction as an answer to the script shows it: it has only moved forward."""
        before = self.predictions.get(shown["id"])
        if before is None:
            must(self.lost > 0, self.mark, "does not know", shown["id"])
            before = {"status": "starting", "created_at": shown["created_at"]}
        old, new = before["status"], shown["status"]
        must(new == old or RANKS[new] > RANKS[old], shown["id"], "was", old, "is", new)
        must(time_of(before["created_at"]) == time_of(shown["created_at"]), shown, before)
        stamps = [time_of(shown[key]) for key in ("created_at", "started_at", "completed_at") if shown.get(key)]
        must(stamps == sorted(stamps), shown)
        must((RANKS[new] == 2) == bool(shown.get("completed_at")), shown)
        self.predictions[shown["id"]] = shown

    def some(self):
        return self.rng.choice(list(self.predictions.values())) if self.predictions else None

    def word(self):
        self.serial += 1
        return f"word{self.serial}"

    # --- creating -----------------------------------------------------------------------------------------------------

    def creation(self, prompt):
        """(target, body) of one of several kinds."""
        kind = self.rng.choice(["llama", "llama", "controlnet", "deployment"])
        if kind == "deployment" and self.owns_deployment:
            return f"/v1/deployments/replicate-mock/{self.mark}/predictions", {"input": {"text": prompt, "prompt": prompt}}
        if kind == "controlnet":
            return "/v1/predictions", {"version": CONTROLNET, "input": {
                "prompt": prompt, "image": f"https://example.com/{self.mark}.png", "structure": "canny"}}
        return LLAMA, {"input": {"prompt": prompt}}

    def add_webhook(self, body):
        if self.rng.random() < 0.5:
            return None
        body["webhook"] = f"http://127.0.0.1:{self.port}/_mock/inbox/{self.mark}"
        wanted = self.rng.choice([None, ["completed"], ["start", "completed"], ["start", "output", "logs", "completed"]])
        if wanted:
            body["webhook_events_filter"] = wanted
        return wanted or ["output", "completed"]

    async def create_with(self, prompt, rule=None):
        target, body = self.creation(prompt)
        wanted = self.add_webhook(body)
        response = (rule or {}).get("response", {})
        status = response.get("status", 201)
        try:
            answer = await self.ask("POST", target, body, (status,), made_up="status" in response)
        except Dropped:
            must("drop" in response, self.mark, "was dropped", target, rule)
            self.lost += 1
            return None
        must("drop" not in response, self.mark, "was not dropped", rule, answer)
        if status != 201:
            return None
        made = answer.json()
        must(made["id"] not in self.predictions and made["status"] in RANKS, made)
        self.predictions[made["id"]] = made
        if wanted:
            self.told[made["id"]] = wanted
        return made

    @action(14)
    async def create(self):
        await self.create_with(f"{self.mark} {self.word()}")

    @action(2)
    async def train(self):
        if not self.owns_model:
            await self.ask("POST", "/v1/models", {"owner": "me", "name": self.mark, "visibility": "private", "hardware": "cpu"},
                           (201,))
            self.owns_model = True
        answer = await self.ask("POST", TRAINER, {"destination": f"me/{self.mark}", "input": {
            "input_images": f"https://example.com/{self.mark}.zip"}}, (201,))
        self.trainings.add(answer.json()["id"])

    @action(1)
    async def deploy(self):
        if not self.owns_deployment:
            await self.ask("POST", "/v1/deployments", {
                "name": self.mark, "model": "replicate/canary", "version": CANARY, "hardware": "cpu",
                "min_instances": 0, "max_instances": 1})
            self.owns_deployment = True

    @action(2)
    async def fill(self):
        count = self.rng.randint(1, 5)
        given = [{"model": "replicate/hello-world", "status": self.rng.choice(["succeeded", "failed", "canceled"]),
                  "input": {"text": f"{self.mark} {self.word()}"}} for _ in range(count)]
        ids = (await self.ask("POST", "/_mock/predictions", given, (201,))).json()["ids"]
        must(len(ids) == count, ids)
        for made in ids:
            must(made not in self.predictions, made)
            self.predictions[made] = shown = await self.get(f"/v1/predictions/{made}")
            must(RANKS[shown["status"]] == 2, shown)

    # --- reading and moving -------------------------------------------------------------------------------------------

    @action(12)
    async def look(self):
        if one := self.some():
            self.see(await self.get(f"/v1/predictions/{one['id']}"))

    @action(4)
    async def list_all(self):
        found, target, last = set(), "/v1/predictions", None
        while target:
            page = await self.get(target)
            for shown in page["results"]:
                self.see(shown)
                at = time_of(shown["created_at"])
                must(last is None or at <= last, "a list is in the order of creation", shown)
                must(shown["id"] not in found, shown["id"], "stands in the list twice")
                last = at
                found.add(shown["id"])
            following = page["next"] and urllib.parse.urlsplit(page["next"])
            target = following and f"{following.path}?{following.query}"
        mine = set(self.predictions)
        must(found <= mine and len(mine - found) == 0, self.mark, "lacks", mine - found)

    @action(3)
    async def cancel(self):
        if one := self.some():
            shown = (await self.ask("POST", f"/v1/predictions/{one['id']}/cancel")).json()
            self.see({**shown, "created_at": one["created_at"]} if not shown.get("created_at") else shown)

    @action(2)
    async def fetch_output(self):
        one = self.some()
        url = one and one["status"] == "succeeded" and isinstance(one["output"], list) and one["output"] and one["output"][0]
        if not url or "/delivery/" not in str(url):
            return
        async with self.drawing:
            answer = await self.ask("GET", urllib.parse.urlsplit(url).path, expected=(200, 404))
        must(answer.status == 404 or answer.headers["content-type"].startswith("image/"), answer)

    # --- what is left -------------------------------------------------------------------------------------------------

    async def read_stream(self, target, events, whole):
        """A stream until it ends or `events` have come; nothing in it is another's."""
        wire = Wire(self.port)
        got = b""
        try:
            await wire.send("GET", target, {"Accept": "text/event-stream"})
            status, _ = await wire.head()
            must(status in (200, 404), "stream", status)  # 404: a reset came before
            while whole or got.count(b"\n\n") < events:
                part = await wire.chunk()
                if not part:
                    break
                got += part
        except (OSError, asyncio.IncompleteReadError):
            pass  # a rule cuts it, or its world is gone
        finally:
            self.leave(wire)
        self.ledger.look_at(self.mark.encode(), f"GET {target}", got)
        kinds = [line for line in got.split(b"\n") if line.startswith(b"event: ")]
        must(kinds.count(b"event: done") <= 1 and b"event: done" not in kinds[:-1], "behind done nothing comes", got)

    @action(6)
    async def stream(self):
        one = self.some()
        if one and "/v1/streams/" in one["urls"].get("stream", ""):
            self.note_asked("", perhaps=True)
            whole = self.rng.random() < 0.4
            self.spawn(self.read_stream(urllib.parse.urlsplit(one["urls"]["stream"]).path, self.rng.randint(0, 5), whole))

    async def ask_and_leave(self, method, target, headers, body, seconds):
        wire = Wire(self.port)
        try:
            with suppress(asyncio.TimeoutError, Dropped):
                await asyncio.wait_for(wire.ask(method, target, self.headers(headers), body), seconds)
        finally:
            self.leave(wire)

    @action(3)
    async def create_and_leave(self):
        """Prefer: wait, by a client who does not wait as long as he said."""
        target, body = self.creation(f"{self.mark} lost")
        self.lost += 1
        self.note_asked(target, perhaps=True)
        self.spawn(self.ask_and_leave("POST", target, {"Prefer": f"wait={self.rng.choice([1, 2, 5])}"},
                                      json.dumps(body).encode(), self.rng.choice([0.001, 0.05, 0.5, 3])))
        await asyncio.sleep(0)

    @action(3)
    async def wait_and_leave(self):
        one = self.some()
        if one:
            target = self.rng.choice([f"/_mock/wait?prediction={one['id']}&status=terminal", "/_mock/wait?requests=100000",
                                      "/_mock/wait?webhooks=100000", "/_mock/settle"])
            method = "POST" if "settle" in target else "GET"
            self.spawn(self.ask_and_leave(method, target, None, None, self.rng.choice([0.01, 0.3])))

    # --- files --------------------------------------------------------------------------------------------------------

    @action(4)
    async def upload(self):
        content = f"{self.mark} {self.word()} ".encode() * self.rng.choice([1, 100, 3000])
        form = b'--X\r\nContent-Disposition: form-data; name="content"; filename="%s.txt"\r\n\r\n%s\r\n--X--\r\n' % (
            self.mark.encode(), content)
        made = (await self.ask("POST", "/v1/files", form, (201,),
                               {"Content-Type": "multipart/form-data; boundary=X"})).json()
        must(made["size"] == len(content) and made["checksums"]["md5"] == hashlib.md5(content).hexdigest(), made)
        self.files[made["id"]] = content, time_of(made["expires_at"])

    async def check_files(self):
        """They are listed until a day is over, which a clock that runs may reach by itself at any moment. Returns those that
        will be there for a while."""
        before = time_of((await self.get("/_mock/clock"))["now"])
        listed = {one["id"] for one in (await self.get("/v1/files"))["results"]}
        after = time_of((await self.get("/_mock/clock"))["now"])
        mine = self.files
        self.files = {name: file for name, file in mine.items() if file[1] > after or (name in listed and file[1] >= before)}
        must(listed == set(list(self.files)[-100:]), self.mark, "files", listed, "not", set(mine), "from", before, "to", after)
        return [name for name, file in self.files.items() if file[1] > after + timedelta(hours=2)]

    @action(3)
    async def use_files(self):
        lasting = await self.check_files()
        if not lasting:
            return
        one = self.rng.choice(lasting)
        expiry = "4102444800"
        mac = hmac.new(SECRET.encode(), f"me {one} {expiry}".encode(), "sha256").digest()
        query = urllib.parse.urlencode({"owner": "me", "expiry": expiry, "signature": base64.b64encode(mac).decode()})
        must((await self.ask("GET", f"/v1/files/{one}/download?{query}")).body == self.files[one][0], "another content")
        if self.rng.random() < 0.3:
            await self.ask("DELETE", f"/v1/files/{one}", expected=(204,))
            del self.files[one]

    # --- time ---------------------------------------------------------------------------------------------------------

    def has_now(self, text):
        now = time_of(text)
        must(self.now is None or now >= self.now, self.mark, "its clock went from", self.now, "back to", now)
        self.now = now

    @action(4)
    async def set_clock(self):
        change = self.rng.choice([{"mode": "manual"}, {"mode": "real", "speed": self.rng.choice([5, 20, 100])}])
        shown = (await self.ask("PUT", "/_mock/clock", change)).json()
        must(shown["mode"] == change["mode"] and shown["speed"] == change.get("speed", shown["speed"]), shown)
        self.manual = shown["mode"] == "manual"
        self.has_now(shown["now"])
        if self.manual:  # it stands
            must((await self.get("/_mock/clock"))["now"] == shown["now"], shown)

    async def advance_by(self, change):
        # Files are drawn and webhooks answered meanwhile, and all worlds share who does it.
        shown = (await self.ask("POST", "/_mock/clock/advance", change, patience=60)).json()
        self.has_now(shown["now"])
        stamps = [time_of(one["at"]) for one in shown["fired"]]
        must(stamps == sorted(stamps) and all(stamp <= self.now for stamp in stamps), shown)
        self.files = {name: file for name, file in self.files.items() if file[1] > self.now}  # a day is over

    @action(8)
    async def advance(self):
        if not self.manual:
            await self.ask("POST", "/_mock/clock/advance", {"by": "1s"}, (409,))
            return
        before = time_of((await self.get("/_mock/clock"))["now"])
        by = self.rng.choice([0.0, 0.1, 1.0, 5.0])
        if self.rng.random() < 0.3:
            await self.advance_by({"steps": self.rng.randint(1, 5)})
        elif self.rng.random() < 0.5:
            await self.advance_by({"to": text_of(before + timedelta(seconds=by, microseconds=1))})
        else:
            await self.advance_by({"by": f"{by}s"})
            must(self.now == before + timedelta(seconds=by), self.now, "is not", by, "after", before)

    @action(2)
    async def settle(self):
        """On a clock that runs it may take longer than this waits for."""
        answer = await self.ask("POST", "/_mock/settle?timeout=2s", expected=(200, 408), patience=2)
        if answer.status == 200:
            self.has_now(answer.json()["now"])

    # --- rules --------------------------------------------------------------------------------------------------------

    def draw_rule(self, key):
        does = self.rng.choice([
            {"response": {"status": self.rng.choice([402, 429, 500, 503])}},
            {"response": {"status": 418, "body": {"of": self.mark}}},
            {"response": {"drop": self.rng.choice(["before-headers", "mid-body"])}},
            {"prediction": {"boot": "10ms", "predict": "50ms", "status": "failed", "error": f"{self.mark} breaks"}},
            {"prediction": {"status": self.rng.choice(["canceled", "aborted"]), "logs": [f"{self.mark} stops"]}},
            {"prediction": {"predict": "2s", "output": [self.mark, self.mark]}},
            {"webhook": self.rng.choice([{"duplicate": 3}, {"drop": ["completed"]}, {"delay": "1s"}, {"reorder": True},
                                         {"bad_signature": True}])},
            {"stream": self.rng.choice([{"cut_after": 1}, {"stall": "1s"}, {"cut_after": 2, "stall": "1s"}])},
        ])
        rule = {"name": f"{self.mark}-{key}", "match": {"operation": "*predictions.create",
                                                        "input": {"prompt": {"contains": f"{key}."}}}, **does}
        if self.rng.random() < 0.5:
            rule["skip"] = self.rng.randint(0, 2)
        if self.rng.random() < 0.5:
            rule["times"] = self.rng.randint(0, 2)
        return rule

    @action(4)
    async def add_rule(self):
        key = self.word()
        rule = self.draw_rule(key)
        must((await self.ask("POST", "/_mock/scenarios", rule, (201,))).json() == {"names": [rule["name"]]}, rule)
        self.rules[rule["name"]] = {"rule": rule, "key": key, "matched": 0, "hits": 0}

    @action(8)
    async def meet_rule(self):
        if not self.rules:
            return
        entry = self.rng.choice(list(self.rules.values()))
        rule = entry["rule"]
        entry["matched"] += 1
        hit = entry["matched"] > rule.get("skip", 0) and entry["hits"] < rule.get("times", 1 << 30)
        entry["hits"] += hit
        made = await self.create_with(f"{self.mark} {entry['key']}.", rule if hit else None)
        if made and hit and "webhook" in rule:
            self.odd_webhooks = True

    @action(1)
    async def drop_rule(self):
        if self.rules:
            name = self.rng.choice(list(self.rules))
            await self.ask("DELETE", f"/_mock/scenarios/{name}", expected=(204,))
            del self.rules[name]

    @action(2)
    async def rule_of_another_operation(self):
        name = f"{self.mark}-once"
        rule = {"name": name, "match": {"operation": "files.list"}, "times": 1, "response": {"status": 500}}
        await self.ask("POST", "/_mock/scenarios", rule, (201,))
        await self.ask("GET", "/v1/files", expected=(500,), made_up=True)
        await self.ask("GET", "/v1/files")
        await self.ask("DELETE", f"/_mock/scenarios/{name}", expected=(204,))

    # --- evidence -----------------------------------------------------------------------------------------------------

    @action(3)
    async def read_evidence(self):
        target = self.rng.choice(["/_mock/requests?limit=5", "/_mock/requests?operation=*predictions.create&limit=3",
                                  "/_mock/requests?status=429", "/_mock/webhooks", f"/_mock/inbox/{self.mark}",
                                  "/_mock/scenarios", "/_mock/predictions?limit=5", "/v1/trainings", "/v1/deployments"])
        await self.get(target)

    @action(1)
    async def forget_requests(self):
        await self.ask("DELETE", "/_mock/requests", expected=(204,))
        self.asked_perhaps += self.asked and 1  # the last answer may have been ahead of its entry
        self.asked = 0

    @action(2)
    async def script_inbox(self):
        respond = [self.rng.choice([200, 404, 500]) for _ in range(self.rng.randint(0, 4))]
        await self.ask("PUT", f"/_mock/inbox/{self.mark}", {"respond": respond}, (204,))

    @action(1)
    async def send_to_inbox(self):
        await self.ask("POST", f"/_mock/inbox/{self.mark}", {"from": self.mark}, (200, 404, 500), made_up=True)
        self.entries += 1

    @action(1)
    async def resend(self):
        messages = (await self.get("/_mock/webhooks?limit=20"))["results"]
        if messages:
            one = self.rng.choice(messages)
            await self.ask("POST", f"/_mock/webhooks/{one['id']}/resend", expected=(202, 409))

    # --- the account --------------------------------------------------------------------------------------------------

    async def bring_to_rest(self):
        """Everything ends: the last retry of a webhook comes a minute after its prediction."""
        await self.stop_tasks()
        await self.until_noticed()
        await self.ask("PUT", f"/_mock/inbox/{self.mark}", {"respond": []}, (204,))
        self.manual = (await self.ask("PUT", "/_mock/clock", {"mode": "manual"})).json()["mode"] == "manual"
        await self.advance_by({"by": "20m"})  # a training takes its time
        await self.ask("POST", "/_mock/settle?timeout=60s", patience=60)

    async def account_for_predictions(self):
        self.lost += 1  # `see` lets pass what is unknown; how many may be is counted here
        known = set(self.predictions)
        await self.list_all()
        self.lost -= 1
        must(len(set(self.predictions) - known) <= self.lost, self.mark, "holds predictions that it did not make")
        for shown in self.predictions.values():
            must(RANKS[shown["status"]] == 2, "is at rest, but", shown)
        trainings = (await self.get("/v1/trainings"))["results"]
        must({one["id"] for one in trainings} == self.trainings, self.mark, "trainings", trainings)

    async def account_for_rules(self):
        listed = {one["name"]: one["hits"] for one in (await self.get("/_mock/scenarios"))["results"]}
        mine = {name: entry["hits"] for name, entry in self.rules.items()}
        must(listed == mine, self.mark, "has hits", listed, "not", mine)

    async def account_for_webhooks(self):
        messages = (await self.get("/_mock/webhooks?limit=1000"))["results"]
        must(all(one["state"] != "pending" for one in messages), "is at rest, but", messages)
        ends = [one["prediction"] for one in messages if one["event"] == "completed"]
        must(len(ends) == len(set(ends)), self.mark, "one prediction ends twice", ends)
        if len(messages) < 1000:
            missing = set(self.told) - set(ends)
            must(not missing, self.mark, "no message of the end of", missing)
        received = (await self.get(f"/_mock/inbox/{self.mark}?limit=1000"))["results"]
        sent = sum(len([one for one in message["attempts"] if one["status"]]) for message in messages)
        if len(received) < INBOX_ENTRIES and len(messages) < 1000 and not self.odd_webhooks:
            must(len(received) == sent + self.entries, self.mark, "received", len(received), "and was sent", sent,
                 "and", self.entries)
            must(all(one["verified"] or self.mark in str(one["body"])[:60] for one in received), received)

    async def account_for_requests(self):
        """The journal holds what was asked: all of it, and no more than what may have come of those who left."""
        sure = self.asked
        if sure + self.asked_perhaps > JOURNAL_SURE:
            return
        if sure:
            await self.ask("GET", f"/_mock/wait?requests={sure}&timeout=60s", patience=60)
        count = (await self.get("/_mock/requests?limit=1"))["count"]
        must(sure <= count <= sure + self.asked_perhaps, self.mark, "has asked", sure, "or", self.asked_perhaps, "more, not",
             count)

    async def end_episode(self):
        await self.bring_to_rest()
        for account in (self.account_for_requests, self.account_for_predictions, self.account_for_rules,
                        self.account_for_webhooks):
            await account()
        keep = self.rng.choice([[], [], self.rng.sample(PARTS, 1), self.rng.sample(PARTS, 3)])
        requests = (await self.get("/_mock/requests?limit=1"))["count"]
        shown = (await self.ask("POST", "/_mock/reset", {"keep": keep})).json()
        must(shown == {"worlds": 1}, shown)
        self.begin(keep)
        await self.check_reset(keep, requests)
        self.episodes += 1

    async def check_reset(self, keep, requests):
        """What is spared is as it was, and of all else nothing is left."""
        count = (await self.get("/_mock/requests?limit=1"))["count"]
        must(count == (requests if "requests" in keep else 0), self.mark, "after keep", keep, count, "requests")
        held = (await self.get("/_mock/predictions?limit=1000"))["results"]
        must(bool(held) <= ("predictions" in keep), self.mark, "after keep", keep, held)
        await self.account_for_rules()
        for target, part in (("/v1/predictions", "predictions"), ("/_mock/webhooks", "predictions"), ("/v1/trainings", "predictions"),
                             ("/v1/files", "files"), ("/v1/deployments", "models"), (f"/_mock/inbox/{self.mark}", "inbox")):
            results = (await self.get(target))["results"]
            must(part in keep or results == [], self.mark, "after keep", keep, target, results)
        if "files" in keep:
            await self.check_files()
        if "clock" in keep or "predictions" in keep:
            self.has_now((await self.get("/_mock/clock"))["now"])

    async def live(self, until):
        """Episodes until that moment of the event loop's clock."""
        names, weights = list(ACTIONS), list(ACTIONS.values())
        loop = asyncio.get_running_loop()
        try:
            while loop.time() < until:
                for name in self.rng.choices(names, weights, k=self.rng.randint(10, 50)):
                    if loop.time() >= until:
                        break
                    await getattr(self, name)()
                await self.end_episode()
        except (AssertionError, Dropped):
            sys.stderr.write("\n".join(["what the world did last:", *self.history, ""]))
            raise
        finally:
            for task in self.tasks:
                task.cancel()
            self.wire.close()
