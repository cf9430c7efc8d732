"""Toggling the delay of links."""

from __future__ import annotations

from collections.abc import Collection

from rnnstudio.design import edits
from rnnstudio.design.links import Refusal, refusal
from rnnstudio.design.model import Design, LinkId
from rnnstudio.design.problems import Report
from rnnstudio.design.registry import Catalogue


def toggle_delay(
    design: Design, catalogue: Catalogue, report: Report, link_ids: Collection[LinkId]
) -> Design | Refusal:
    """Delay links by one step, or remove the delay if all have one.

    Returns
    -------
    design, or why one of the links cannot be switched
        It carries what cannot wait, or it would close a loop within one step.
    """
    links = [link for link in design.links if link.id in link_ids]
    delay = 0 if all(link.delay for link in links) else 1
    for link in links:
        without = edits.remove(design, link_ids=[link.id])
        ends = (link.source, link.source_port), (link.target, link.target_port)
        why = refusal(without, catalogue, report, *ends, delay)
        if why is not None:
            return why
        design = edits.replace_link(design, link.id, delay=delay)
    return design
