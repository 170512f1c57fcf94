"""Registering the files of a shard, after checking each of its claims against what is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain

from django.conf import settings
from django.db.models import Q, Sum
from django.utils import timezone

from apps.core.objects.errors import WrongBytes
from apps.core.objects.pipeline import BackgroundStage, Sha256Stage
from apps.core.objects.stores import object_store
from apps.core.web.http import release_connection

from ..contents import file_blocks, xorb_index
from ..keys import index_key, xorb_key
from ..known import known_xorbs
from ..models import KnownXorb, RepoObject, XetFile, Xorb
from ..xet.errors import MalformedShard, UnknownXorb
from ..xet.hashes import ZERO, MerkleTree, finish_file_hash, range_hash, to_text
from ..xet.reconstruct import TermList, stored_terms
from ..xet.shard import Shard, ShardFile, ShardTerm, ShardXorb
from ..xet.xorb import XorbIndex
from .registration import FileFacts, save_files
from .upload_context import UploadContext

FRAME_SECONDS = 5.0
# clients cut chunks of at least 8 KiB, except for the last one of a file
LEAST_CHUNK_BYTES = 4096
BATCH = 2000
# larger runs than for downloads mean fewer switches between threads
HASHED_CHUNKS = 32


@dataclass(frozen=True, slots=True)
class ValidationProgress:
    """`verified` of `total` files have been rebuilt and hashed."""

    verified: int
    total: int


def register_shard(
    context: UploadContext, shard: Shard, *, check_quota: Callable[[int, int], None]
) -> Iterator[ValidationProgress]:
    """Link the files of a shard to a repository.

    Yields progress; rows are written at the end, when all xorbs are durable.

    check_quota  called with the added bytes, and how many of them already count as stored
    raises       MalformedShard, WrongBytes if a SHA-256 differs from the claim, OverQuota; nothing is
                 written then
    """
    check_weight(shard)
    check_known(context, shard)
    for xorb in shard.xorbs:
        check_xorb(xorb)
    pace, facts = ProgressTimer(), []
    for file in shard.files:
        facts.append(check_file(file))
        if pace.is_due():
            yield ValidationProgress(0, len(shard.files))
    check_quota(_new_bytes(context, facts), _counted_bytes(context, facts))
    with BackgroundStage(object_store().make_durable) as durable:
        durable.put(
            [key for file in facts for xorb in file.xorbs for key in (xorb_key(xorb), index_key(xorb))]
        )
        verified = yield from _verify(context, facts, pace)
        durable.wait()
    save_files(context, verified)


class ProgressTimer:
    """Says when the next progress line is due; clients time out after 300 seconds of silence."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def is_due(self) -> bool:
        now = time.monotonic()
        if now - self.last < FRAME_SECONDS:
            return False
        self.last = now
        return True


def check_weight(shard: Shard) -> None:
    """Refuse a small shard that expands to much work by referencing the same chunks repeatedly.

    raises  MalformedShard
    """
    size = chunks = terms = 0
    for term in chain.from_iterable(file.terms for file in shard.files):
        size, chunks, terms = size + term.length, chunks + max(0, term.end - term.start), terms + 1
    if size > settings.UPLOAD_LIMIT_BYTES:
        raise MalformedShard(f"An upload registers at most {settings.UPLOAD_LIMIT_BYTES} bytes.")
    if chunks > size // LEAST_CHUNK_BYTES + 2 * terms + 1000:
        raise MalformedShard("The chunks of the shard are too small.")


def _new_bytes(context: UploadContext, facts: list[FileFacts]) -> int:
    """Return the size of the files that are new to the repository."""
    rows = RepoObject.objects.filter(repo_key=context.repo_key, file_id__in=[file.hash for file in facts])
    held = set(rows.values_list("file_id", flat=True))
    return sum(size for hash, size in {file.hash: file.size for file in facts}.items() if hash not in held)


def _counted_bytes(context: UploadContext, facts: list[FileFacts]) -> int:
    """Return how many bytes of the files' xorbs already count as unreferenced."""
    named = {xorb for file in facts for xorb in file.xorbs}
    rows = KnownXorb.objects.filter(repo_key=context.repo_key, unreferenced_bytes__gt=0, xorb__in=named)
    return rows.aggregate(total=Sum("unreferenced_bytes"))["total"] or 0


def check_known(context: UploadContext, shard: Shard) -> None:
    """Refuse a shard that references an absent xorb, or one unknown to its sender.

    The two cases look the same.

    raises  MalformedShard
    """
    named = {xorb.hash for xorb in shard.xorbs}
    for file in shard.files:
        named.update(term.xorb for term in file.terms)
    texts = sorted(map(to_text, named))
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        known = known_xorbs(context.repo_key, context.uploader).filter(pk__in=part)
        missing = set(part) - set(known.values_list("hash", flat=True))
        if missing:
            raise UnknownXorb(f"The shard references a xorb that is not stored: {min(missing)}.")
        # unmarked, so that none is collected during the checks
        Xorb.objects.filter(pk__in=part, marked_for_deletion_at__isnull=False).update(
            marked_for_deletion_at=None, last_used_at=timezone.now()
        )


def check_xorb(xorb: ShardXorb) -> None:
    """Compare a xorb's description with the stored index, chunk by chunk.

    raises  MalformedShard
    """
    index = xorb_index(to_text(xorb.hash))
    starts = [0, *index.raw[:-1].tolist()]
    if (
        len(xorb.chunks) != index.count
        or xorb.raw_size != index.raw_size
        or b"".join(chunk.hash for chunk in xorb.chunks) != index.hashes
        or [chunk.start for chunk in xorb.chunks] != starts
    ):
        raise MalformedShard(f"The description of xorb {to_text(xorb.hash)} does not match what is stored.")


def check_file(file: ShardFile) -> FileFacts:
    """Check the position, length and proof of each term, and the hash of the file.

    raises  MalformedShard
    source  xet.md section 8.2: the range hash proves that the client has every chunk it claims
    """
    name = to_text(file.hash)
    if file.proofs is None and len(file.terms):
        raise MalformedShard(f"File {name} has no verification entries.")
    tree, xorbs = MerkleTree(), []
    for term, proof in zip(file.terms, file.proofs if file.proofs is not None else (), strict=True):
        index = xorb_index(xorb := to_text(term.xorb))
        _check_term(name, index, term, proof.hash)
        for hash, size in index.leaves(term.start, term.end):
            tree.add(hash, size)
        xorbs.append(xorb)
    root = tree.root()
    if finish_file_hash(root) != file.hash or (root == ZERO) != (len(file.terms) == 0):
        raise MalformedShard(f"The chunks of file {name} do not hash to it.")
    first = to_text(xorb_index(xorbs[0]).hash_at(file.terms[0].start)) if xorbs else ""
    terms = stored_terms(file.terms)
    return FileFacts(name, TermList(terms).size, terms, file.sha256 or "", tuple(dict.fromkeys(xorbs)), first)


def _check_term(name: str, index: XorbIndex, term: ShardTerm, proof: bytes) -> None:
    if not 0 <= term.start < term.end <= index.count:
        raise MalformedShard(f"A term of file {name} references chunks beyond the end of its xorb.")
    if index.raw_length(term.start, term.end) != term.length:
        raise MalformedShard(f"The length of a term of file {name} differs from that of its chunks.")
    if range_hash(index.hashes_of(term.start, term.end)) != proof:
        raise MalformedShard(f"The verification entry of a term of file {name} is wrong.")


def _verify(
    context: UploadContext, facts: list[FileFacts], pace: ProgressTimer
) -> Generator[ValidationProgress, None, list[FileFacts]]:
    """Return the facts with the SHA-256 of the actual bytes.

    Files that the repository or the user already has are not read again. Those of others are, so that the
    time taken does not reveal them.
    """
    own = Q(objects_of_repos__repo_key=context.repo_key)
    if context.user_id is not None:
        own |= Q(objects_of_repos__uploaded_by=context.user_id)
    known = dict(
        XetFile.objects.filter(own, pk__in=[file.hash for file in facts]).values_list("hash", "sha256")
    )
    release_connection()
    verified = []
    for number, file in enumerate(facts):
        sha256 = known.get(file.hash) or (
            yield from _sha256(file, pace, ValidationProgress(number, len(facts)))
        )
        if file.sha256 and sha256 != file.sha256:
            raise WrongBytes(f"File {file.hash} does not have the SHA-256 {file.sha256}.")
        verified.append(file.with_sha256(sha256))
    yield ValidationProgress(len(facts), len(facts))
    return verified


def _sha256(
    file: FileFacts, pace: ProgressTimer, step: ValidationProgress
) -> Generator[ValidationProgress, None, str]:
    with Sha256Stage() as digest:
        for block in file_blocks(file.terms, 0, file.size, run=HASHED_CHUNKS):
            digest.put(block)
            if pace.is_due():
                yield step
        return digest.hexdigest()
