#!/usr/bin/env python3
"""OpenCV, in the version that the model has, judges the maps of Canny's edges: each must be cv2.Canny's of the same picture.

Usage: opencv.py BINARY

BINARY gets pictures as its users send them, in data: URIs, and each map is fetched as ref-out.png. Where the environment
names MAP_OF (tests/media/map_of.c) that program is held against OpenCV as well, by many more pictures, the scribbles too:
there OpenCV goes on from our soft edges, and its lines may differ from ours at their rims, for it counts in floats.
"""
import base64
import json
import os
import subprocess
import sys
import urllib.request

import cv2
import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "ring"))
os.environ["RING_BINARY"] = os.path.abspath(sys.argv[1])
from ring import AUTH, VERSION, Server  # noqa: E402

SAMPLE = os.path.join(HERE, "..", "..", "fixtures", "sample.png")
THRESHOLDS = [(100, 200), (50, 150), (1, 255), (255, 255), (200, 100), (1, 1)]
SIZES = [(1, 1), (1, 9), (9, 1), (2, 2), (3, 3), (4, 5), (2, 700), (700, 2), (64, 48), (333, 257)]  # widths, heights
SAME = 100.0  # percent of all pixels: of Canny
ALIKE = 99.0  # of scribbles


def drawing(width, height):
    """Shapes with smooth rims and hard ones, a text, a slope of colours."""
    across, down = numpy.meshgrid(numpy.linspace(0, 255, width), numpy.linspace(0, 255, height))
    picture = numpy.dstack([across, down, 255 - across]).astype(numpy.uint8)
    side = min(width, height)
    cv2.circle(picture, (width // 3, height // 3), side // 5, (240, 200, 40), -1, cv2.LINE_AA)
    cv2.rectangle(picture, (width // 2, height // 2), (width - width // 6, height - height // 6), (20, 60, 90), -1)
    cv2.line(picture, (0, height - 1), (width - 1, 0), (255, 255, 255), 2)
    cv2.putText(picture, "edges", (width // 8, height - height // 8), cv2.FONT_HERSHEY_SIMPLEX, side / 150, (9, 9, 9), 2)
    return picture


def noise(width, height):
    return numpy.random.RandomState(width * height).randint(0, 256, (height, width, 3), numpy.uint8)


def clouds(width, height):
    soft = cv2.GaussianBlur(noise(width, height), (0, 0), 2.5).astype(numpy.float64)
    return numpy.clip((soft - 128) * 5 + 128, 0, 255).astype(numpy.uint8)


def checks(width, height):
    """Greys of few steps: many slopes are equal."""
    return (noise(width, height)[:, :, :1] // 64 * 85).repeat(3, axis=2)


def sample(*_):
    return numpy.ascontiguousarray(cv2.imread(SAMPLE)[:, :, ::-1])


def small_pictures():
    for kind in (drawing, noise, clouds, checks):
        for width, height in SIZES:
            yield f"{kind.__name__} {width}x{height}", kind(width, height)
    yield "sample", sample()


def pictures_to_send():
    return [("sample", sample())] + [(kind.__name__, kind(256, 192)) for kind in (drawing, noise, clouds, checks)]


def map_of(picture, *args):
    height, width = picture.shape[:2]
    answer = subprocess.run([os.environ["MAP_OF"], *map(str, args)], input=b"P6 %d %d 255\n" % (width, height) + picture.tobytes(),
                            stdout=subprocess.PIPE, check=True).stdout
    return numpy.frombuffer(answer[-picture.size:], numpy.uint8).reshape(picture.shape)


def map_of_server(server, picture, low, high):
    png = cv2.imencode(".png", picture[:, :, ::-1])[1].tobytes()
    given = {"image": "data:image/png;base64," + base64.b64encode(png).decode(), "prompt": "edges", "structure": "canny",
             "low_threshold": low, "high_threshold": high, "return_reference_image": True}
    request = urllib.request.Request(server.url + "/v1/predictions", json.dumps({"version": VERSION, "input": given}).encode(),
                                     {**AUTH, "Content-Type": "application/json", "Prefer": "wait"})
    with urllib.request.urlopen(request) as answer:
        prediction = json.load(answer)
    assert prediction["output"] and prediction["output"][0].endswith("/ref-out.png"), prediction["error"]
    with urllib.request.urlopen(prediction["output"][0]) as answer:
        return cv2.imdecode(numpy.frombuffer(answer.read(), numpy.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]


def canny(picture, low, high):
    """As controlnet_aux has it, and Pillow's convert("RGB") behind it."""
    return cv2.merge([cv2.Canny(picture, low, high)] * 3)


def crests(edges, threshold, sigma):
    soft = cv2.GaussianBlur(edges.astype(numpy.float32), (0, 0), sigma)
    largest = numpy.zeros(soft.shape, bool)
    for way in (numpy.eye(3), numpy.eye(3)[::-1], [[0, 0, 0], [1, 1, 1], [0, 0, 0]], [[0, 1, 0]] * 3):
        largest |= cv2.dilate(soft, numpy.array(way, numpy.uint8)) == soft
    return (largest & (soft > threshold)).astype(numpy.uint8) * 255


def scribble(soft_edges):
    lines = cv2.GaussianBlur(crests(soft_edges[:, :, 0], 127, 3.0), (0, 0), 3.0)
    return cv2.merge([(lines > 4).astype(numpy.uint8) * 255] * 3)


class Agreement:
    """Counts pixels; says so at the end, and ends the program where there are too few."""

    def __init__(self, what, bound):
        self.what, self.bound = what, bound
        self.pixels = self.same = self.pictures = self.white = 0

    def add(self, name, ours, theirs):
        assert ours.shape == theirs.shape, f"{name}: {ours.shape}, not {theirs.shape}"
        same = int((ours == theirs).all(axis=2).sum())
        pixels = ours.shape[0] * ours.shape[1]
        self.pixels, self.same, self.pictures = self.pixels + pixels, self.same + same, self.pictures + 1
        self.white += int((theirs[:, :, 0] > 0).sum())
        if 100 * same < self.bound * pixels:
            print(f"{self.what}, {name}: {pixels - same} of {pixels} pixels differ")

    def end(self):
        percent = 100 * self.same / self.pixels
        print(f"{self.what}: {percent:.4f}% of {self.pixels} pixels agree with OpenCV {cv2.__version__}, "
              f"of {self.pictures} maps, {100 * self.white / self.pixels:.1f}% white")
        if percent < self.bound:
            raise SystemExit(f"{self.what}: {self.bound}% are wanted")


def judge_functions():
    edges, lines = Agreement("canny", SAME), Agreement("scribble", ALIKE)
    for name, picture in small_pictures():
        for low, high in THRESHOLDS:
            edges.add(f"{name}, {low} and {high}", map_of(picture, "canny", low, high), canny(picture, low, high))
        lines.add(name, map_of(picture, "scribble"), scribble(map_of(picture, "hed")))
    edges.end()
    lines.end()


def judge_server():
    edges = Agreement("canny of the server", SAME)
    with Server("--boot", "0", "--predict", "0", "--log-level", "warn") as server:
        for name, picture in pictures_to_send():
            for low, high in THRESHOLDS:
                edges.add(f"{name}, {low} and {high}", map_of_server(server, picture, low, high), canny(picture, low, high))
    edges.end()


if __name__ == "__main__":
    if "MAP_OF" in os.environ:
        judge_functions()
    judge_server()
