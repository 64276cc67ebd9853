from ministack.services import eventbridge, lambda_svc, scheduler


def shorten_poll_pauses():
    """Delivers new records and messages to mappings at once, and runs due rules and schedules every second.

    Restores no behavior of AWS, and saves time. The poller of MiniStack sleeps for 50 ms when it was woken and found nothing, which
    happens to each task twice. Rules and schedules run every 10 s.
    """
    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = 0.005
    eventbridge._SCHEDULER_TICK_INTERVAL = 1
    scheduler._SCHEDULE_TICK_INTERVAL = 1
