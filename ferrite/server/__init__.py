"""Sockets: accept clients, turn bytes into requests and replies into bytes."""
