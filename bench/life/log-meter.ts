/** What CloudWatch Logs adds to each line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const LINE_OVERHEAD = 26;

/** What Lambda adds to a line of `console` in its JSON format. */
const LAMBDA_FIELDS = { timestamp: '2026-11-23T10:00:00.000Z', level: 'INFO', requestId: '8ae8d6f1-5b1e-4b3e-9d3e-0123456789ab' };

/** Runs a function, and returns its result and the bytes that CloudWatch Logs bills for the lines that it writes. Prints none of them. */
export async function meterLogs<T>(run: () => Promise<T>): Promise<{ result: T; logBytes: number }> {
  const { write } = process.stdout;
  const { info } = console;
  let logBytes = 0;
  const count = (line: string) => { logBytes += Buffer.byteLength(line) + LINE_OVERHEAD; };
  console.info = (message) => count(JSON.stringify({ ...LAMBDA_FIELDS, message }));
  // Metrics do not pass through `console`.
  process.stdout.write = ((line: string) => {
    count(line.trimEnd());
    return true;
  }) as typeof write;
  try {
    const result = await run();
    return { result, logBytes };
  } finally {
    process.stdout.write = write;
    console.info = info;
  }
}
