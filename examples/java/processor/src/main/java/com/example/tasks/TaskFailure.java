package com.example.tasks;

import java.util.Objects;

/** Thrown by the work: fails the task at once, without retries. */
public class TaskFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    /**
     * @param code identifies the reason, such as {@code UnknownTable}; at most 128 characters
     * @param message explains the reason to the caller of the API; at most 4,096 characters
     */
    public TaskFailure(String code, String message) {
        this(code, message, null);
    }

    /** @param cause is neither reported nor logged */
    public TaskFailure(String code, String message, Throwable cause) {
        super(message, cause);
        this.code = Objects.requireNonNull(code, "code");
    }

    public String code() {
        return code;
    }
}
