"""One file per recurrent cell, with its equations."""
