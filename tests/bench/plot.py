#!/usr/bin/env python3
"""Draws what `datapath_bench --json` printed, as SVG: plain files that need nothing, light or dark.

usage: plot.py ROWS.json DIR

Writes into DIR, for each sweep that ROWS has: burst.svg, backlog.svg, ring.svg, size.svg, queue.svg (cycles per packet,
lines; the same with -far for lines that come from another core), card.svg, work.svg (bars, relative to the
reference), latency.svg. Says which.
Exit codes: 0 success, 1 there is nothing to draw or it cannot be written, 2 wrong usage.
"""

import json
import pathlib
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 160, 56, 64
PATHS = ("vector", "scalar", "reference", "floor")
# Legible on white and on black; no red beside green.
COLOURS = {"vector": "#2f7ed8", "scalar": "#e0812b", "reference": "#8a8a8a", "floor": "#2a9d8f"}
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #222; }
.title { font-size: 16px; font-weight: 600; }
.small { font-size: 11px; fill: #666; }
.axis { stroke: #666; } .grid { stroke: #ddd; } .back { fill: #fff; }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd; } .small { fill: #aaa; } .back { fill: #161616; }
  .axis { stroke: #aaa; } .grid { stroke: #3a3a3a; }
}
"""


def nice_ceiling(value):
    """The next 1, 2, 2.5 or 5 times a power of ten."""
    step = 1e-6
    while True:
        for factor in (1, 2, 2.5, 5):
            if value <= factor * step:
                return factor * step
        step *= 10


class Drawing:
    """One picture: a frame with a vertical scale from zero, and whatever is drawn into it."""

    def __init__(self, title, subtitle, x_label, y_label, y_max):
        self.tick = nice_ceiling(max(y_max, 1e-6) / 6)
        self.y_max = self.tick * -(-y_max // self.tick)
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{escape(title, {chr(34): "&quot;"})}"><style>{STYLE}</style>',
            f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>']
        self.text(LEFT, 24, title, "title")
        self.text(LEFT, 42, subtitle, "small")
        self.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x_label, anchor="middle")
        middle = (TOP + HEIGHT - BOTTOM) / 2
        self.parts.append(f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle">'
                          f'{escape(y_label)}</text>')
        self.scale()

    def y(self, value):
        return HEIGHT - BOTTOM - value / self.y_max * (HEIGHT - BOTTOM - TOP)

    def x(self, part):
        return LEFT + part * (WIDTH - RIGHT - LEFT)

    def text(self, x, y, text, cls=None, anchor="start"):
        style = f' class="{cls}"' if cls else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(str(text))}</text>')

    def line(self, x1, y1, x2, y2, cls):
        self.parts.append(f'<line class="{cls}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def scale(self):
        value = 0.0
        while value <= self.y_max * 1.0001:
            self.line(LEFT, self.y(value), WIDTH - RIGHT, self.y(value), "grid" if value else "axis")
            self.text(LEFT - 8, self.y(value) + 4, f"{value:g}", anchor="end")
            value += self.tick
        self.line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, "axis")

    def x_ticks(self, labels):
        for position, label in labels:
            self.line(self.x(position), HEIGHT - BOTTOM, self.x(position), HEIGHT - BOTTOM + 5, "axis")
            self.text(self.x(position), HEIGHT - BOTTOM + 20, label, anchor="middle")

    def curve(self, points, colour, dashed=False):
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2"{dash} points="{path}"/>')
        for x, y in points:
            self.parts.append(f'<circle fill="{colour}" r="3" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}"/>')

    def bar(self, left, right, value, colour):
        top = self.y(value)
        self.parts.append(f'<rect fill="{colour}" x="{self.x(left):.1f}" y="{top:.1f}" '
                          f'width="{self.x(right) - self.x(left):.1f}" height="{self.y(0) - top:.1f}"/>')

    def legend(self, entries):
        """(text, colour, dashed) each."""
        for number, (text, colour, dashed) in enumerate(entries):
            y = TOP + 10 + 20 * number
            dash = ' stroke-dasharray="5 4"' if dashed else ""
            self.parts.append(f'<line stroke="{colour}" stroke-width="3"{dash} x1="{WIDTH - RIGHT + 14}" y1="{y}" '
                              f'x2="{WIDTH - RIGHT + 38}" y2="{y}"/>')
            self.text(WIDTH - RIGHT + 44, y + 4, text)

    def svg(self):
        return "\n".join([*self.parts, "</svg>\n"])


def subtitle(machine):
    words = [machine.get("processor", ""), machine.get("compiler", ""), machine.get("date", "")]
    return ", ".join(word for word in words if word)


def lines_over(rows, key, title, x_label, machine):
    """Cycles per packet of each path over equal steps of what varies."""
    values = sorted({row[key] for row in rows})
    place = {value: (n + 0.5) / len(values) for n, value in enumerate(values)}
    curves = []
    for path in PATHS:
        points = [(place[row[key]], row["paths"][path]["cycles"]) for row in rows if path in row["paths"]]
        if points:
            curves.append((path, COLOURS[path], path == "reference", sorted(points)))
    highest = max(y for *_, points in curves for _, y in points)
    drawing = Drawing(title, subtitle(machine), x_label, "TSC cycles per packet", highest)
    drawing.x_ticks([(place[value], value) for value in values])
    for _, colour, dashed, points in curves:
        drawing.curve(points, colour, dashed)
    drawing.legend([curve[:3] for curve in curves])
    return drawing.svg()


def bars(rows, label, title, machine):
    """The cost of each row's paths relative to the reference in the same row; the reference is the line at 1."""
    paths = [path for path in ("vector", "scalar", "floor") if any(path in row["paths"] for row in rows)]
    highest = max(row["paths"][path]["ratio"] for row in rows for path in paths if path in row["paths"])
    drawing = Drawing(title, subtitle(machine), "", "cost relative to the reference", max(highest, 1))
    step = 1 / len(rows)
    for number, row in enumerate(rows):
        width = 0.8 * step / len(paths)
        for place, path in enumerate(paths):
            if path in row["paths"]:
                left = (number + 0.1) * step + place * width
                drawing.bar(left, left + 0.92 * width, row["paths"][path]["ratio"], COLOURS[path])
        for line, word in enumerate(label(row)):
            drawing.text(drawing.x((number + 0.5) * step), HEIGHT - BOTTOM + 18 + 14 * line, word, "small", "middle")
    drawing.curve([(0, 1), (1, 1)], COLOURS["reference"], dashed=True)
    drawing.legend([(path, COLOURS[path], False) for path in paths] + [("reference", COLOURS["reference"], True)])
    return drawing.svg()


def latency(rows, machine):
    """Median and 99th percentile under overload over ring sizes, and what the queue's length predicts."""
    path = "vector" if any(row["path"] == "vector" for row in rows) else "scalar"
    rows = sorted((row for row in rows if row["path"] == path and row["latency"] == "overload"),
                  key=lambda row: row["ring"])
    curves = [(name, colour, dashed, [((n + 0.5) / len(rows), row[key] / 1000) for n, row in enumerate(rows)])
              for name, colour, dashed, key in (("p50", COLOURS["vector"], False, "p50_ns"),
                                                ("p99", COLOURS["scalar"], False, "p99_ns"),
                                                ("predicted", COLOURS["reference"], True, "predicted_ns"))]
    drawing = Drawing(f"Latency under overload ({path})", subtitle(machine), "receive ring (descriptors)",
                      "microseconds", max(y for *_, points in curves for _, y in points))
    drawing.x_ticks([((n + 0.5) / len(rows), row["ring"]) for n, row in enumerate(rows)])
    for _, colour, dashed, points in curves:
        drawing.curve(points, colour, dashed)
    drawing.legend([curve[:3] for curve in curves])
    return drawing.svg()


def pictures(lines):
    """{"burst.svg": text, …} for what the lines have."""
    machine, rows = {}, []
    for line in lines:
        entry = json.loads(line)
        machine = entry.get("machine", machine)
        if "machine" not in entry:
            rows.append(entry)

    def sweep(name, nic="near"):
        return [row for row in rows if row.get("sweep") == name and row["nic"] == nic]

    drawn = {}
    for name, x_label in (("burst", "packets per call"), ("backlog", "packets per call, 256 waiting"),
                          ("ring", "descriptors per ring"), ("size", "bytes per frame"),
                          ("queue", "queues served by one core")):
        key = {"queue": "queues", "backlog": "burst"}.get(name, name)
        for nic, suffix, where in (("near", "", ""), ("far", "-far", ", lines from another core")):
            if sweep(name, nic):
                drawn[f"{name}{suffix}.svg"] = lines_over(
                    sweep(name, nic), key, f"Receive, swap, send: cost by {name}{where}", x_label, machine)
    if sweep("card"):
        drawn["card.svg"] = bars(sweep("card"), lambda row: (row["card"], row["work"]), "Cost by card", machine)
    if sweep("work"):
        drawn["work.svg"] = bars(
            sweep("work"), lambda row: (row["work"], *(what for what in ("metadata", "offloads") if row[what])),
            "82599: cost of what is asked for", machine)
    delays = [row for row in rows if row.get("latency") == "overload"]
    if delays:
        drawn["latency.svg"] = latency(delays, machine)
    return drawn


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            drawn = pictures(line for line in file if line.strip())
        if not drawn:
            raise ValueError(f"{sys.argv[1]} has no rows of a sweep to draw")
        folder = pathlib.Path(sys.argv[2])
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in drawn.items():
            (folder / name).write_text(text, encoding="utf-8")
            print(folder / name)
    except (OSError, ValueError, KeyError) as error:
        print(f"plot: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
