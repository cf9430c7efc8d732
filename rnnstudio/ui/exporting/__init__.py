"""The network as a picture in a file: what is drawn, how it is written, and the dialog that asks."""
