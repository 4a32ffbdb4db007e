"""Sends hints to workers, through Celery, by the names of tasks."""
