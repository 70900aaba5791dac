"""Attempts to break out of the output by markup, or to confuse who reads it."""

from hostile.attack import Attack

IMG = "<img src=x onerror=window.pwned=1>"
SCRIPT = "<script>window.pwned=1</script>"

MARKUP = [
    Attack("script-printed", f"print('{SCRIPT}')", shows=SCRIPT),
    Attack("closing-tags", f"print('</pre></section></pellucid-cell>{IMG}')", shows="</pellucid-cell>"),
    Attack("markup-in-value", f"'{IMG}'", shows=IMG),
    Attack(
        "html-repr",
        f"class A:\n    def _repr_html_(self): return '{IMG}'\n    def _repr_svg_(self): return '<svg onload=pwned=1>'\n"
        "    def __repr__(self): return 'plain'\nA()",
        shows="plain",
    ),
    Attack("markup-in-error", f"raise ValueError('{IMG}')", ends="failed", shows=IMG),
    Attack("markup-in-error-name", f"raise type('{IMG}', (Exception,), {{}})('x')", ends="failed", shows=IMG),
    Attack("markup-in-warning", f"import warnings\nwarnings.warn('{SCRIPT}')", shows=SCRIPT),
    Attack(
        "markup-in-traceback",
        f"def f(): raise ValueError('x')  # {IMG}\nf.__code__ = f.__code__.replace(co_name='{IMG}')\nf()",
        ends="failed",
        shows=IMG,
    ),
    Attack(
        "markup-in-table",
        f"import pandas as pd\npd.DataFrame({{'{IMG}': ['{SCRIPT}']}}, index=['<svg onload=pwned=1>'])",
        shows=SCRIPT,
    ),
    Attack(
        "markup-in-figure-text",
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.title('\"><img src=x onerror=pwned=1>')",
        shows="",
    ),
    Attack(
        "repr-that-raises",
        "class A:\n    def __repr__(self): raise ValueError('no repr')\nA()",
        ends="failed",
        shows="no repr",
    ),
    Attack(
        "error-text-that-raises",
        "class A(Exception):\n    def __str__(self): raise ValueError\nraise A",
        ends="failed",
        shows="A",
    ),
    Attack(
        "repr-that-lies", "class A:\n    def __repr__(self): return 7\nA()", ends="failed", shows="TypeError"
    ),
    Attack("terminal-codes", "print('\\x1b[31mred\\x1b]0;title\\x07\\x1b[2J' + 'end')", shows="end"),
    Attack("control-characters", "print('a\\x00\\x08\\x0c\\x7f' + 'end')", shows="end"),
    Attack("carriage-return-flood", "print('\\r' * 10**5 + 'end')", shows="end"),
    Attack("bidirectional", "print('\\u202eevil\\u2066 \\u2069' + 'end')", shows="end"),
    Attack("lone-surrogate", "print('\\ud800' + 'end')", shows="end"),
    Attack("script-link", "print('javascript:window.pwned=1 http://127.0.0.1/')", shows="javascript:"),
    Attack("stacked-accents", "print('Z' + '\\u0301' * 10**4 + 'end')", shows="end"),
]
