/**
 * Queries of CloudWatch Logs Insights, by their names. Lambda puts what the functions log into `message`.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
export const LOG_QUERIES = {
  // Not by `message.taskId`: functions of users write their lines in other formats.
  taskLife: {
    name: 'Life of a task',
    text: `
# Write the id of the task between the quotes.
fields @timestamp, @log, level, message.message, message.status, message.version, message.code, message.reason, message.traceId, @message
| filter @message like "TASK_ID"
| sort @timestamp asc
| limit 1000`,
  },
  failures: {
    name: 'Failures by code',
    text: `
filter message.message = "event published" and message.status = "FAILED"
| stats count(*) as failures by message.code, message.taskType
| sort failures desc`,
  },
  slowestTasks: {
    name: 'Slowest tasks',
    text: `
# timeToEnd is in milliseconds.
fields @timestamp, message.taskId, message.taskType, message.status, message.code, message.timeToEnd, message.traceId
| filter message.message = "event published" and ispresent(message.timeToEnd)
| sort message.timeToEnd desc
| limit 100`,
  },
  ignoredReports: {
    name: 'Ignored reports by reason',
    text: `
filter message.message = "update ignored"
| stats count(*) as reports by message.reason, message.taskType
| sort reports desc`,
  },
  problems: {
    name: 'Warnings, errors and time-outs of functions',
    text: `
# A line of Lambda itself has a type and a record, for example of an invocation that timed out.
fields @timestamp, @log, level, message.message, message.error, message.errorType, message.errorMessage, message.taskId, type, record.status
| filter level in ["WARN", "ERROR", "FATAL"] or record.status in ["error", "failure", "timeout"]
| sort @timestamp desc
| limit 1000`,
  },
} as const;
