package com.example.tasks;

import java.util.Set;

/** What a processor and its TaskManager agree on. */
final class Protocol {
    static final String CREATED = "TaskCreatedEvent";
    static final String UPDATED = "TaskUpdatedEvent";

    /** Says to the reporter of {@code completeOnReturn} that a returned value is an end. */
    static final String END = "cdk-task-manager:end";

    /** What a StatusReader answers about a task that no longer exists. */
    static final String ENDED = "ENDED";

    /** Statuses of a task that needs no more work. */
    static final Set<String> ENDS = Set.of("SUCCESSFUL", "FAILED", "CANCELLED", ENDED);

    static final int MAX_RESULT_BYTES = 200 * 1024;
    static final int MAX_DEPTH = 128;
    static final int MAX_ERROR_CODE = 128;
    static final int MAX_ERROR_MESSAGE = 4096;
    static final int MAX_PROGRESS_MESSAGE = 1024;

    private Protocol() { }
}
