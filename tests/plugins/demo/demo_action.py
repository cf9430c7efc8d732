"""An action from outside: it mirrors the network from left to right."""

from rnnstudio.design import edits
from rnnstudio.ui.canvas.canvas_action import canvas_action


def why_not(context):
    return "" if context.document.design.nodes else "There is nothing to mirror."


@canvas_action("arrange.demo_mirror", "Mirror", "Mirror the network", keys="Ctrl+Alt+I", why_not=why_not)
def mirror(context):
    design = context.document.design
    places = {node.id: (-node.x, node.y) for node in design.nodes}
    context.document.edit("Mirror", edits.move(design, places))
