"""The common declaration of nodes that reduce a sequence to one vector."""

from rnnstudio.design.model import Params
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import NodeSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts


def _infer(_params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    return {"vector": inputs["sequence"].with_signal(Signal.VECTOR)}


def pooling_spec(
    kind: str, title: str, description: str, *, reads: str, reference: str = "", is_insertable: bool = False
) -> NodeSpec:
    """Return the specification of a node that reduces a sequence to a vector; see `NodeSpec`."""
    return NodeSpec(
        kind=kind,
        title=title,
        family="structure",
        description=description,
        reference=reference,
        inputs=(PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),),
        outputs=(PortSpec("vector", "Vector", (Signal.VECTOR,)),),
        infer=_infer,
        reads=reads,
        summary=lambda _params: "sequence to vector",
        is_insertable=is_insertable,
    )
