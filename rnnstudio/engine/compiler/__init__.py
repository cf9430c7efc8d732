"""A small compiler: from the equations of a cell to a kernel that runs and differentiates them.

Stages: ``frontend`` (parse, resolve names), ``ir`` (lower, differentiate), ``backend`` (schedule, assign
buffers, write source) and ``runtime`` (kernels).
"""
