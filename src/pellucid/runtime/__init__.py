"""Fetch, verify, slim and pack the Python runtime for the browser."""

from pellucid.runtime.cache import cache_folder
from pellucid.runtime.folder import prepare
from pellucid.runtime.report import Status, remove_damaged, status

__all__ = ["Status", "cache_folder", "prepare", "remove_damaged", "status"]
