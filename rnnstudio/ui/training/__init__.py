"""Training from the window: the session, its controller and the weights it leaves."""
