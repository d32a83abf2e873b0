#!/usr/bin/env python3
"""Prints the table of tests/unit/test_scale.c: what OpenCV makes of a picture there.

Usage: resize.py        (needs opencv-python-headless 4.6.0.66, the model's version, and numpy below 2)
"""
import cv2
import numpy as np

SIZES = [((64, 48), (32, 24)), ((90, 60), (30, 20)), ((100, 75), (64, 48)), ((41, 97), (40, 31)), ((50, 50), (50, 50)),
         ((20, 15), (64, 48)), ((33, 32), (64, 64)), ((99, 51), (96, 52)), ((1, 1), (9, 5)), ((55, 51), (58, 51))]


def fnv(pixels):
    value = 0xCBF29CE484222325
    for byte in pixels.tobytes():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def picture_of(width, height):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([(x * 31 + y * 17 + channel * 80 ^ x * y) & 255 for channel in range(3)], axis=2).astype(np.uint8)


for (width, height), to in SIZES:
    picture = picture_of(width, height)
    k = to[0] / width if width < height else to[1] / height
    scaled = cv2.resize(picture, to, interpolation=cv2.INTER_LANCZOS4 if k > 1 else cv2.INTER_AREA)
    map_ = cv2.resize(picture, to, interpolation=cv2.INTER_NEAREST)
    print(f"    {{{width}, {height}, {to[0]}, {to[1]}, 0x{fnv(scaled):016x}, 0x{fnv(map_):016x}}},")
