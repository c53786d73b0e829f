from __future__ import annotations

import re
from xml.etree import ElementTree

from wasm_vm.commands.account import Count, Node
from wasm_vm.commands.flame import ROW_HEIGHT, WIDTH, flame_graph

SVG = "{http://www.w3.org/2000/svg}"


def node(label: str, fuel: int, *children: Node) -> Node:
    made = Node(label, 0, None, Count(fuel=fuel, calls=1))
    made.children.update({object(): child for child in children})  # type: ignore[misc]
    return made


def boxes(root: Node) -> dict[str, tuple[float, float, int]]:
    """Start, width and level of each box by its label."""
    drawn = ElementTree.fromstring(flame_graph(root))
    height = int(drawn.attrib["height"])
    found = {}
    for group in drawn.iter(f"{SVG}g"):
        title, rectangle = group.find(f"{SVG}title"), group.find(f"{SVG}rect")
        assert title is not None
        assert rectangle is not None
        level = (height - int(rectangle.attrib["y"])) // ROW_HEIGHT - 1
        label = str(title.text).rpartition(": ")[0]
        found[label] = float(rectangle.attrib["x"]), float(rectangle.attrib["width"]), level
    return found


def test_boxes_are_as_wide_as_their_fuel_and_stand_on_their_caller() -> None:
    root = node("all", 0, node("$f", 25, node("$g", 50), node("$h", 25)))
    assert boxes(root) == {
        "all": (0, WIDTH, 0),
        "$f": (0, WIDTH, 1),
        "$g": (0, WIDTH / 2, 2),
        "$h": (WIDTH / 2, WIDTH / 4, 2),
    }


def test_titles_say_the_figures() -> None:
    text = flame_graph(node("all", 0, node("$f", 1, node("$g", 2))))
    assert "<title>$f: 3 units (100.00%), 1 of them its own, 1 calls</title>" in text
    assert "<title>$g: 2 units (66.67%), 2 of them its own, 1 calls</title>" in text


def test_names_are_escaped() -> None:
    label = '$<script>&"\x1b\0]]>'
    text = flame_graph(node("all", 0, node(label, 5)))
    assert "<script" not in text
    assert r'$<script>&"\x1b\x00]]>' in boxes(node("all", 0, node(label, 5)))


def test_what_is_too_narrow_is_left_out() -> None:
    root = node("all", 0, node("$wide", 10**6), node("$narrow", 1))
    assert set(boxes(root)) == {"all", "$wide"}


def test_labels_are_cut_to_their_box() -> None:
    root = node("all", 0, node("$" + "long" * 40, 1), node("$rest", 9))
    shown = re.findall(r"<text [^>]*>([^<]*)</text>", flame_graph(root))
    cut = next(text for text in shown if text.startswith("$long"))
    assert cut.endswith("…")
    assert len(cut) * 6 < WIDTH / 10


def test_a_tree_without_fuel_is_one_box() -> None:
    assert boxes(node("all", 0)) == {"all": (0, WIDTH, 0)}


def test_a_function_keeps_its_colour() -> None:
    first, second = (flame_graph(node("all", 0, node("$f", fuel))) for fuel in (1, 2))
    colours = [re.findall(r'fill="([^"]+)"', text)[1] for text in (first, second)]
    assert colours[0] == colours[1]
