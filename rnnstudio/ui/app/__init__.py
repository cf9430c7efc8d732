"""The application: the parts are made and joined here. Nothing else imports this package."""
