"""Instructions of each layer of a C export, from the counts of its step functions."""
import re


def layer_titles(folder):
    """What model.c says of each step: ["CONV_2D stem, 49x10x1 -> 25x5x64", …]."""
    return re.findall(r"^/\* \d+: (.+) \*/$", (folder / "model.c").read_text(), re.MULTILINE)


def layer_costs(folder, counts):
    """[(title, instructions of one call)]; empty where nothing was counted. A step that a compiler made one with another
    is not counted by itself: 0."""
    if not any(name.startswith("step") for name in counts):
        return []
    costs = []
    for number, title in enumerate(layer_titles(folder)):
        count = counts.get(f"step{number}")
        costs.append((title, count.whole // count.calls if count and count.calls else 0))
    return costs
