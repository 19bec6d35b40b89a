"""The job ``display_disc``: display frames and previews of a disc, the middle of every series first.

Blobs are in the store before their row says so, and rows are written batch by batch: a job that is cut off
goes on with what is still pending. What was made from the same bytes for another disc is used again.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from itertools import groupby
from typing import BinaryIO, NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Sessions
from app.dicom import blobs
from app.dicom.dicomjson import Facts
from app.dicom.frames import COVER, VERSION
from app.dicom.references import KEY_OBJECTS, referenced
from app.dicom.unshown import GIVEN_UP
from app.ingest.originals import opened
from app.ingest.sandbox import Blobs, DisplayResult
from app.storage import ObjectNotFound, ObjectStore, keys
from app.studies.models import Disc, DisplayState, Instance, Original, Series, Study

THREADS = 2
BATCH = 32


class DisplayMaker(Protocol):
    """The sandbox, as far as display goes."""

    def make_display(
        self, file: BinaryIO, facts: Facts, *, cover: bool = False
    ) -> tuple[DisplayResult, Blobs]:
        """Make display frames of an instance; see ``frames.make_display``."""


class Pending(NamedTuple):
    """An instance that waits for its display frames, and where its original lies.

    ``cover``: it stands for its series, or is a key picture, and gets a JPEG for a bundle's pages.
    """

    instance_id: str
    organisation_id: str
    sha256: str
    encoding: str
    cover: bool = False


Outcome = tuple[str, DisplayResult]
"""An instance's id, and its display or the reason why it has none."""


def display_disc(
    sessions: Sessions, store: ObjectStore, sandbox: DisplayMaker, disc_id: str, alive: Callable[[], bool]
) -> None:
    """Make what is still missing of a disc's display frames. Ends quietly once ``alive()`` is False.

    An original that cannot be fetched or a store that is full does not hold up the others; the first such
    error is raised at the end, and its instance stays pending.
    """
    with sessions() as session:
        waiting = pending(session, disc_id)
    errors: list[Exception] = []

    def work(instance: Pending) -> Outcome | None:
        if not alive():
            return None
        try:
            return instance.instance_id, _display(sessions, store, sandbox, instance)
        except Exception as error:  # the others of the disc shall not wait for it
            errors.append(error)
            return None

    with ThreadPoolExecutor(THREADS) as pool:
        for outcomes in _ahead(pool, work, waiting):
            with sessions.begin() as session:
                _write(session, outcomes)
    if errors:
        raise errors[0]


def give_up(session: Session, disc_id: str) -> None:
    """Tell of what is still pending that it will not be shown."""
    still = select(Instance).where(
        Instance.disc_id == disc_id, Instance.display_state == DisplayState.PENDING
    )
    for instance in session.scalars(still):
        instance.display_state, instance.display_reason = DisplayState.NOT_SHOWN, GIVEN_UP


def pending(session: Session, disc_id: str) -> list[Pending]:
    """Return what waits for display, in working order: the middle instance of every series, then the rest."""
    keys_named = _key_pictures(session, disc_id)
    found = session.execute(
        select(
            Instance.series_id,
            Instance.instance_uid,
            Instance.id,
            Instance.organisation_id,
            Instance.sha256,
            Original.encoding,
        )
        .join(Instance.original)
        .join(Instance.series)
        .join(Series.study)
        .join(Disc, Disc.id == Instance.disc_id)
        .where(
            Instance.disc_id == disc_id,
            Instance.display_state == DisplayState.PENDING,
            Disc.purged_at.is_(None),
        )
        .order_by(Study.date.desc(), Series.number, Series.series_uid, Instance.number, Instance.instance_uid)
    )
    series = [
        [Pending(*row[2:], cover=row[1] in keys_named) for row in rows]
        for _, rows in groupby(found, key=lambda row: row[0])
    ]
    first = [instances.pop(len(instances) // 2)._replace(cover=True) for instances in series]
    return first + [instance for instances in series for instance in instances]


def _key_pictures(session: Session, disc_id: str) -> set[str]:
    """Return the UIDs that the disc's key object selections name (PS3.3 C.17.6)."""
    selections = select(Instance.facts).where(
        Instance.disc_id == disc_id, Instance.sop_class_uid == KEY_OBJECTS
    )
    return {uid for facts in session.scalars(selections) for uid in referenced(facts)}


def _ahead(
    pool: ThreadPoolExecutor, work: Callable[[Pending], Outcome | None], waiting: Sequence[Pending]
) -> Iterator[list[Outcome]]:
    """Yield outcomes batch by batch; the next batch is made while one is written."""
    before: list[Future[Outcome | None]] = []
    for start in range(0, len(waiting) + BATCH, BATCH):
        batch = [pool.submit(work, instance) for instance in waiting[start : start + BATCH]]
        if outcomes := [outcome for future in before if (outcome := future.result()) is not None]:
            yield outcomes
        before = batch


def _display(
    sessions: Sessions, store: ObjectStore, sandbox: DisplayMaker, instance: Pending
) -> DisplayResult:
    with sessions() as session:
        facts = session.scalars(select(Instance.facts).where(Instance.id == instance.instance_id)).one()
        known = _made_before(session, store, instance)
    if known is not None:
        return known
    with opened(store, instance.organisation_id, instance.sha256, instance.encoding) as file:
        result, blobs = sandbox.make_display(file, facts, cover=instance.cover)
    for index, data in blobs:
        if "reason" not in result or "document" in result:
            store.put(_key(instance, index), BytesIO(data), durable="document" in result or index == COVER)
    return result


def _made_before(session: Session, store: ObjectStore, instance: Pending) -> DisplayResult | None:
    """Return what was made from the same bytes for another disc of the organisation, if it is there whole."""
    twins = select(Instance.display).where(
        Instance.organisation_id == instance.organisation_id,
        Instance.sha256 == instance.sha256,
        Instance.display_state == DisplayState.SHOWN,
    )
    display = session.scalars(twins.limit(1)).first()
    if display is None or display["version"] != VERSION or (instance.cover and not display.get("cover")):
        return None
    kept = enumerate(blobs.stored(display))
    sizes = [(None, None), *((index, blob["size"]) for index, blob in kept)]
    if display.get("cover"):
        sizes.append((COVER, None))
    whole = all(_is_whole(store, _key(instance, part), size) for part, size in sizes)
    return display if whole else None


def _is_whole(store: ObjectStore, key: str, size: int | None) -> bool:
    """Tell whether an object is there with all its bytes: a power failure may leave a part, or nothing."""
    try:
        kept = store.info(key).size
    except ObjectNotFound:
        return False
    return kept == size if size is not None else kept > 0


def _key(instance: Pending, index: int | None) -> str:
    if index is None:
        return keys.preview(instance.organisation_id, instance.sha256)
    if index == COVER:
        return keys.cover(instance.organisation_id, instance.sha256)
    return keys.display_frame(instance.organisation_id, instance.sha256, index)


def _write(session: Session, outcomes: list[Outcome]) -> None:
    for instance_id, result in outcomes:
        instance = session.get(Instance, instance_id)
        if instance is None:
            continue
        reason = result.get("reason")
        instance.display_state = DisplayState.SHOWN if reason is None else DisplayState.NOT_SHOWN
        instance.display_reason = reason
        document = result.get("document")
        instance.display = result if reason is None else {"document": document} if document else None
        if reason is None and not instance.frames:
            _measure(instance, result)


def _measure(instance: Instance, display: DisplayResult) -> None:
    """Note the size that the picture itself told, where the header did not."""
    instance.rows, instance.columns = display["rows"], display["columns"]
    instance.frames = len(display["frames"])
