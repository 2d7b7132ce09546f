"""Matplotlib figures as inline SVG."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree

import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

from .palette import GRID, INK, MUTED

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")

# One unit of the figure is one CSS pixel: 72 units make an inch.
STYLE = {
    "figure.dpi": 72,
    "savefig.dpi": 72,
    "svg.fonttype": "none",
    "svg.hashsalt": "lockstep",
    "text.parse_math": False,  # a dollar in a name is a dollar
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.titleweight": "semibold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.labelsize": 12,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": "#b8bec5",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 1,
    "text.color": INK,
    "xtick.color": "#b8bec5",
    "ytick.color": "#b8bec5",
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "legend.frameon": False,
    "legend.fontsize": 12,
}


class SvgWriter:
    """Makes figures whose ids never clash: the n-th figure of a page prefixes them with fn-."""

    def __init__(self) -> None:
        self._count = 0

    def inline(self, figure: Figure, description: str) -> Markup:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        self._count += 1
        return _inline(buffer.getvalue(), f"f{self._count}-", description)


def blank_figure(width: float, height: float) -> Figure:
    """A figure of width × height CSS pixels; to be made and saved under `style()`."""
    return Figure(figsize=(width / 72, height / 72), layout="constrained")


def style() -> object:
    return matplotlib.rc_context(STYLE)


def _inline(source: bytes, prefix: str, description: str) -> Markup:
    """Rewrites the tree, not the text: labels hold anything."""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(source)
    _drop_page_wide_parts(root)
    for element in root.iter():
        _prefix_ids(element, prefix)
    _, _, width, height = root.get("viewBox", "0 0 1 1").split()
    root.attrib.update(width=width, height=height, role="img")
    root.set("aria-label", description)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _drop_page_wide_parts(root: ElementTree.Element) -> None:
    """A style element inside inline SVG would style the whole page; the page's own sheet has its rules."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}style", f"{{{_SVG}}}metadata"):
                parent.remove(child)


def _prefix_ids(element: ElementTree.Element, prefix: str) -> None:
    for name, value in list(element.attrib.items()):
        if name == "id":
            element.set(name, prefix + value)
        elif name == f"{{{_XLINK}}}href" and value.startswith("#"):
            element.set(name, f"#{prefix}{value[1:]}")
        elif "url(#" in value:
            element.set(name, _REFERENCE.sub(rf"url(#{prefix}\1)", value))
