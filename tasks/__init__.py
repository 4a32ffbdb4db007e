"""The Celery side: what hints and ticks make workers do."""
