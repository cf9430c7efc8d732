"""Pictures of the window's main views."""
