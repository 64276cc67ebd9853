package com.example.tasks;

import java.io.OutputStream;
import java.time.Instant;
import java.util.Optional;

/**
 * A task to work on. All methods can be called from any thread.
 *
 * @param <P> payload
 */
public interface Task<P> {
    String taskId();

    String type();

    /** Returns what the caller of the API sent; null if there is none. */
    P payload();

    /** Returns the owner of the task, if the API knows owners. */
    Optional<String> owner();

    Instant createdAt();

    /** Returns when the task fails if it has not ended. */
    Instant deadlineAt();

    /**
     * Returns the W3C Trace Context of the request that created the task. Pass it on as the headers {@code traceparent} and
     * {@code tracestate}.
     */
    Optional<String> traceparent();

    Optional<String> tracestate();

    /**
     * Reports progress. Call it as often as you like: the latest one is sent once a second, in the background.
     *
     * @param percent 0 to 100
     * @throws IllegalArgumentException if it is not valid
     */
    void progress(double percent);

    /**
     * Reports progress. Call it as often as you like: the latest one is sent once a second, in the background.
     *
     * @param message at most 1,024 characters
     */
    void progress(String message);

    /**
     * Reports progress. Call it as often as you like: the latest one is sent once a second, in the background.
     *
     * @param percent 0 to 100
     * @param message at most 1,024 characters
     * @throws IllegalArgumentException if the percent is not valid
     */
    void progress(double percent, String message);

    /** Returns whether the work is to stop: the task has ended, or the time of the function is nearly up. */
    boolean isCancelled();

    /**
     * Stops the work, if it is to stop. Call it as often as you like: it only looks at what is known.
     *
     * @throws TaskEnded if the task has ended before its work: it was cancelled, timed out, or was ended by somebody else
     * @throws OutOfTime shortly before the time-out of the function
     */
    void throwIfCancelled();

    /**
     * Uploads a result of any size to the bucket of the TaskManager. The API returns a link to it. The last upload counts. It needs
     * 8 MiB of memory, however large the result is.
     *
     * @param contentType media type, such as {@code text/csv}
     * @param fileName name under which a browser saves the file; null for the last part of its URL
     * @param content writes the result
     * @throws IllegalStateException if the TaskManager has no {@code resultBucket}
     * @throws TaskEnded if the task has ended before its work
     * @throws OutOfTime shortly before the time-out of the function
     * @throws Exception that {@code content} throws
     */
    void upload(String contentType, String fileName, Content content) throws Exception;

    /** Writes the content of an upload. */
    @FunctionalInterface
    interface Content {
        /** Writes to a stream. Flush what you wrap around the stream. You need not close it. */
        void writeTo(OutputStream output) throws Exception;
    }
}
