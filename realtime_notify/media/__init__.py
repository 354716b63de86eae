"""The built-in media: e-mail, Web Push, webhooks, and chat by way of apprise."""
