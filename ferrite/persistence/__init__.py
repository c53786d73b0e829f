"""Snapshots: the RDB format, its files, and when they are written. Knows no client and no wire."""
