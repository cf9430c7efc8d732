"""One file per node that is not a recurrent cell."""
