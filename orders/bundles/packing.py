"""Packing a bundle: everything into a ZIP on disk, a file at a time, under a manifest that the platform seals.

Files of the deal pass through a piece at a time; none of them is in memory whole.
"""

import hashlib
import json
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from app.core import clock
from app.core.jobs import JobContext
from app.core.signing.authority import Authority
from app.core.signing.signer import KeySigner
from app.core.signing.timestamps import with_first
from app.core.storage import FileDamaged, FileMissing
from orders.bundles import contents, queries, readable, service
from orders.bundles.contents import Contents
from orders.bundles.queries import BundleView
from orders.bundles.states import BundleState
from orders.contracts.sealing import PlatformSigner
from trust.identity import queries as identity

FORMAT = "portolan-evidence-bundle/1"
STEPS_TOLD = 50
"""How often progress is written down at most."""


@dataclass
class _Pack:
    """A ZIP that is being written, and what its manifest will say."""

    zip: ZipFile
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def add(self, path: str, data: bytes) -> None:
        self.zip.writestr(path, data, ZIP_DEFLATED)
        self.files[path] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}

    async def take(self, path: str, pieces: AsyncIterator[bytes]) -> None:
        """A file of the store; one that is no longer there whole is named as missing."""
        seen, size = hashlib.sha256(), 0
        try:
            with self.zip.open(path, "w") as file:
                async for piece in pieces:
                    seen.update(piece)
                    size += len(piece)
                    file.write(piece)
        except (FileMissing, FileDamaged):
            self.missing.append(path)
        self.files[path] = {"sha256": seen.hexdigest(), "size": size}


async def pack(ctx: JobContext, bundle_id: UUID) -> None:
    """Make the ZIP, keep it, and tell whoever asked. Raises NoTimestamp."""
    async with ctx.db.transaction(read_only=True) as tx:
        bundle = await queries.bundle(tx, bundle_id)
        asker = await identity.member_view(tx, bundle.member_id)
        staff = await identity.is_platform(tx, bundle.organisation_id)
    if bundle.state is not BundleState.MAKING:
        return
    party = None if staff else bundle.organisation_id
    async with ctx.db.transaction(read_only=True) as tx:
        found = await contents.gather(tx, bundle.inquiry_id, party=party)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bundle.zip")
        await _write(ctx, path, bundle, found, locale=asker.locale)
        stored = await ctx.files.put_file(path, content_type="application/zip")
    await ctx.tx(service.finish, bundle.id, stored)


async def _write(ctx: JobContext, path: Path, bundle: BundleView, found: Contents, *, locale: str) -> None:
    total = len(found.kept) + 1
    with ZipFile(path, "w", ZIP_STORED) as archive:
        made = _Pack(archive)
        for name, data in (
            found.made | contents.certificates(ctx.authority) | {"verify.py": contents.script()}
        ).items():
            made.add(name, data)
        for number, (name, key) in enumerate(found.kept.items()):
            if number % max(total // STEPS_TOLD, 1) == 0:
                await ctx.tx(service.advance, bundle.id, number, total)
            await made.take(name, ctx.files.pieces(key))
        for name, data in readable.pages(found, bundle, ctx.settings.base_url).items():
            made.add(name, data)
        manifest = _manifest(ctx, bundle, made)
        archive.writestr("manifest.json", manifest, ZIP_DEFLATED)
        archive.writestr("manifest.p7s", await seal(ctx, manifest), ZIP_STORED)


def _manifest(ctx: JobContext, bundle: BundleView, made: _Pack) -> bytes:
    key = PlatformSigner(ctx.settings.secret_key.get_secret_value()).public_key
    said = {
        "format": FORMAT,
        "bundle": str(bundle.id),
        "deal": bundle.number,
        "for": str(bundle.organisation_id),
        "made_at": clock.now().isoformat(timespec="seconds"),
        "platform": ctx.settings.base_url,
        "attestation_key": key.hex(),
        "missing": made.missing,
        "files": made.files,
    }
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode()


async def seal(ctx: JobContext, manifest: bytes) -> bytes:
    """The platform's seal over these bytes, detached, with a timestamp: CMS in DER (RFC 5652). Raises NoTimestamp."""
    authority: Authority = ctx.authority
    signer = KeySigner(authority.seal)
    signed = await with_first(
        ctx.timestamps,
        lambda stamper: signer.async_sign_general_data(manifest, "sha256", detached=True, timestamper=stamper),
    )
    sealed: bytes = signed.dump()
    return sealed
