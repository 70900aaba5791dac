"""The response headers that isolate the page and its sandbox, and let hashed files be kept for good."""

from __future__ import annotations

IMMUTABLE = "public, max-age=31536000, immutable"

# Cross-origin isolation: without it the browser has no SharedArrayBuffer, and Stop must restart the interpreter.
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

# What the frame's own <meta> policy says too (web/vite.config.ts), for servers that set no headers.
FRAME_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob: data:; "
    "worker-src blob: data:; connect-src 'none'"
)


# A picture that is opened at its own address may show itself and nothing else.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


def page_policy(frame: str) -> str:
    """The content security policy of every page; `frame` is the only document that a page may embed.

    Inline styles are allowed because the editor and MathML need them; inline scripts are not.
    """
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src {frame}; worker-src 'none'; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def headers_for(path: str, frame: str) -> dict[str, str]:
    """Headers of the site file `path` (no leading slash); `frame` is what its page may embed, as a source of `frame-src`."""
    headers = {**COMMON, **ISOLATION, "Cache-Control": cache_policy(path)}
    if is_frame(path):
        headers["Content-Security-Policy"] = FRAME_POLICY
        # The frame's own origin is opaque, so to the page it is another origin.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    elif path.endswith((".html", "/")) or not path:
        headers["Content-Security-Policy"] = page_policy(frame)
    elif path.endswith(".svg"):
        headers["Content-Security-Policy"] = PICTURE_POLICY
    return headers


def is_frame(path: str) -> bool:
    """Whether `path` is the sandbox frame's document."""
    return path.startswith("assets/frame-") and path.endswith(".html")


def cache_policy(path: str) -> str:
    """Files whose name carries their hash never change; everything else is asked for again."""
    hashed = path.startswith(("assets/", "runtime/")) and path != "runtime/manifest.json"
    return IMMUTABLE if hashed else "no-cache"
