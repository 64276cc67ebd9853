from ministack.services import eventbridge, lambda_svc, scheduler


def shorten_poll_pauses():
    """Has mappings see at once what is new in a stream or queue, and rules and schedules see each second what is due.

    Restores nothing of AWS but the time. As installed, the poller of mappings sleeps for 50 ms when it was woken for nothing, which
    each task meets twice; rules and schedules are looked at every 10 s.
    """
    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = 0.005
    eventbridge._SCHEDULER_TICK_INTERVAL = 1
    scheduler._SCHEDULE_TICK_INTERVAL = 1
