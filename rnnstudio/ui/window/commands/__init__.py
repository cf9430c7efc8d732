"""The commands of the window: functions of a WindowContext, each with the data of its action."""
