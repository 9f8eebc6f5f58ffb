"""XML documents for machines: built as trees, so that no text can leave its place."""

import re
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """Add an element; characters that XML cannot hold (control characters) are left out."""
    element = ET.SubElement(parent, tag, attributes)
    element.text = legal(text) or None
    return element


def legal(text: str) -> str:
    """A text without the characters that no XML document can hold."""
    return _FORBIDDEN.sub("", text)


def written(root: Element) -> bytes:
    """Write a document, with its declaration, in UTF-8."""
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body
