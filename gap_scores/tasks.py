from celery import shared_task

from gap_scores import rebuilding, services, snapshots
from jobs import clock


@shared_task
def drain() -> None:
    services.drain_all(as_of=clock.database_now())


@shared_task
def move_date() -> None:
    """The same drain: with no marker waiting it moves the state's date once a day."""
    services.drain_all(as_of=clock.database_now())


@shared_task(soft_time_limit=3_500, time_limit=3_600)
def keep_month_end() -> None:
    snapshots.keep_month_end(now=clock.database_now())


@shared_task
def rebuild_piece(size: int = 1) -> None:
    """Work out a piece of the rebuild under way and ask for the next: between two, other tasks have their turn."""
    if following := rebuilding.rebuild_piece(size):
        rebuild_piece.delay(following)
