"""The index of a bundle: what a court, a bank or an arbitrator reads first, in English and in Chinese.

Its headings are those of the Electronic Signature Law (PRC) art. 8.
"""

from typing import Any

from app.core import clock, templates
from app.core.i18n import speaking
from orders.bundles.contents import HERE, Contents
from orders.bundles.queries import BundleView
from orders.bundles.words import CHAINS, INTERNAL, KINDS

INDEXES = {"index.html": "en", "index.zh.html": "zh-Hans"}


def pages(found: Contents, bundle: BundleView, base_url: str) -> dict[str, bytes]:
    """The index in each language, how it looks, and how to check the bundle."""
    made = {"index.css": (HERE / "index.css").read_bytes()}
    for path, locale in INDEXES.items():
        with speaking(locale):
            made[path] = _written("bundles/index.html", found, bundle, base_url, locale).encode()
    for path, locale in {"README.txt": "en", "README.zh.txt": "zh-Hans"}.items():
        with speaking(locale):
            made[path] = _written("bundles/readme.txt", found, bundle, base_url, locale).encode()
    return made


def _written(template: str, found: Contents, bundle: BundleView, base_url: str, locale: str) -> str:
    values: dict[str, Any] = {
        **found.deal,
        "bundle": bundle,
        "base_url": base_url.rstrip("/"),
        "locale": locale,
        "now": clock.now(),
        "kinds": KINDS,
        "internal": INTERNAL,
        "chain_names": CHAINS,
    }
    return templates.environment().get_template(template).render(values)
