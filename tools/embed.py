#!/usr/bin/env python3
"""Writes a C file that holds the given files as bytes: embed.py OUT ROOT FILE..."""
import os
import sys

out, root, *files = sys.argv[1:]
entries = []
with open(out, "w", encoding="ascii") as c:
    c.write('#include "base/embed.h"\n\n')
    for i, path in enumerate(sorted(files)):
        data = open(path, "rb").read()
        c.write(f"static const unsigned char file_{i}[] = {{\n")
        for at in range(0, len(data), 24):
            c.write(",".join(str(byte) for byte in data[at:at + 24]) + ",\n")
        c.write("0};\n\n")  # a NUL behind each, for whoever wants a C string
        entries.append((os.path.relpath(path, root), i, len(data)))
    c.write("const struct embedded embedded_files[] = {\n")
    for path, i, size in entries:
        c.write(f'    {{"{path}", (const char *)file_{i}, {size}}},\n')
    c.write("    {NULL, NULL, 0},\n};\n")
