"""Checks that every receipt verifies, and that the site still has its signing key."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from apps.core.integrity import Findings, Progress
from apps.toolchain.contracts import public_key_of, verify_receipt

from ..models import Receipt, SigningKey


def check_receipts(*, report: Progress) -> Findings:
    """Check the signature of every receipt."""
    findings = Findings("receipts")
    for receipt in Receipt.objects.select_related("signing_key").order_by("pk").iterator(chunk_size=500):
        findings.checked += 1
        if not verify_receipt(receipt.body, receipt.signature, receipt.signing_key.public_key):
            findings.problems.append(f"receipt {receipt.pk} does not verify")
        report(f"{findings.checked} receipts, {len(findings.problems)} problems")
    return findings


def check_signing_key() -> Findings:
    """Check that the key that signs receipts is one that the site has published."""
    keys = set(SigningKey.objects.values_list("public_key", flat=True))
    findings = Findings("signing key", len(keys))
    if keys:
        try:
            is_known = public_key_of(Path(settings.SIGNING_KEY_FILE).read_bytes()) in keys
        except (OSError, ValueError) as error:
            findings.problems.append(f"{settings.SIGNING_KEY_FILE} cannot be read: {error}")
        else:
            if not is_known:
                findings.problems.append(f"{settings.SIGNING_KEY_FILE} is not a key of this site")
    return findings
