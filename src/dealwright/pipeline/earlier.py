"""Earlier: what a replayed Event has become before, so that it becomes nothing twice."""

from dealwright.core.action import Action, Matches
from dealwright.core.match import Found
from dealwright.core.priority import Priority
from dealwright.pipeline.mirror import Reading
from dealwright.pipeline.tenure import Tenure
from dealwright.store.deliveries import OpenDelivery
from dealwright.store.replays import earlier_record


async def earlier(
    delivery: OpenDelivery, action: Action, matches: Matches, *, tenure: Tenure, mirror: Reading
) -> Matches:
    """The subject of a replayed Event, where nothing but its earlier Delivery leads to it.

    Activities and notes have no identity of their own; that Delivery knows what it made. One that
    is no more in Pipedrive is made anew.
    """
    if delivery.priority != Priority.BACKFILL or isinstance(matches.get(action.subject), Found):
        return {}
    record_id = await tenure.read(
        lambda db: earlier_record(
            db,
            mapping_id=delivery.mapping_id,
            event_seq=delivery.event_seq,
            before_id=delivery.id,
            kind=action.kind,
        )
    )
    record = None if record_id is None else await mirror.read(action.kind, record_id)
    return {} if record is None else {action.subject: Found(record=record, by="replay")}
