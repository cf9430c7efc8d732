"""The front end of the compiler: parser, name resolution, hints and typesetting."""
