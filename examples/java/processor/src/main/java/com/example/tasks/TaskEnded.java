package com.example.tasks;

/** Stops the work of a task that has ended before its work: it was cancelled, timed out, or was ended by somebody else. */
public class TaskEnded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String status;

    public TaskEnded(String status) {
        super(status.equals(Protocol.ENDED) ? "the task no longer exists" : "the task is already " + status);
        this.status = status;
    }

    /** Returns the terminal status of the task; {@code ENDED} if the task no longer exists. */
    public String status() {
        return status;
    }
}
