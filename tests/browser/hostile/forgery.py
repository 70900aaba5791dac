"""Attempts to speak to the page in another's name, or to keep a hold on the interpreter."""

from hostile.attack import Attack
from hostile.network import refused

FIND_EMIT = """\
import sys
frame = sys._getframe()
while frame and "outcome" not in frame.f_locals:
    frame = frame.f_back
emit = frame.f_locals["outcome"].emit
"""

FORGERY = [
    refused(
        "post-message",
        "import js\njs.postMessage({'kind': 'done', 'status': 'ok'})",
        "refused AttributeError",
    ),
    Attack(
        "listen-to-orders",
        "import js\nfrom pyodide.ffi import create_proxy\n"
        "js.onmessage = create_proxy(lambda event: print('heard', event.data))\nprint('listening')",
        shows="listening",
    ),
    Attack(
        "hunt-the-port",
        "import js\nfrom pyodide.ffi import create_proxy\ncaught = []\n"
        "js.MessagePort.prototype.postMessage = create_proxy(lambda *parts: caught.append(parts))\n"
        "print('x' * 10**5)\nprint('heard', len(caught))",
        shows="heard 0",
    ),
    Attack(
        "hunt-the-port-in-events",
        "import js\nfrom pyodide.ffi import create_proxy, to_js\ncaught = []\n"
        "js.Object.defineProperty(js.MessageEvent.prototype, 'data',"
        " to_js({'get': create_proxy(lambda: caught.append(1))}, dict_converter=js.Object.fromEntries))\n"
        "print('patched')",
        shows="patched",
    ),
    Attack(
        "unknown-event",
        FIND_EMIT + "emit({'type': 'html', 'html': '<img src=CANARY/event onerror=pwned=1>'})\n"
        "emit({'type': 'done', 'status': 'ok'})\nprint('sent')",
        shows="sent",
    ),
    Attack(
        "svg-figure",
        FIND_EMIT
        + 'svg = b\'<svg xmlns="http://www.w3.org/2000/svg" onload="pwned=1"><script>pwned=1</script></svg>\'\n'
        "emit({'type': 'figure', 'light': svg, 'dark': svg, 'width': 9, 'height': 9, 'alt': ''})\nprint('sent')",
        shows="sent",
    ),
    Attack(
        "event-of-wrong-types",
        FIND_EMIT + "emit({'type': 'value', 'text': {'toString': 1}, 'caption': [], 'table': 7})\n"
        "emit({'type': 'error', 'error': {'name': 1}})\nemit({'type': 'note', 'text': None})\nprint('sent')",
        shows="sent",
    ),
    Attack(
        "table-of-markup",
        FIND_EMIT
        + "emit({'type': 'value', 'text': '', 'caption': '<b onclick=pwned=1>c</b>', 'table': {'labels': 99,"
        " 'caption': '', 'header': ['<img src=x onerror=pwned=1>'], 'rows': [['<script>pwned=1</script>']]}})\nprint('sent')",
        shows="sent",
    ),
    Attack(
        "own-stdout",
        "import sys\nclass Loud:\n    def write(self, text): raise SystemExit\n    def flush(self): raise SystemExit\n"
        "sys.stdout = sys.stderr = Loud()\nprint('x')",
        shows="exit()",
    ),
    Attack(
        "patched-runner",
        "import pellucid.xray.run as run\nrun.report_error = None\nrun._Run.flush = None\n1 / 0",
        ends="failed",
        poisons=True,
    ),
    Attack(
        "patched-modules",
        "import sys, builtins\nfor name in ('json', 'ast', 'pellucid.xray', 'pyodide.ffi'): sys.modules[name] = None\n"
        "builtins.isinstance = builtins.str = None",
        poisons=True,
    ),
    refused("thread", "import threading\nthreading.Thread(target=print).start()", "refused RuntimeError"),
    refused("fork", "import os\nos.fork()", "refused"),
    Attack(
        "at-exit",
        "import atexit, js\natexit.register(lambda: js.fetch('CANARY/atexit'))\natexit._run_exitfuncs()\nprint('ran')",
        shows="ran",
    ),
    Attack(
        "stays-behind",
        "import js\nfrom pyodide.ffi import create_once_callable\n"
        "def spin():\n    while True: pass\njs.setTimeout(create_once_callable(spin), 0)\nprint('later')",
        shows="later",
        poisons=True,
    ),
]
