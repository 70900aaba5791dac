"""Attempts to read or change what lies around the sandbox: storage, other frames, the page, its API."""

from hostile.network import refused

SURROUNDINGS = [
    refused("cookies", "import js\nprint(js.document.cookie)", "refused AttributeError"),
    refused("cookie-store", "import js\njs.cookieStore.set('secret', 'stolen')", "refused AttributeError"),
    refused(
        "local-storage", "import js\njs.localStorage.setItem('secret', 'stolen')", "refused AttributeError"
    ),
    refused("indexed-db", "import js\njs.indexedDB.deleteDatabase('pellucid')", "refused AttributeError"),
    refused("caches", "import js\njs.caches.delete('pellucid-runtime')", "refused AttributeError"),
    refused("origin-storage", "import js\njs.navigator.storage.getDirectory()", "refused AttributeError"),
    refused(
        "service-worker",
        "import js\njs.navigator.serviceWorker.register('CANARY/sw.js')",
        "refused AttributeError",
    ),
    refused(
        "other-tabs",
        "import js\njs.BroadcastChannel.new('pellucid').postMessage('x')",
        "refused AttributeError",
    ),
    refused(
        "locks",
        "import js\njs.navigator.locks.request('pellucid', lambda lock: None)",
        "refused AttributeError",
    ),
    refused("parent-frame", "import js\njs.parent.document.title = 'forged'", "refused AttributeError"),
    refused("top-frame", "import js\njs.top.location = 'CANARY/top'", "refused AttributeError"),
    refused("page-dom", "import js\njs.document.body.innerHTML = ''", "refused AttributeError"),
    refused("dialog", "import js\njs.alert('forged')", "refused AttributeError"),
    refused("page-api", "import js\njs.window.fetch('/api/notes')", "refused AttributeError"),
    refused("object-url", "import js\njs.URL.createObjectURL(js.Blob.new(['x']))", "refused AttributeError"),
]
