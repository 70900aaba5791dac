"""Attempts to use up time, memory, output, recursion, or the interpreter itself."""

from hostile.attack import Attack
from hostile.network import refused

EXHAUSTION = [
    Attack("endless-loop", "while True: pass", ends="stopped", shows="time limit", seconds=1),
    Attack(
        "catches-everything",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        ends="stopped",
        shows="time limit",
        seconds=1,
    ),
    Attack("long-sleep", "import time\ntime.sleep(3600)", ends="stopped", shows="time limit", seconds=1),
    Attack("long-c-call", "sum(range(10**12))", ends="stopped", shows="time limit", seconds=1),
    Attack(
        "interrupts-ignored",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        ends="stopped",
        shows="started anew",
        seconds=1,
    ),
    Attack(
        "bytes-without-end",
        "kept = []\nwhile True: kept.append(bytearray(10**7))",
        ends="failed",
        shows="memory",
    ),
    Attack("one-huge-array", "import numpy as np\nnp.ones(2 * 10**8)", ends="failed", shows="memory"),
    Attack("one-huge-text", "print(len('x' * 10**10))", ends="failed"),
    refused("memory-of-javascript", "import js\njs.ArrayBuffer.new(2**50)", "refused JsException"),
    Attack("deep-recursion", "def f(n): return f(n + 1)\nf(0)", ends="failed", shows="RecursionError"),
    Attack(
        "recursion-in-repr",
        "class A:\n    def __repr__(self): return repr([self])\nA()",
        ends="failed",
        shows="started anew",
    ),
    Attack("flood", "for i in range(10**6): print(i)", shows="cut"),
    Attack(
        "flood-of-errors", "import sys\nfor i in range(10**5): print('x' * 100, file=sys.stderr)", shows="cut"
    ),
    Attack(
        "flood-of-warnings",
        "import warnings\nfor i in range(10**5): warnings.warn(f'w{i}')",
        ends="stopped",
        shows="cut",
    ),
    Attack("flood-of-values", "for i in range(900): display('x' * 500)", shows="cut"),
    Attack("one-long-line", "print('x' * 10**7)", shows="cut"),
    Attack(
        "many-figures",
        "import matplotlib.pyplot as plt\nfor i in range(24): plt.figure(figsize=(1, 1)).text(0, 0, str(i))",
        shows="figures",
    ),
    Attack("exit", "exit()", shows="exit()"),
    Attack("hard-exit", "import os\nos._exit(0)", ends="failed", shows="started anew"),
    Attack("abort", "import os\nos.abort()", ends="failed", shows="started anew"),
    Attack(
        "wild-pointer", "import ctypes\nctypes.string_at(0xfffffff0, 9)", ends="failed", shows="started anew"
    ),
    Attack("worker-closes-itself", "import js\njs.self.close()", ends="failed", shows="AttributeError"),
    Attack(
        "broken-memory",
        "import pyodide_js\npyodide_js._module.HEAP8.fill(0)",
        ends="failed",
        shows="started anew",
    ),
]
