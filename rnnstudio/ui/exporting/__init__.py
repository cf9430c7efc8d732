"""Export of the network as a picture: the picture, its file formats and the export dialog."""
