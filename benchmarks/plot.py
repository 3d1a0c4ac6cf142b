"""Lines over logarithmic axes as SVG text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 220, 40, 50
LINE = 16  # of text
COLOURS = ("#0f766e", "#b45309", "#6d28d9")
Point = tuple[float, float]


def svg(title: str, across: str, up: str, lines: Mapping[str, Sequence[Point]]) -> str:
    """One polyline a name, with its name at its end; every value must be above zero."""
    points = [point for line in lines.values() for point in line]
    xs, ys = _span([x for x, _ in points]), _span([y for _, y in points])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-size="12" '
        'font-family="system-ui, sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="14" font-weight="600" fill="#111827">{escape(title)}</text>',
        f'<text x="{LEFT}" y="{HEIGHT - 10}" fill="#374151">{escape(across)}</text>',
        f'<text x="12" y="{TOP}" fill="#374151">{escape(up)}</text>',
    ]
    parts += [_tick_x(tick, xs) for tick in _decades(xs)] + [_tick_y(tick, ys) for tick in _decades(ys)]
    names: list[tuple[float, float, str, str]] = []
    for (name, line), colour in zip(lines.items(), COLOURS, strict=False):
        placed = [(_x(x, xs), _y(y, ys)) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        x, y = placed[-1]
        names.append((y + 4, x + 8, colour, name))
    lowest = 0.0
    for y, x, colour, name in sorted(names):
        lowest = max(y, lowest + LINE)  # below the one above it where lines end beside each other
        parts.append(f'<text x="{x:.1f}" y="{lowest:.1f}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return float(low), float(max(high, low + 1))


def _decades(span: tuple[float, float]) -> list[float]:
    return [10.0**power for power in range(int(span[0]), int(span[1]) + 1)]


def _x(value: float, span: tuple[float, float]) -> float:
    return LEFT + (math.log10(value) - span[0]) / (span[1] - span[0]) * (WIDTH - LEFT - RIGHT)


def _y(value: float, span: tuple[float, float]) -> float:
    return HEIGHT - BOTTOM - (math.log10(value) - span[0]) / (span[1] - span[0]) * (HEIGHT - TOP - BOTTOM - 10)


def _tick_x(value: float, span: tuple[float, float]) -> str:
    x = _x(value, span)
    line = f'<line x1="{x:.1f}" y1="{TOP + 10}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#e5e7eb"/>'
    return f'{line}<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="#6b7280">{value:,g}</text>'


def _tick_y(value: float, span: tuple[float, float]) -> str:
    y = _y(value, span)
    line = f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e5e7eb"/>'
    return f'{line}<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#6b7280">{value:,g}</text>'
