"""The real runtime in a real browser: opaque frame, no connections, everything posted in."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from harness import page_html, serving
from playwright.sync_api import Browser, Error, Page

from pellucid.runtime import prepare

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving({"/runtime/": prepare(), "/": page_html()}) as url:
        yield url


@pytest.fixture(scope="module")
def visit(chromium: Browser, address: str) -> Iterator[Page]:
    """A page whose interpreter has started."""
    page = chromium.new_page()
    page.goto(address)
    page.evaluate("bench.start()")
    yield page
    page.context.close()


def run(page: Page, source: str, *modules: str) -> str:
    """What the source's last expression gives, as text."""
    return page.evaluate("([source, modules]) => bench.run(source, modules)", [source, modules])


PACKAGES = {
    "numpy": ("import numpy as np\nnp.linalg.solve(np.diag([2.0, 4.0]), [1.0, 1.0]).tolist()", "[0.5, 0.25]"),
    "scipy": (
        "from scipy import optimize, stats, linalg\n"
        "root = optimize.brentq(lambda x: x * x - 2, 0, 2)\n"
        "[round(float(x), 9) for x in (root, stats.norm.cdf(0), linalg.det([[2, 0], [0, 3]]))]",
        "[1.414213562, 0.5, 6.0]",
    ),
    "sklearn": (
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.datasets import load_iris\n"
        "X, y = load_iris(return_X_y=True)\n"
        "bool(LogisticRegression(max_iter=500).fit(X, y).score(X, y) > 0.95)",
        "true",
    ),
    "pandas": (
        "import pandas as pd\npd.DataFrame({'group': list('aab'), 'x': [1, 2, 3]}).groupby('group').x.sum().to_dict()",
        "{'a': 3, 'b': 3}",
    ),
    "matplotlib": (
        "import io, matplotlib.pyplot as plt\n"
        "figure, axes = plt.subplots()\n"
        r"axes.plot([1, 2]); axes.set_title(r'$\int_0^\infty \mathbf{w}^{\top} x\,dx \geq \sum_i \hat{y}_i$')"
        "\nfile = io.BytesIO()\nfigure.savefig(file)\n(len(file.getvalue()) > 5000, plt.get_backend())",
        "(True, 'agg')",
    ),
    "sympy": (
        "import sympy\nx = sympy.Symbol('x')\nsympy.integrate(sympy.sin(x) ** 2, x)",
        "x/2 - sin(x)*cos(x)/2",
    ),
}


@pytest.mark.parametrize("module", PACKAGES)
def test_a_package_imports_and_computes(visit: Page, module: str) -> None:
    source, expected = PACKAGES[module]
    assert run(visit, source, module) == expected


def test_the_core_of_pellucid_is_importable(visit: Page) -> None:
    assert run(visit, "import pellucid.errors\npellucid.errors.__file__").endswith("pellucid/errors.py")


def test_nothing_is_left_in_the_readers_namespace(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    page.evaluate("bench.start()")
    names = run(page, "sorted(name for name in globals() if not name.startswith('_'))")
    page.context.close()
    assert names == "[]"


def test_numpy_is_imported_before_anyone_asks(visit: Page) -> None:
    assert run(visit, "import sys\n'numpy.random' in sys.modules") == "true"


def test_interpreters_restored_from_one_image_draw_different_numbers(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    draws: set[str] = set()
    for _ in range(2):
        page.evaluate("bench.start()")
        draws.add(
            run(
                page,
                "import random, numpy\n(random.random(), numpy.random.rand(), numpy.random.default_rng().random())",
            )
        )
    page.context.close()
    first, second = (draw.strip("()").split(", ") for draw in draws)
    assert not set(first) & set(second)


def test_too_much_memory_is_a_memory_error_and_python_lives_on(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    page.evaluate("bench.start(256 * 2 ** 20)")
    assert (
        run(
            page,
            "import numpy\n"
            "try:\n    numpy.ones(100_000_000)\nexcept MemoryError:\n    seen = 'MemoryError'\n"
            "parts = []\n"
            "try:\n    while True: parts.append(bytes(2 ** 22))\nexcept MemoryError:\n    parts.clear()\n"
            "seen, int(numpy.arange(4).sum())",
        )
        == "('MemoryError', 6)"
    )
    page.context.close()


@pytest.mark.parametrize("damage", ["new ArrayBuffer(64)", "(bytes.snapshot.slice(0, 1e6))", "null"])
def test_without_a_fitting_snapshot_the_browser_makes_its_own(
    chromium: Browser, address: str, damage: str
) -> None:
    page = chromium.new_page()
    page.goto(address)
    change = f"(bytes) => ({{...bytes, snapshot: {damage}}})"
    assert page.evaluate(f"bench.start(2 ** 30, {change})"), "the browser made an image"
    assert run(page, "import numpy\nint(numpy.ones(3).sum())") == "3"
    assert page.evaluate("bench.start()") is False, "and the next visit restored it"
    assert run(page, "import numpy\nint(numpy.ones(3).sum())") == "3"
    page.context.close()


def test_where_no_image_can_be_made_python_starts_plainly(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    change = "(bytes) => ({...bytes, snapshot: null, packs: []})"
    assert page.evaluate(f"bench.start(2 ** 30, {change})") is False
    assert run(page, "sum(range(4))") == "6"
    page.context.close()


def test_a_second_visit_needs_no_network(chromium: Browser, address: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(address)
    page.evaluate("bench.start()")
    run(page, "import mpmath", "mpmath")
    page.evaluate("bench.files.keep()")
    context.route("**/runtime/**", lambda route: route.abort())
    page.goto(address)
    page.evaluate("bench.start()")
    assert run(page, "import mpmath\nint(mpmath.sqrt(16))", "mpmath") == "4"
    context.close()


def test_a_damaged_cache_entry_is_fetched_again(chromium: Browser, address: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(address)
    page.evaluate("bench.start()")
    page.evaluate("bench.files.keep()")
    page.evaluate(
        """async () => {
          const cache = await caches.open('pellucid-runtime');
          const manifest = await bench.files.manifest();
          const url = new URL('/runtime/' + manifest.core.stdlib.url, location.href).href;
          await cache.put(url, new Response(new Uint8Array(manifest.core.stdlib.size)));
        }"""
    )
    page.evaluate("bench.start()")
    assert run(page, "import decimal\nstr(decimal.Decimal(1) / 4)") == "0.25"
    context.close()


def test_the_worker_can_reach_nothing(visit: Page) -> None:
    attempt = (
        "import js, json\nfrom pyodide.ffi import JsException\n"
        "def outcome(call):\n"
        "    try:\n        call()\n        return 'reached'\n"
        "    except (JsException, AttributeError) as error:\n        return 'refused'\n"
        "def request():\n"
        "    ask = js.XMLHttpRequest.new()\n    ask.open('GET', 'ADDRESS/runtime/manifest.json', False)\n    ask.send()\n"
        "json.dumps([outcome(request), outcome(lambda: js.indexedDB.open('x')), outcome(lambda: js.importScripts('ADDRESS/'))])"
    ).replace("ADDRESS", visit.url.rstrip("/"))
    assert json.loads(run(visit, attempt)) == ["refused", "refused", "refused"]


def test_an_unknown_package_is_named_with_those_that_are_there(visit: Page) -> None:
    with pytest.raises(Error, match=r'no package "torch"\. It has: numpy,'):
        visit.evaluate("bench.files.pack('torch')")
