"""Matplotlib figures as small SVG that takes its colours from the page."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

from . import palette
from .tables import Datum

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_HREF = f"{{{_XLINK}}}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_FONT = re.compile(r"font:\s*(?:(\d+)\s+)?([0-9.]+)px[^;]*")
_GEOMETRY = ("d", "x", "y", "width", "height", "transform", "points")
# What matplotlib says of every line and a browser does by itself.
_NEEDLESS = re.compile(r"stroke-linejoin:[^;]*;?|stroke-linecap:[^;]*;?|text-anchor: start;?")
_FAMILY = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif'
_PNG_DOTS_PER_PIXEL = 2
# Below this share of their size words in a figure are too small; the figure scrolls in its frame instead.
_SMALLEST_SCALE = 0.75

# One unit of the figure is one CSS pixel: 72 units make an inch.
STYLE = {
    "figure.dpi": 72,
    "savefig.dpi": 72,
    "svg.fonttype": "none",
    "svg.hashsalt": "lockstep",
    "text.parse_math": False,  # a dollar in a name is a dollar
    "font.size": 12,
    "axes.labelsize": 12,
    "axes.labelcolor": palette.MUTED,
    "axes.edgecolor": palette.RULE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": palette.GRID,
    "grid.linewidth": 1,
    "text.color": palette.INK,
    "xtick.labelcolor": palette.MUTED,
    "ytick.labelcolor": palette.MUTED,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 12,
}


@dataclass(frozen=True)
class Drawn:
    """A figure as files: what `--figures` writes."""

    name: str
    svg: str
    png: bytes
    data: list[Datum]


class SvgWriter:
    """Makes figures whose ids never clash: the n-th figure of a page prefixes them with fn-. With `keeps_files` it also
    keeps each one as files."""

    def __init__(self, keeps_files: bool = False) -> None:
        self._count = 0
        self._keeps_files = keeps_files
        self.drawn: list[Drawn] = []

    def inline(self, figure: Figure, description: str, data: list[Datum]) -> Markup:
        """<figure> for a page."""
        self._count += 1
        root = _compact(_saved(figure, "svg"), f"f{self._count}-", description)
        if self._keeps_files:
            name = f"{self._count:03}-{_slug(description)}"
            self.drawn.append(Drawn(name, _standing_alone(root), _saved(figure, "png"), data))
        smallest = round(_SMALLEST_SCALE * float(root.get("width", "0")))
        root.set("style", f"min-width:{smallest}px")
        return Markup(f"<figure>{ElementTree.tostring(root, encoding='unicode')}</figure>")


def blank_figure(width: float, height: float) -> Figure:
    """A figure of width × height CSS pixels; to be made and saved under `style()`."""
    return Figure(figsize=(width / 72, height / 72))


def style() -> object:
    return matplotlib.rc_context(STYLE)


def _saved(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "png":
        figure.savefig(
            buffer, format="png", dpi=72 * _PNG_DOTS_PER_PIXEL, facecolor="white", metadata={"Software": None}
        )
    else:
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _slug(description: str) -> str:
    """The description as part of a file's name."""
    words = re.sub(r"[^a-z0-9]+", "-", description.lower()).strip("-")
    return words[:72].rstrip("-") or "figure"


def _standing_alone(root: ElementTree.Element) -> str:
    """A file that has its colours and its font with it."""
    words = f"text{{font-family:{_FAMILY}}}"
    sheet = f"<style>{palette.stylesheet('svg')}svg{{background:{palette.variable(palette.PAPER)}}}{words}</style>"
    source = ElementTree.tostring(root, encoding="unicode")
    head, _, rest = source.partition(">")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}>{sheet}{rest}\n'


def _compact(source: bytes, prefix: str, description: str) -> ElementTree.Element:
    """Rewrites the tree, not the text: labels hold anything."""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(source)
    used = _used_ids(root)
    for element in list(root.iter()):
        _drop_needless_children(element)
        _name_ids(element, used, prefix)
        _shorten(element)
    _unwrap_groups(root)
    _, _, width, height = root.get("viewBox", "0 0 1 1").split()
    root.attrib.pop("version", None)
    root.attrib.update(width=width, height=height, role="img")
    root.set("aria-label", description)
    return root


def _used_ids(root: ElementTree.Element) -> set[str]:
    used = {element.get(_HREF, "").removeprefix("#") for element in root.iter()}
    for element in root.iter():
        for value in element.attrib.values():
            used.update(_REFERENCE.findall(value))
    return used


def _drop_needless_children(parent: ElementTree.Element) -> None:
    """A style element inside inline SVG would style the whole page. The sheet of a figure is transparent: no patch."""
    for child in list(parent):
        if child.tag in (f"{{{_SVG}}}style", f"{{{_SVG}}}metadata") or child.get("style", "").startswith("opacity: 0"):
            parent.remove(child)
    if parent.text is not None and not parent.text.strip():
        parent.text = None
    for child in parent:
        child.tail = None


def _name_ids(element: ElementTree.Element, used: set[str], prefix: str) -> None:
    for name, value in list(element.attrib.items()):
        if name == "id" and value not in used:
            del element.attrib[name]
        elif name == "id":
            element.set(name, prefix + value)
        elif name == _HREF and value.startswith("#"):
            element.set(name, f"#{prefix}{value[1:]}")
        elif "url(#" in value:
            element.set(name, _REFERENCE.sub(rf"url(#{prefix}\1)", value))


def _shorten(element: ElementTree.Element) -> None:
    """Tenths of a pixel, colours by their variable, the page's font."""
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    for name in _GEOMETRY:
        if name in element.attrib:
            element.set(name, " ".join(_LONG_NUMBER.sub(_tenths, element.attrib[name]).split()))
    look = element.attrib.pop("style", "")
    look = _FONT.sub(_font_size, _NEEDLESS.sub("", look))
    look = _COLOUR.sub(lambda match: palette.variable(match[0]), look)
    look = re.sub(r"\s*([:;,])\s*", r"\1", look).strip(" ;")
    if look:
        element.set("style", look)


def _tenths(match: re.Match[str]) -> str:
    rounded = f"{float(match[0]):.1f}".removesuffix(".0")
    return "0" if rounded == "-0" else rounded


def _font_size(match: re.Match[str]) -> str:
    weight = f"font-weight:{match[1]};" if match[1] else ""
    return f"{weight}font-size:{float(match[2]):g}px"


def _unwrap_groups(parent: ElementTree.Element) -> None:
    """A group that says nothing gives its place to its children."""
    children: list[ElementTree.Element] = []
    for child in list(parent):
        _unwrap_groups(child)
        if child.tag == f"{{{_SVG}}}g" and not child.attrib:
            children += list(child)
        elif child.tag != f"{{{_SVG}}}defs" or len(child):
            children.append(child)
    parent[:] = children
