"""What every answer carries and what every request must obey, whatever the feature."""

from collections.abc import Mapping, Sequence

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import Config
from app.errors import NotFound

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "img-src 'self' blob: data:",
        "style-src 'self'",
        "style-src-attr 'none'",
        "frame-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), usb=(), screen-wake-lock=(self), clipboard-write=(self), "
    "fullscreen=(self), publickey-credentials-get=(self), publickey-credentials-create=(self)"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_app(app: Flask, config: Config, origins: Sequence[str] = ()) -> None:
    """Set limits, cookies, trusted hosts and proxies, CSRF protection and headers.

    Our pages may talk to ``origins`` too: browsers send discs straight to the store.
    """
    host = config.base_url.split("//", 1)[1]
    app.config.update(
        SECRET_KEY=config.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(config.secret_keys[1:]),
        SESSION_COOKIE_NAME="__Host-vcd" if config.secure else "vcd",
        SESSION_COOKIE_SECURE=config.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=1 << 20,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=1000,
        TRUSTED_HOSTS=[host.rsplit(":", 1)[0], *config.trusted_hosts] if config.env == "production" else None,
        WTF_CSRF_TIME_LIMIT=None,
        # With Referrer-Policy: no-referrer the strict check refuses every HTTPS form.
        WTF_CSRF_SSL_STRICT=False,
    )
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_prefix=0)  # type: ignore[method-assign]
    app.before_request(refuse_no_text)
    csrf.init_app(app)
    policy = CONTENT_SECURITY_POLICY.replace("connect-src 'self'", " ".join(("connect-src 'self'", *origins)))
    headers = HEADERS | {"Content-Security-Policy": policy}
    app.after_request(lambda response: add_headers(response, headers, config.secure))


def refuse_no_text() -> None:
    """Raise NotFound for an address that holds NUL: nothing is called so, and no database can look for it."""
    if "\0" in request.path:
        raise NotFound("There is nothing here.")


def add_headers(response: Response, headers: Mapping[str, str], secure: bool) -> Response:
    """Add the headers that an answer has not set itself; nothing but built files may be cached."""
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "no-store"
    if secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def same_origin() -> bool:
    """Tell whether a state-changing request comes from our own pages, by what the browser says of it.

    Absent headers (programs, old browsers) pass: there a token or a secret must do.
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
