"""What all pages share: who is looking, in which language, and what every answer of the service carries."""
