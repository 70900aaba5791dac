"""`pellucid check`: every cell runs, every exercise is proved, here and in the browser's Python."""
