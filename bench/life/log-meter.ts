/** What CloudWatch Logs adds to each line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const LINE_OVERHEAD = 26;

/** What Lambda adds to a line of `console` in its JSON format. */
const LAMBDA_FIELDS = { timestamp: '2026-11-23T10:00:00.000Z', level: 'INFO', requestId: '8ae8d6f1-5b1e-4b3e-9d3e-0123456789ab' };

/** What functions wrote to their logs. */
export interface Logged {
  /** What CloudWatch Logs bills for the lines. */
  readonly bytes: number;
  /** The names of the metrics that CloudWatch makes of them. */
  readonly metrics: string[];
}

/** Runs a function, and returns its result and what it logged. Prints none of it. */
export async function meterLogs<T>(run: () => Promise<T>): Promise<{ result: T; logged: Logged }> {
  const { write } = process.stdout;
  const { info } = console;
  const lines: string[] = [];
  console.info = (message) => lines.push(JSON.stringify({ ...LAMBDA_FIELDS, message }));
  // Metrics do not pass through `console`.
  process.stdout.write = ((line: string) => lines.push(line.trimEnd()) > 0) as typeof write;
  try {
    const result = await run();
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + LINE_OVERHEAD, 0);
    return { result, logged: { bytes, metrics: lines.flatMap(metricsIn) } };
  } finally {
    process.stdout.write = write;
    console.info = info;
  }
}

/** Returns the names of the metrics in a line, each with its dimensions. */
function metricsIn(line: string): string[] {
  const { _aws } = JSON.parse(line) as { _aws?: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] } };
  return _aws?.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) => Metrics.map(({ Name }) => `${Name} ${Dimensions}`)) ?? [];
}
