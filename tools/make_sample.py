#!/usr/bin/env python3
"""Draws fixtures/sample.png: a house, a tree, a hill, the sun and somebody who waves, 640 x 480, for trying out an image
input: there is something in it for every kind of control map.

    python3 tools/make_sample.py >fixtures/sample.png

Every shape is a function that tells how far a point is from its edge (negative inside), in pixels: half a pixel to
either side of the edge is where colours mix, and so nothing is jagged.
"""
import math
import struct
import sys
import zlib

WIDTH, HEIGHT = 640, 480

SKY_TOP, SKY_LOW = (94, 166, 224), (222, 240, 250)
SUN, GLOW = (255, 214, 74), (255, 236, 170)
CLOUD = (255, 255, 255)
FAR_HILL, NEAR_HILL = (126, 176, 110), (92, 154, 80)
PATH = (214, 190, 146)
WALL, WALL_SHADE, ROOF, CHIMNEY = (246, 230, 200), (222, 202, 168), (186, 70, 54), (150, 84, 70)
DOOR, KNOB, FRAME, GLASS = (110, 70, 46), (240, 200, 90), (255, 255, 255), (138, 190, 216)
TRUNK, LEAVES, LIGHT_LEAVES = (112, 80, 52), (52, 122, 62), (74, 148, 74)
SKIN, HAIR, SHIRT, TROUSERS, SHOES = (236, 188, 150), (84, 52, 36), (70, 84, 168), (60, 58, 74), (40, 34, 36)


def circle(x, y, radius):
    return lambda px, py: math.hypot(px - x, py - y) - radius


def ellipse(x, y, a, b):
    # not the true distance, but right at the edge, where it matters
    def distance(px, py):
        dx, dy = (px - x) / a, (py - y) / b
        length = math.hypot(dx, dy)
        return (length - 1) * length / (math.hypot(dx / a, dy / b) or 1)
    return distance


def polygon(*points):
    """Convex, its corners clockwise as seen on the screen."""
    edges = []
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
        length = math.hypot(bx - ax, by - ay)
        edges.append((ax, ay, (by - ay) / length, (ax - bx) / length))
    return lambda px, py: max((px - ax) * nx + (py - ay) * ny for ax, ay, nx, ny in edges)


def limb(ax, ay, bx, by, radius):
    """All within `radius` of the line from a to b."""
    dx, dy = bx - ax, by - ay

    def distance(px, py):
        along = max(0, min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)))
        return math.hypot(px - ax - along * dx, py - ay - along * dy) - radius
    return distance


def box(left, top, right, bottom):
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


def below(curve):
    """All under the line y = curve(x)."""
    def distance(px, py):
        slope = curve(px + 0.5) - curve(px - 0.5)
        return (curve(px) - py) / math.hypot(1, slope)
    return distance


def far_hill(x):
    return 318 - 58 * math.exp(-((x - 500) / 170) ** 2) - 26 * math.exp(-((x - 90) / 120) ** 2)


def near_hill(x):
    return 372 - 34 * math.exp(-((x - 250) / 240) ** 2) + 14 * math.sin(x / 120)


def scene():
    yield circle(520, 92, 66), GLOW
    yield circle(520, 92, 46), SUN
    for x, y, scale in ((130, 84, 1.0), (352, 54, 0.7), (604, 172, 0.6)):
        yield ellipse(x, y, 56 * scale, 20 * scale), CLOUD
        yield circle(x - 16 * scale, y - 12 * scale, 22 * scale), CLOUD
        yield circle(x + 16 * scale, y - 8 * scale, 17 * scale), CLOUD
    yield below(far_hill), FAR_HILL
    yield below(near_hill), NEAR_HILL
    yield polygon((272, 390), (306, 390), (360, 480), (226, 480)), PATH

    yield box(346, 170, 374, 250), CHIMNEY
    yield box(340, 164, 380, 174), ROOF
    yield box(178, 256, 400, 394), WALL
    yield box(178, 256, 400, 266), WALL_SHADE
    yield polygon((289, 148), (424, 260), (154, 260)), ROOF
    yield circle(289, 222, 19), FRAME
    yield circle(289, 222, 14), GLASS
    yield box(264, 310, 314, 394), FRAME
    yield box(269, 315, 309, 394), DOOR
    yield circle(302, 356, 3.5), KNOB
    for x in (200, 334):
        yield box(x, 292, x + 46, 340), FRAME
        yield box(x + 5, 297, x + 20.5, 313.5), GLASS
        yield box(x + 25.5, 297, x + 41, 313.5), GLASS
        yield box(x + 5, 318.5, x + 20.5, 335), GLASS
        yield box(x + 25.5, 318.5, x + 41, 335), GLASS

    yield polygon((518, 290), (540, 290), (548, 412), (510, 412)), TRUNK
    yield circle(529, 232, 62), LEAVES
    yield circle(486, 270, 42), LEAVES
    yield circle(572, 268, 44), LEAVES
    yield circle(514, 216, 34), LIGHT_LEAVES
    yield circle(478, 260, 22), LIGHT_LEAVES
    yield circle(562, 252, 22), LIGHT_LEAVES
    yield from person(92)


def person(x):
    """Standing on the near meadow, one arm up."""
    for side in (-1, 1):
        yield limb(x + 11 * side, 352, x + 17 * side, 440, 9), TROUSERS
        yield limb(x + 18 * side, 446, x + 25 * side, 448, 6), SHOES
    yield limb(x - 24, 288, x - 50, 250, 7), SHIRT
    yield limb(x - 50, 250, x - 44, 212, 6), SKIN
    yield limb(x + 24, 288, x + 40, 328, 7), SHIRT
    yield limb(x + 40, 328, x + 36, 364, 6), SKIN
    yield limb(x - 18, 292, x + 18, 292, 12), SHIRT
    yield polygon((x - 29, 290), (x + 29, 290), (x + 22, 364), (x - 22, 364)), SHIRT
    yield limb(x, 262, x, 282, 7), SKIN
    yield circle(x, 244, 21), HAIR
    yield ellipse(x, 249, 16, 19), SKIN


def mix(under, over, part):
    return tuple(u + (o - u) * part for u, o in zip(under, over))


def draw():
    rows = [[mix(SKY_TOP, SKY_LOW, min(y / 320, 1))] * WIDTH for y in range(HEIGHT)]
    for distance, color in scene():
        for y, row in enumerate(rows):
            x = 0
            while x < WIDTH:
                gap = distance(x + 0.5, y + 0.5)
                if gap < 0.5:
                    row[x] = mix(row[x], color, min(0.5 - gap, 1))
                x += max(1, int(gap / 2))  # the shape begins no nearer: half, because not every distance is exact
    return [bytes(int(channel + 0.5) for pixel in row for channel in pixel) for row in rows]


def paeth(left, up, corner):
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def filtered(row, above):
    """The row under each of PNG's five filters; the one with the smallest differences packs best."""
    left = bytes(3) + row[:-3]
    corner = bytes(3) + above[:-3]
    guesses = (bytes(len(row)), left, above, [(a + b) // 2 for a, b in zip(left, above)],
               [paeth(*three) for three in zip(left, above, corner)])
    lines = [bytes([kind]) + bytes((r - g) & 255 for r, g in zip(row, guess)) for kind, guess in enumerate(guesses)]
    return min(lines, key=lambda line: sum(min(byte, 256 - byte) for byte in line[1:]))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(rows):
    lines = b"".join(filtered(row, above) for row, above in zip(rows, [bytes(3 * WIDTH)] + rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b""))


if __name__ == "__main__":
    sys.stdout.buffer.write(png(draw()))
