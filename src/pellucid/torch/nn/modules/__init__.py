"""The modules, a file a family."""
