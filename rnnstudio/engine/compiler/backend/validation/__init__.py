"""An independent check of compiled schedules: see `validator`."""
