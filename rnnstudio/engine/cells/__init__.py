"""One file per recurrent cell, which is its equations."""
