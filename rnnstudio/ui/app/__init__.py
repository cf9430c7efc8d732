"""The application: creates and connects all parts. No other package imports it."""
