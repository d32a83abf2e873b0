"""The checks of docker/test, which runs them in namespaces of mounts, processes and networks that are theirs alone.

Usage: checks.py SCRATCH NATIVE FOREIGN    e.g. checks.py /tmp/scratch amd64 arm64

podman is the engine here. What Docker does by itself and podman does with systemd's help, asking a container again and
again whether it is healthy, is done by these checks. The other kind of machine's image runs under qemu.
"""
import base64
import contextlib
import gzip
import hashlib
import hmac
import http.server
import json
import os
import re
import ssl
import stat
import subprocess
import sys
import threading
import time
import traceback
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
MIB = 1024 * 1024
MOST_BYTES, MOST_COMPRESSED = 24 * MIB, 10_500_000
UID = 65532
TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
LOADERS = {"amd64": "lib64/ld-linux-x86-64.so.2", "arm64": "lib/ld-linux-aarch64.so.1"}
ELF_MACHINES = {"amd64": 62, "arm64": 183}
EMULATORS = {"amd64": "/usr/bin/qemu-x86_64-static", "arm64": "/usr/bin/qemu-aarch64-static"}
# What may be in the image. That nothing is missing shows when it runs.
LIBRARIES = ["libc.so.6", "libcjson.so.1", "libcurl.so.4", "libffi.so.8", "libgif.so.7", "libgmp.so.10",
             "libgnutls.so.30", "libhogweed.so.6", "libidn2.so.0", "libjpeg.so.62", "libm.so.6", "libmicrohttpd.so.12",
             "libnettle.so.8", "libp11-kit.so.0", "libpcre2-8.so.0", "libspng.so.0", "libtasn1.so.6", "libunistring.so.2",
             "libuuid.so.1", "libwebp.so.7", "libz.so.1"]
FILES = ["replicate-mock", "etc/group", "etc/nsswitch.conf", "etc/passwd", "etc/ssl/certs/ca-certificates.crt"]
FOLDERS = {"": 0, "config": 0, "tls": UID}
# Least of all: no right of root's, nothing to write to, no way to get more.
HARDENED = ["--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"]
SECRET = "cmVwbGljYXRlLW1vY2stdGVzdC1rZXkh"  # the default of --webhook-secret
LONG = 180  # seconds: ends what hangs
SOON = 8  # seconds: less than the 10 after which a container is killed
OFFICIAL = "/v1/models/black-forest-labs/flux-schnell/predictions"


# --- podman ----------------------------------------------------------------------------------------------------------

def podman(*words, check=True):
    done = subprocess.run(["podman", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, f"podman {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip() if check else done


def inspect(what, kind):
    return json.loads(podman("inspect", "--type", kind, what))[0]


@contextlib.contextmanager
def mounted(image):
    try:
        yield podman("image", "mount", image)
    finally:
        podman("image", "unmount", image)


class Container:
    """One that runs; its words are those of `docker run`. `program` begins what is run inside of it."""

    def __init__(self, image, options=(), args=(), program=("/replicate-mock",)):
        self.program = program
        self.id = podman("run", "--detach", *options, image, *args)

    def execute(self, *args):
        return podman("exec", self.id, *self.program, *args, check=False)

    def wait_until_healthy(self):
        """Real seconds until it was."""
        began = time.monotonic()
        while self.execute("healthcheck").returncode != 0:
            state = inspect(self.id, "container")["State"]
            assert state["Running"] and time.monotonic() < began + LONG, f"{state['Status']}, and says {self.said()}"
        return time.monotonic() - began

    def address(self):
        return inspect(self.id, "container")["NetworkSettings"]["IPAddress"]

    def said(self):
        done = podman("logs", self.id, check=False)
        return done.stdout + done.stderr

    def stop(self):
        """(seconds until it was gone, the exit code)"""
        pid = inspect(self.id, "container")["State"]["Pid"]
        began = time.monotonic()
        with subprocess.Popen(["podman", "stop", "--time", "10", self.id], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as stopping:
            while os.path.exists(f"/proc/{pid}") and stopping.poll() is None:
                time.sleep(0.01)
            seconds = time.monotonic() - began
        return seconds, inspect(self.id, "container")["State"]["ExitCode"]


@contextlib.contextmanager
def running(*args, **more):
    container = Container(*args, **more)
    try:
        yield container
    finally:
        podman("rm", "--force", "--time", "0", "--volumes", container.id)


# --- a program outside -----------------------------------------------------------------------------------------------

def fetch(url, body=None, context=None, headers=()):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Authorization": "Bearer any", "Content-Type": "application/json",
                                                 **dict(headers)})
    with urllib.request.urlopen(request, timeout=LONG, context=context) as answer:
        return answer.read()


def ask(*args, **more):
    return json.loads(fetch(*args, **more))


class Receiver(http.server.ThreadingHTTPServer):
    """Takes webhooks, at every address of this machine."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("0.0.0.0", 0), Taking)
        self.came, self.has_ended = [], threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Taking(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()
        self.server.came.append((dict(self.headers), body))
        if json.loads(body)["status"] == "succeeded":
            self.server.has_ended.set()

    def log_message(self, *_):
        pass


def is_signed(headers, body):
    headers = {name.lower(): value for name, value in headers.items()}
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(base64.b64decode(SECRET), content, hashlib.sha256)
    return headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


def predict(url, receiver, host):
    """A prediction whose webhook goes to this host; what came at its end."""
    ask(url + OFFICIAL, {"input": {"prompt": "a lighthouse at dusk"}, "webhook_events_filter": ["start", "completed"],
                         "webhook": f"http://{host}:{receiver.server_port}/"})
    assert receiver.has_ended.wait(LONG), f"no webhook: {ask(url + '/_mock/webhooks')}"
    assert [json.loads(body)["status"] for _, body in receiver.came] == ["processing", "succeeded"]
    assert all(is_signed(*message) for message in receiver.came)
    return json.loads(receiver.came[-1][1])


def others_in(pid):
    """The processes beside it in its namespace, zombies too."""
    def namespace(name):
        with contextlib.suppress(OSError):
            return os.readlink(f"/proc/{name}/ns/pid")
    return [name for name in os.listdir("/proc") if name.isdigit() and int(name) != pid and
            namespace(name) == namespace(pid)]


# --- what is in the image --------------------------------------------------------------------------------------------

def walk(top):
    """(path, its state) of all that is there, itself included."""
    yield "", os.lstat(top)
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            yield os.path.relpath(path, top), os.lstat(path)


def check_files(arch):
    allowed = {*FILES, LOADERS[arch], *(f"lib/{TRIPLETS[arch]}/{name}" for name in LIBRARIES)}
    folders = {os.path.dirname(path) for path in allowed} | {"lib", "etc/ssl", "etc", *FOLDERS}
    with mounted(f"replicate-mock:{arch}") as top:
        for path, state in walk(top):
            is_folder = stat.S_ISDIR(state.st_mode)
            assert path in (folders if is_folder else allowed), f"/{path} has no business in the image"
            assert is_folder or stat.S_ISREG(state.st_mode), f"/{path} is neither a file nor a folder"
            owner = FOLDERS.get(path, 0)
            assert (state.st_uid, state.st_gid) == (owner, owner), f"/{path} is of {state.st_uid}:{state.st_gid}"
            assert stat.S_IMODE(state.st_mode) & ~0o755 == 0, f"/{path} has mode {stat.S_IMODE(state.st_mode):o}"
            if not is_folder and not path.startswith("etc/"):
                with open(os.path.join(top, path), "rb") as file:
                    head = file.read(20)
                assert head[:4] == b"\x7fELF" and head[18] == ELF_MACHINES[arch], f"/{path} is not for {arch}"


def check_config(arch):
    image = inspect(f"replicate-mock:{arch}", "image")
    config = image["Config"]
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as file:
        version = re.search(r"version: '([^']*)'", file.read())[1]
    assert image["Architecture"] == arch and image["Os"] == "linux"
    assert config["User"] == f"{UID}:{UID}" and config["WorkingDir"] == "/config"
    assert config["Entrypoint"] == ["/replicate-mock"] and not config.get("Cmd")
    assert list(config["ExposedPorts"]) == ["7375/tcp"] and config["StopSignal"] in ("SIGTERM", "15")
    assert sorted(config["Env"]) == ["PATH=/", "REPLICATE_MOCK_HOST=0.0.0.0", "REPLICATE_MOCK_TLS_DIR=/tls"], config["Env"]
    health = image["HealthCheck" if "HealthCheck" in image else "Healthcheck"]
    assert health["Test"] == ["CMD", "/replicate-mock", "healthcheck"] and health["Interval"] <= 1_000_000_000
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()
              if name.startswith("org.opencontainers.image.")}
    assert sorted(labels) == ["description", "licenses", "source", "title", "version"], labels
    assert all(labels.values()) and labels["version"] == version, labels


def check_size(arch):
    """As a registry has it: each layer by gzip. Prints what each file costs."""
    folder = os.path.join(os.environ["TMPDIR"], f"pushed-{arch}")
    subprocess.run(["buildah", "push", "-q", f"replicate-mock:{arch}", f"oci:{folder}:latest"], check=True,
                   stdout=subprocess.DEVNULL)

    def blob(digest):
        return os.path.join(folder, "blobs", *digest.split(":"))
    with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    with open(blob(index["manifests"][0]["digest"]), encoding="utf-8") as file:
        compressed = sum(layer["size"] for layer in json.load(file)["layers"])
    with mounted(f"replicate-mock:{arch}") as top:
        sizes = {path: state.st_size for path, state in walk(top) if stat.S_ISREG(state.st_mode)}
        packed = {}
        for path in sizes:
            with open(os.path.join(top, path), "rb") as file:
                packed[path] = len(gzip.compress(file.read()))
    for path in sorted(sizes, key=sizes.get, reverse=True):
        print(f"   {sizes[path] // 1000:6} kB {packed[path] // 1000:6} kB compressed  /{path}")
    total = inspect(f"replicate-mock:{arch}", "image")["Size"]
    print(f"   {total // 1000:6} kB {compressed // 1000:6} kB compressed  in all")
    assert sum(sizes.values()) <= total < MOST_BYTES, f"{total} bytes"
    assert compressed < MOST_COMPRESSED, f"{compressed} bytes compressed"


# --- what it does ----------------------------------------------------------------------------------------------------

def check_service(arch):
    """As in a workflow: hardened, at a port of the machine, with an option, called back by the name of the machine."""
    receiver = Receiver()
    gateway = inspect("podman", "network")["subnets"][0]["gateway"]
    options = [*HARDENED, "--publish", "127.0.0.1:7375:7375", "--add-host", f"host.docker.internal:{gateway}"]
    with running(f"replicate-mock:{arch}", options, ["--speed", "50"]) as mock:
        print(f"   healthy after {mock.wait_until_healthy():.2f} s")
        assert mock.said() == "replicate-mock listening on http://0.0.0.0:7375\n", mock.said()
        assert podman("healthcheck", "run", mock.id) == ""
        version = inspect(f"replicate-mock:{arch}", "image")["Config"]["Labels"]["org.opencontainers.image.version"]
        assert mock.execute("--version").stdout == f"replicate-mock {version}\n"
        assert podman("exec", mock.id, "replicate-mock", "healthcheck") == ""
        ended = predict("http://127.0.0.1:7375", receiver, "host.docker.internal")
        picture = fetch(ended["output"][0])
        assert ended["output"][0].startswith("http://127.0.0.1:7375/delivery/") and picture[8:12] == b"WEBP", ended
        pid = inspect(mock.id, "container")["State"]["Pid"]
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
        assert status["NSpid"].split()[-1] == "1" and status["Uid"].split() == [str(UID)] * 4, status
        assert int(status["CapEff"], 16) == 0 and status["NoNewPrivs"] == "1", status
        assert others_in(pid) == [], "a process stays beside it"
        seconds, code = mock.stop()
        print(f"   stopped after {seconds:.2f} s")
        assert seconds < SOON and code == 0, f"code {code} after {seconds} s"


def check_files_mounted(arch):
    """Models and rules from /config, named as they are there; somebody else's user id; no shell."""
    folder = os.path.join(os.environ["TMPDIR"], "config")
    os.makedirs(os.path.join(folder, "models"))
    with open(os.path.join(ROOT, "schema/models/replicate/hello-world.json"), encoding="utf-8") as file:
        model = json.load(file)
    with open(os.path.join(folder, "models", "mine.json"), "w", encoding="utf-8") as file:
        json.dump({**model, "owner": "me", "name": "mine"}, file)
    with open(os.path.join(folder, "rules.json"), "w", encoding="utf-8") as file:
        json.dump({"scenarios": [{"name": "busy", "match": {}, "response": {"status": 429}}]}, file)
    options = [*HARDENED, "--user", "12345:0", "--volume", f"{folder}:/config:ro"]
    with running(f"replicate-mock:{arch}", options, ["--models", "models", "--scenario", "rules.json"]) as mock:
        mock.wait_until_healthy()
        url = f"http://{mock.address()}:7375"
        assert ask(f"{url}/v1/models/me/mine")["name"] == "mine"
        assert ask(f"{url}/_mock/scenarios", headers={"Authorization": ""})["results"][0]["name"] == "busy"
        assert podman("exec", mock.id, "/replicate-mock", "check", "rules.json", "models") == ""
        assert podman("exec", mock.id, "/bin/sh", "-c", "true", check=False).returncode == 127
    failed = podman("run", "--rm", f"replicate-mock:{arch}", "--models", "nowhere", check=False)
    assert failed.returncode == 2 and "nowhere" in failed.stderr, failed


def check_tls(arch):
    """A new volume at /tls: the server can write there, others can read what they are to trust, and no key."""
    options = [*HARDENED, "--volume", "mock-tls:/tls"]
    with running(f"replicate-mock:{arch}", options, ["--tls-port", "7376", "--tls-name", "replicate"]) as mock:
        mock.wait_until_healthy()
        folder = inspect("mock-tls", "volume")["Mountpoint"]
        states = {path: state for path, state in walk(folder) if path}
        assert all(state.st_uid == UID for state in states.values()), states
        readable = sorted(path for path, state in states.items() if state.st_mode & 0o004)
        assert "ca.pem" in readable and "ca-bundle.pem" in readable, readable
        assert not [path for path in readable if "key" in path], readable
        with open(os.path.join(folder, "ca-bundle.pem"), encoding="utf-8") as file:
            assert file.read().count("BEGIN CERTIFICATE") > 100, "the system's certificates are not in the bundle"
        context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
        context.check_hostname = False  # the address is podman's choice
        assert ask(f"https://{mock.address()}:7376/_mock/health", context=context)["status"] == "ok"
    podman("volume", "rm", "mock-tls")


def check_foreign(arch):
    """The other machine's program, under qemu: a prediction, its picture, the end."""
    emulator = EMULATORS[arch]
    options = ["--read-only", "--volume", f"{emulator}:/qemu:ro", "--entrypoint", '["/qemu", "/replicate-mock"]']
    program = ("/qemu", "/replicate-mock")
    with running(f"replicate-mock:{arch}", options, ["--speed", "50"], program=program) as mock:
        print(f"   healthy after {mock.wait_until_healthy():.2f} s, under {os.path.basename(emulator)}")
        ended = predict(f"http://{mock.address()}:7375", Receiver(),
                        inspect("podman", "network")["subnets"][0]["gateway"])
        assert fetch(ended["output"][0])[8:12] == b"WEBP"
        seconds, code = mock.stop()
        print(f"   stopped after {seconds:.2f} s")
        assert seconds < SOON and code == 0, f"code {code} after {seconds} s"


# --- compose.yaml ----------------------------------------------------------------------------------------------------

def compose(*words):
    program = os.path.join(os.environ["TMPDIR"], "compose", "podman_compose.py")
    done = subprocess.run(["/usr/bin/python3", program, "--file", os.path.join(HERE, "compose.yaml"), "--project-name",
                           "example", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"podman-compose {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"


def check_compose(arch):
    """The app finds the emulator as https://api.replicate.com, and the emulator the app by its name."""
    podman("tag", f"replicate-mock:{arch}", "replicate-mock:latest")
    try:
        compose("up", "--no-build", "--detach", "replicate")
        while podman("healthcheck", "run", "example_replicate_1", check=False).returncode:
            assert inspect("example_replicate_1", "container")["State"]["Running"]
        compose("up", "--no-build", "--detach", "app")
        code = podman("wait", "example_app_1")
        said = podman("logs", "example_app_1")
        print("   " + said.replace("\n", "\n   "))
        assert code == "0" and "webhook: succeeded, signed" in said, code
        assert "bytes of image/webp from https://replicate.delivery/pbxt/" in said
        assert ask("http://127.0.0.1:7375/_mock/requests?operation=*predictions.create")["count"] == 1
    finally:
        compose("down", "--volumes")


def main():
    os.environ["TMPDIR"], native, foreign = sys.argv[1:]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # crun refuses the mixture of both kinds of control groups that some machines have; these containers have none.
    subprocess.run(["mount", "-t", "cgroup2", "none", "/sys/fs/cgroup"], check=False, stderr=subprocess.DEVNULL)
    passed = failed = 0
    for check, arch in [*((check, arch) for check in (check_config, check_files, check_size) for arch in (native, foreign)),
                        *((check, native) for check in (check_service, check_files_mounted, check_tls, check_compose)),
                        (check_foreign, foreign)]:
        began = time.monotonic()
        try:
            check(arch)
            passed += 1
            said = "ok"
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            failed += 1
            said = "FAILED"
        print(f"{check.__name__} {arch}: {said} ({time.monotonic() - began:.1f} s)", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
