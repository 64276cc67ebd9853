/**
 * The maximum size of an EventBridge event and of an SQS message. Set explicitly, because the maximum of a message was 256 KiB before, and
 * an event that does not fit into the queue is lost.
 */
export const MAX_EVENT_BYTES = 1024 * 1024;
