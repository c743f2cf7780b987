#!/usr/bin/env python3
"""Draws what cache_model found: hit rate of a NIC's writes against rho, the bytes that cycle over the bytes that devices
may fill. Model, measurements and formula in one picture.

usage: cache_model --json | plot.py > cache-hits.svg
"""
import json
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 44, 56
RHO_END = 1.4
COLOURS = {256: "#1b7f79", 512: "#3465a4", 1024: "#b8661b", 1500: "#a4243b"}


def x(rho):
    return LEFT + rho / RHO_END * (WIDTH - LEFT - RIGHT)


def y(percent):
    return TOP + (100 - percent) / 100 * (HEIGHT - TOP - BOTTOM)


def text(at_x, at_y, words, **style):
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<text x="{at_x:.1f}" y="{at_y:.1f}"{attributes}>{escape(words)}</text>'


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def axes():
    for percent in range(0, 101, 20):
        yield line(LEFT, y(percent), WIDTH - RIGHT, y(percent), "#ddd")
        yield text(LEFT - 8, y(percent) + 4, f"{percent} %", text_anchor="end")
    for tenth in range(0, 15, 2):
        yield line(x(tenth / 10), y(0), x(tenth / 10), y(0) + 5, "#888")
        yield text(x(tenth / 10), y(0) + 20, f"{tenth / 10:.1f}", text_anchor="middle")
    yield line(LEFT, y(0), WIDTH - RIGHT, y(0), "#888")
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield text(middle, HEIGHT - 14, "rho: bytes that cycle / bytes that devices may fill", text_anchor="middle")
    yield text(LEFT, 24, "NIC writes that find their line in the last-level cache (Xeon Gold 6140, 2 of 11 ways)",
               font_weight="bold")


def measured(at_x, at_y, colour):
    return f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="5" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def modelled(at_x, at_y, colour):
    a = 4
    return (f'<path d="M{at_x - a:.1f} {at_y - a:.1f}l{2 * a} {2 * a}m0 {-2 * a}l{-2 * a} {2 * a}" stroke="{colour}" '
            'stroke-width="1.5" fill="none"/>')


def legend():
    at_x, at_y = x(0.04), y(42)
    yield measured(at_x, at_y - 4, "#444")
    yield text(at_x + 14, at_y, "measured (Farshin et al., ATC 2020)")
    yield modelled(at_x, at_y + 16, "#444")
    yield text(at_x + 14, at_y + 20, "model under the driver's rings")
    yield line(at_x - 8, at_y + 36, at_x + 8, at_y + 36, "#444")
    yield text(at_x + 14, at_y + 40, "formula (mem/sizing.hpp)")
    for row, (frame, colour) in enumerate(COLOURS.items()):
        yield f'<rect x="{at_x - 5:.1f}" y="{at_y + 52 + 18 * row:.1f}" width="10" height="10" fill="{colour}"/>'
        yield text(at_x + 14, at_y + 61 + 18 * row, f"frames of {frame} bytes")


def picture(rows, curve):
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
           'font-size="12" fill="#222">')
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield from axes()
    yield ('<polyline fill="none" stroke="#444" points="'
           + " ".join(f"{x(rho):.1f},{y(percent):.1f}" for rho, percent in [(0, 100), *curve]) + '"/>')
    for row in rows:
        colour = COLOURS[row["frame"]]
        yield measured(x(row["rho"]), y(row["published"]), colour)
        yield modelled(x(row["rho"]), y(row["model"]), colour)
    yield from legend()
    yield "</svg>"


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    told = [json.loads(row) for row in sys.stdin]
    rows = [row for row in told if row["what"] == "ring"]
    curve = [(row["rho"], row["formula"]) for row in told if row["what"] == "curve"]
    if not rows or not curve:
        sys.exit("plot.py: no rows of cache_model --json on stdin")
    print("\n".join(picture(rows, curve)))


if __name__ == "__main__":
    main()
