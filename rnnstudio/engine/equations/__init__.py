"""A small compiler: the equations of a cell to a kernel that runs and differentiates them.

parse -> lower -> differentiate -> layout, schedule, storage -> generate -> compile.
"""
