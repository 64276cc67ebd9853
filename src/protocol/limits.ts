/** Defines the limits of what a processor reports. Imports nothing. */

/** Maximum length of a `result` as JSON text. Leaves room for the rest of the item (400 KB) and of the event (256 KB a call). */
export const MAX_RESULT_BYTES = 200 * 1024;

/** Maximum length of an error's code, in characters. Longer codes are cut. */
export const MAX_ERROR_CODE = 128;

/** Maximum length of an error's message, in characters. Longer messages are cut. */
export const MAX_ERROR_MESSAGE = 4096;

/** Maximum length of a progress message, in characters. Longer messages are cut. */
export const MAX_PROGRESS_MESSAGE = 1024;

/** Maximum length of the file name of a result object, in characters. Longer names are cut. */
export const MAX_FILE_NAME = 255;

/** Maximum heartbeat that a processor can ask for. */
export const MAX_HEARTBEAT_SECONDS = 24 * 3600;
