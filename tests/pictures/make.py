#!/usr/bin/env python3
"""Makes the pictures of this folder, and prints the table of tests/unit/test_decode.c: what is in each of them.

Usage: make.py        (needs Pillow, numpy and, for the animations, webpmux of Debian's package webp)

PNGs and GIFs are written here by the letter of their formats, so what is in them is known without any decoder. Of JPEGs and
WebPs Pillow's decoder says it.
"""
import io
import os
import struct
import subprocess
import zlib

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 19, 13
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH]
RGB16 = np.stack([X * 3500, Y * 5000, (X * Y) % 16 * 4000 + 300], axis=2).astype(np.uint16)
RGB = (RGB16 >> 8).astype(np.uint8)
ALPHA16 = ((X + Y) * 2200 % 65536).astype(np.uint16)
ALPHA16[0, :3] = 65535
ALPHA16[1, :3] = 0
ALPHA = (ALPHA16 >> 8).astype(np.uint8)
GREY16 = (X * 2000 + Y * 2100).astype(np.uint16)
GREY = (GREY16 >> 8).astype(np.uint8)
PALETTE = [(i * 16, 255 - i * 16, i * 37 % 256) for i in range(16)]
NUMBERS = (X // 2 + Y) % 16
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
rows = []


def on_white(rgb, alpha):
    """HWC3 of controlnet_aux."""
    color = rgb.astype(np.float32)
    share = alpha[:, :, None].astype(np.float32) / 255.0
    return (color * share + 255.0 * (1.0 - share)).clip(0, 255).astype(np.uint8)


def in_colours(grey):
    return np.stack([grey] * 3, axis=2)


def fnv(pixels):
    value = 0xCBF29CE484222325
    for byte in pixels.tobytes():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def keep(name, data, pixels):
    with open(name, "wb") as file:
        file.write(data)
    rows.append(f'    {{"{name}", {pixels.shape[1]}, {pixels.shape[0]}, 0x{fnv(pixels):016x}}},')


# ---- PNG ----

def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed(row, depth):
    if depth == 16:
        return row.astype(">u2").tobytes()
    bits = "".join(format(int(sample), f"0{depth}b") for sample in row.flatten())
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def filtered(picture, depth):
    """Each row by the next filter, none and up in turn."""
    out, above = b"", None
    for i, row in enumerate(picture):
        now = packed(row, depth)
        if i % 2 and above:
            out += b"\2" + bytes((a - b) % 256 for a, b in zip(now, above))
        else:
            out += b"\0" + now
        above = now
    return out


def png(samples, colour_type, depth, between=b"", interlaced=False):
    height, width = samples.shape[:2]
    samples = samples.reshape(height, width, -1)
    data = b""
    for x, y, step_x, step_y in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = samples[y::step_y, x::step_x]
        if part.size:
            data += filtered(part, depth)
    packed_data = zlib.compress(data, 9)
    half = len(packed_data) // 2
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + between + chunk(b"IDAT", packed_data[:half]) +
            chunk(b"IDAT", packed_data[half:]) + chunk(b"IEND", b""))


def make_pngs():
    plte = chunk(b"PLTE", bytes(sum(PALETTE, ())))
    colours = np.array(PALETTE, np.uint8)[NUMBERS]
    some = np.array([0, 128, 255, 7] + [255] * 12, np.uint8)
    keep("rgb.png", png(RGB, 2, 8), RGB)
    keep("rgb-interlaced.png", png(RGB, 2, 8, interlaced=True), RGB)
    keep("rgb16.png", png(RGB16, 2, 16), RGB)
    keep("rgba.png", png(np.dstack([RGB, ALPHA]), 6, 8), on_white(RGB, ALPHA))
    keep("rgba16-interlaced.png", png(np.dstack([RGB16, ALPHA16]), 6, 16, interlaced=True), on_white(RGB, ALPHA))
    keep("grey.png", png(GREY, 0, 8), in_colours(GREY))
    keep("grey16.png", png(GREY16, 0, 16), in_colours(GREY))
    keep("grey-alpha.png", png(np.dstack([GREY, ALPHA]), 4, 8), on_white(in_colours(GREY), ALPHA))
    keep("grey-alpha16.png", png(np.dstack([GREY16, ALPHA16]), 4, 16), on_white(in_colours(GREY), ALPHA))
    for depth in 1, 2, 4:
        grey = NUMBERS % 2**depth
        full = (grey * (255 // (2**depth - 1))).astype(np.uint8)
        keep(f"grey{depth}.png", png(grey, 0, depth), in_colours(full))
        keep(f"palette{depth}-interlaced.png", png(grey, 3, depth, chunk(b"PLTE", bytes(sum(PALETTE[:2**depth], ()))), True), np.array(PALETTE, np.uint8)[grey])
    keep("palette.png", png(NUMBERS, 3, 8, plte), colours)
    keep("palette-transparent.png", png(NUMBERS, 3, 8, plte + chunk(b"tRNS", bytes(some[:4]))),
         on_white(colours, some[NUMBERS]))
    clear = RGB[3, 4]
    keep("rgb-transparent.png", png(RGB, 2, 8, chunk(b"tRNS", struct.pack(">3H", *clear))),
         on_white(RGB, np.where((RGB == clear).all(axis=2), 0, 255)))
    keep("grey16-transparent.png", png(GREY16, 0, 16, chunk(b"tRNS", struct.pack(">H", GREY16[3, 4]))),
         on_white(in_colours(GREY), np.where(GREY16 == GREY16[3, 4], 0, 255)))
    texts = chunk(b"tEXt", b"Software\0by hand") + chunk(b"gAMA", struct.pack(">I", 45455))
    keep("one-pixel.png", png(RGB[5:6, 7:8], 2, 8, texts), RGB[5:6, 7:8])


# ---- GIF ----

def lzw(numbers, depth):
    """Without compression: a clear code before the codes would grow longer."""
    bits, width, count = [], depth + 1, 0

    def put(code):
        bits.extend(code >> i & 1 for i in range(width))

    for number in numbers.flatten():
        if count % (2**depth - 2) == 0:
            put(2**depth)
        put(int(number))
        count += 1
    put(2**depth + 1)
    bits += [0] * (-len(bits) % 8)
    data = bytes(sum(bits[i + j] << j for j in range(8)) for i in range(0, len(bits), 8))
    blocks = b"".join(bytes([len(data[i:i + 200])]) + data[i:i + 200] for i in range(0, len(data), 200))
    return bytes([depth]) + blocks + b"\0"


def frame(numbers, x=0, y=0, palette=b"", interlaced=False, transparent=None):
    control = b"" if transparent is None else b"\x21\xf9\4\1\0\0" + bytes([transparent, 0])
    height, width = numbers.shape
    flags = (0x83 if palette else 0) | (0x40 if interlaced else 0)
    if interlaced:
        numbers = np.concatenate([numbers[0::8], numbers[4::8], numbers[2::4], numbers[1::2]])
    return control + b"," + struct.pack("<4HB", x, y, width, height, flags) + palette + lzw(numbers, 4)


def gif(*frames, palette=b"", background=0, width=WIDTH, height=HEIGHT, version=b"GIF89a"):
    flags = 0x93 if palette else 0
    return version + struct.pack("<2H3B", width, height, flags, background, 0) + palette + b"".join(frames) + b";"


def make_gifs():
    colours = np.array(PALETTE, np.uint8)
    table, other = bytes(sum(PALETTE, ())), bytes(sum(reversed(PALETTE), ()))
    keep("plain.gif", gif(frame(NUMBERS), palette=table, version=b"GIF87a"), colours[NUMBERS])
    keep("interlaced.gif", gif(frame(NUMBERS, interlaced=True), palette=table), colours[NUMBERS])
    keep("local-palette.gif", gif(frame(NUMBERS, palette=other), palette=table), colours[::-1][NUMBERS])
    keep("no-palette.gif", gif(frame(NUMBERS)), in_colours(NUMBERS.astype(np.uint8)))
    clear = colours[NUMBERS].copy()
    clear[NUMBERS == 5] = 255
    keep("transparent.gif", gif(frame(NUMBERS, transparent=5), palette=table), clear)
    small = NUMBERS[:6, :9]
    partly = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    partly[4:10, 3:12] = np.where((small == 5)[:, :, None], 255, colours[small])
    keep("part-transparent.gif", gif(frame(small, 3, 4, transparent=5), palette=table, background=2), partly)
    partly[:] = PALETTE[0]
    partly[4:10, 3:12] = colours[small]
    keep("part.gif", gif(frame(small, 3, 4), palette=table, background=2), partly)
    comment = b"\x21\xfe\5hello\3all\0"
    keep("animated.gif", gif(b"\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0", comment, frame(NUMBERS), frame(small), palette=table),
         colours[NUMBERS])
    wide = np.zeros((HEIGHT + 2, WIDTH + 3, 3), np.uint8)
    wide[:] = PALETTE[0]
    wide[2:, 3:] = colours[NUMBERS]
    keep("past-the-screen.gif", gif(frame(NUMBERS, 3, 2), palette=table), wide)


# ---- What Pillow writes ----

def saved(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def seen(data):
    """As Pillow and HWC3 see it; CMYK as Pillow converts it."""
    picture = Image.open(io.BytesIO(data))
    if picture.mode == "RGBA":
        both = np.array(picture)
        return on_white(both[:, :, :3], both[:, :, 3])
    return np.array(picture.convert("RGB"))


def make_jpegs():
    smooth = np.stack([X * 13, Y * 19, 255 - (X + Y) * 8], axis=2).astype(np.uint8)
    picture = Image.fromarray(smooth)
    inks = Image.fromarray(np.dstack([smooth, np.full((HEIGHT, WIDTH), 30, np.uint8)]), "CMYK")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right, which is not done
    cmyk = saved(inks, "JPEG", optimize=True, quality=80)
    at = cmyk.index(b"Adobe") + 11
    files = {
        "baseline.jpg": saved(picture, "JPEG", optimize=True, quality=80),
        "full-chroma.jpg": saved(picture, "JPEG", optimize=True, quality=80, subsampling=0),
        "progressive.jpg": saved(picture, "JPEG", progressive=True, quality=80),
        "grey.jpg": saved(picture.convert("L"), "JPEG", optimize=True, quality=80),
        "turned.jpg": saved(picture, "JPEG", optimize=True, quality=80, exif=exif),
        "cmyk.jpg": cmyk,
        "ycck.jpg": cmyk[:at] + b"\2" + cmyk[at + 1:],  # the same numbers, taken for other ones
        "restarts.jpg": saved(picture, "JPEG", optimize=True, quality=80, restart_marker_blocks=1),
    }
    for name, data in files.items():
        keep(name, data, seen(data))


def make_webps():
    smooth = Image.fromarray(np.stack([X * 13, Y * 19, 255 - (X + Y) * 8], axis=2).astype(np.uint8))
    clear = Image.fromarray(np.dstack([np.array(smooth), ALPHA]))
    files = {
        "lossy.webp": saved(smooth, "WEBP", quality=60),
        "lossy-alpha.webp": saved(clear, "WEBP", quality=60),
        "lossless.webp": saved(smooth, "WEBP", lossless=True),
        "lossless-alpha.webp": saved(clear, "WEBP", lossless=True, exact=True),
        "extended.webp": saved(smooth, "WEBP", quality=60, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
    }
    for name, data in files.items():
        keep(name, data, seen(data))
    for name, first, place in (("animated.webp", "lossy-alpha.webp", "+0+0"), ("animated-part.webp", "lossless-alpha.webp", "+4+2"),
                               ("animated-opaque.webp", "lossy.webp", "+2+6")):
        frames = ["-frame", first, f"+100{place}+0+b", "-frame", "lossless.webp", "+100+8+10+0+b"]
        subprocess.run(["webpmux", *frames, "-o", name], check=True, capture_output=True)
        with open(name, "rb") as file:
            data = file.read()
        keep(name, data, seen(data))


os.chdir(os.path.dirname(os.path.abspath(__file__)))
make_pngs()
make_gifs()
make_jpegs()
make_webps()
print("\n".join(rows))
