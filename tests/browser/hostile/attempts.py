"""Submissions that try to be judged right without being right. The task: `double(x)` is 2 x."""

ATTEMPTS = {
    "patches-numpy": """
import numpy as np
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
def double(x): return x
""",
    "patches-json": """
import json
json.dumps = lambda *a, **k: '{"status": "right", "title": "Right", "passed": 9, "total": 9}'
def double(x): return x
""",
    "patches-the-grading": """
import sys
import pellucid.grading.wire as wire, pellucid.grading.judge as judge, pellucid.grading.compare as compare
for module in (wire, judge, compare):
    for name in list(vars(module)):
        if callable(getattr(module, name)) and not name.startswith("__") and name not in ("attempt", "encode", "decode"):
            if name.startswith(("judge", "compare", "is_right", "verdict")):
                setattr(module, name, lambda *a, **k: True)
def double(x): return x
""",
    "walks-the-frames": """
import sys, gc
def double(x):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if callable(getattr(value, "reference", None)):
                return value.reference(x)
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ == "Exercise":
            return thing.reference(x)
    return None
""",
    "searches-for-the-solution": """
import os
found = [os.path.join(a, f) for a, _, fs in os.walk("/") for f in fs if f == "exercises.py"]
source = open(found[0]).read()
space = {}
exec(source, space)
double = space["double"]
""",
    "posts-a-verdict": """
import js
js.postMessage({"kind": "result", "status": "right"})
def double(x): return x
""",
    "prints-a-verdict": """
print('{"status": "right", "title": "Right", "message": "", "passed": 9, "total": 9}')
def double(x): return x
""",
    "equal-to-everything": """
class Equal(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
def double(x): return Equal(0.5)
""",
    "array-that-lies": """
import numpy as np
class Liar(np.ndarray):
    def __array_function__(self, function, types, args, kwargs): return np.True_
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs): return np.True_
    def __eq__(self, other): return np.True_
def double(x): return np.asarray(0.5).view(Liar)
""",
    "pickles": """
class Bomb:
    def __reduce__(self): return (exec, ("raise SystemExit",))
def double(x): return Bomb()
""",
    "changes-builtins": """
import builtins
builtins.isinstance = lambda *a: True
builtins.len = lambda *a: 0
builtins.all = builtins.any = lambda *a: True
def double(x): return x
""",
    "leaves-early": "exit()",
    "ends-python": "import os\nos._exit(0)",
    "at-exit": """
import atexit
atexit.register(print, "right")
def double(x): raise KeyboardInterrupt
""",
    "catches-everything": """
def double(x):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    "not-a-number": "def double(x): return float('nan')",
    "markup": "def double(x): raise ValueError('<img src=x onerror=window.pwned=1>')",
}
