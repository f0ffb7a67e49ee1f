"""Small charts, as figures that a template draws as SVG: no script, no style, and read aloud as a sentence.

Lengths are in units of the drawing, which is `WIDTH` wide however wide it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 320
LABELS: Final = 100
"""Room for what stands before a bar."""
VALUES: Final = 64
"""Room for what stands behind it."""
ROW: Final = 24
HEIGHT: Final = 120
"""Of the longest column."""
HEAD: Final = 16
"""Room above the columns for the greatest value."""
FOOT: Final = 20
"""Room below them for their labels."""


@dataclass(frozen=True)
class Box:
    """A rectangle. `kind` chooses its colour: `whole`, or `part` of what lies behind it."""

    x: str
    y: str
    width: str
    height: str
    kind: str


@dataclass(frozen=True)
class Text:
    """A word at a place. `anchor` is `start`, `middle` or `end`."""

    x: str
    y: str
    text: str
    anchor: str


Legend = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Chart:
    """What is drawn, and what it says to whoever does not see it."""

    name: str
    """Unique on its page: the ids of its title and description begin with it."""
    title: str
    description: str
    height: int
    boxes: Sequence[Box]
    texts: Sequence[Text]
    legend: Legend = ()
    """Pairs of a box's kind and its word, where there is more than one kind."""
    caption: str = ""
    """What stands above it, where the heading does not say it."""
    width: int = WIDTH


@dataclass(frozen=True)
class Bar:
    """A value to be drawn, and of it a part."""

    label: str
    value: float
    shown: str = ""
    """The value, as it is written beside a lying bar."""
    part: float = 0


def lying(name: str, title: str, bars: Sequence[Bar], *, greatest: float | None = None, caption: str = "") -> Chart:
    """Return bars that lie below each other, each with its label before it and its value behind it."""
    length = WIDTH - LABELS - VALUES
    greatest = greatest or max((bar.value for bar in bars), default=0) or 1
    boxes, texts = [], []
    for number, bar in enumerate(bars):
        top = number * ROW
        long = length * bar.value / greatest
        boxes.append(_box(LABELS, top + 4, long, ROW - 8, "part"))
        texts.append(_text(LABELS - 6, top + 16, bar.label, "end"))
        texts.append(_text(LABELS + long + 6, top + 16, bar.shown, "start"))
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return Chart(name, title, said, max(len(bars), 1) * ROW, boxes, texts, caption=caption)


def standing(
    name: str, bars: Sequence[Bar], *, title: str, said: str, every: int = 1, caption: str = "", legend: Legend = ()
) -> Chart:
    """Return columns beside each other, each with its part in front of it, and the label of each `every`-th."""
    greatest = max((bar.value for bar in bars), default=0)
    step = WIDTH / max(len(bars), 1)
    boxes, texts = [], [_text(0, HEAD - 5, max(bars, key=lambda bar: bar.value).shown, "start")]
    for number, bar in enumerate(bars):
        left = number * step
        for kind, value in (("whole", bar.value), ("part", bar.part)):
            high = HEIGHT * value / (greatest or 1)
            if high:
                boxes.append(_box(left + step * 0.1, HEAD + HEIGHT - high, step * 0.8, high, kind))
        if number % every == 0 and bar.label:
            texts.append(_text(left + step * 0.1, HEAD + HEIGHT + FOOT - 6, bar.label, "start"))
    boxes.append(_box(0, HEAD + HEIGHT, WIDTH, 1, "line"))
    return Chart(name, title, said, HEAD + HEIGHT + FOOT, boxes, texts, legend, caption)


def _box(x: float, y: float, width: float, height: float, kind: str) -> Box:
    return Box(_number(x), _number(y), _number(width), _number(height), kind)


def _text(x: float, y: float, text: str, anchor: str) -> Text:
    return Text(_number(x), _number(y), text, anchor)


def _number(value: float) -> str:
    """Return a length as SVG reads it: with a point, whatever language the page is in."""
    return f"{value:.1f}".removesuffix(".0")
