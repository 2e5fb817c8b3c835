"""Votes in a hall: a server for the projector's page and for the phones of a class."""
