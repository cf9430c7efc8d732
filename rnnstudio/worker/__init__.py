"""The training process: typed messages, the child's loop, and the client that owns it.

Knows the engine and the document, never a window. ``client.WorkerClient`` is the way in.
"""
