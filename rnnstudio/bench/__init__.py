"""The speed of training steps: the engine alone, or against PyTorch in the same process.

``report`` starts one process for each count of threads, which runs ``__main__``; nothing here is loaded
unless the benchmark is asked for, and PyTorch by ``theirs`` alone.
"""
