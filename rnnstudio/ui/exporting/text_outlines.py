"""Converts the text of an SVG to outlines, so that every program shows it in the bundled font.

A browser without Inter would set them in another face, and wider. A font within the file is read by
browsers, but not by editors and converters; outlines are right everywhere. What the picture says is told to
screen readers by its title and description.
"""

from __future__ import annotations

from xml.etree import ElementTree

from PySide6.QtGui import QFont, QPainterPath

from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.text_format import xml_text

SVG = "http://www.w3.org/2000/svg"
_PLACES = 2  # of a coordinate: a hundredth of a pixel
_TEXT_ONLY = ("font-family", "font-size", "font-weight", "font-style")


def outlined(svg: bytes, title: str, description: str) -> bytes:
    """Return an SVG without text elements, with a title and a description."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(xml_text(svg.decode("utf-8", "replace")))
    title, description = xml_text(title), xml_text(description)
    for parent in root.iter():
        for number, child in enumerate(list(parent)):
            if child.tag == f"{{{SVG}}}text":
                parent[number] = _outline(child)
    for element in root.iter():
        for name in _TEXT_ONLY:
            element.attrib.pop(name, None)
    for tag, words in (("title", title), ("desc", description)):
        found = root.find(f"{{{SVG}}}{tag}")
        if found is None:
            found = ElementTree.Element(f"{{{SVG}}}{tag}")
            root.insert(0, found)
        found.text = words
    for name, length in zip(("width", "height"), root.get("viewBox", "").split()[2:], strict=False):
        root.set(name, length)  # in pixels: a millimetre is not as long everywhere
    root.set("role", "img")
    root.set("aria-label", title)
    for name in ("version", "baseProfile"):
        root.attrib.pop(name, None)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _outline(text: ElementTree.Element) -> ElementTree.Element:
    """Return the outline path of a text element, which Qt writes with its own position and font."""
    font = fonts.sized(float(text.get("font-size", "12")))
    font.setFamily(text.get("font-family", fonts.FAMILY))
    font.setWeight(QFont.Weight(int(text.get("font-weight", "400"))))
    font.setItalic(text.get("font-style") == "italic")
    path = QPainterPath()
    path.addText(float(text.get("x", "0")), float(text.get("y", "0")), font, text.text or "")
    made = ElementTree.Element(f"{{{SVG}}}path", {"d": _data(path), "fill-rule": "nonzero", "stroke": "none"})
    for name in ("fill", "fill-opacity"):
        if name in text.attrib:
            made.set(name, text.attrib[name])
    made.tail = text.tail
    return made


def _data(path: QPainterPath) -> str:
    """Return a path as SVG writes it."""
    words: list[str] = []
    number = 0
    while number < path.elementCount():
        element = path.elementAt(number)
        if element.type is QPainterPath.ElementType.CurveToElement:
            points = [path.elementAt(number + n) for n in range(3)]
            words.append("C" + " ".join(f"{_short(p.x)} {_short(p.y)}" for p in points))
            number += 3
            continue
        letter = "M" if element.type is QPainterPath.ElementType.MoveToElement else "L"
        words.append(f"{letter}{_short(element.x)} {_short(element.y)}")
        number += 1
    return "".join(words)


def _short(value: float) -> str:
    return f"{value:.{_PLACES}f}".rstrip("0").rstrip(".")
