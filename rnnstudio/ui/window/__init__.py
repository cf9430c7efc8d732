"""The main window: docks, menus, toolbars and status bar."""
