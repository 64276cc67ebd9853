/** Keeps what the functions write to their logs in each test, and prints none of it. Returns what gets the lines that are metrics. */
export function captureMetricLines(): () => Record<string, unknown>[] {
  let lines: string[] = [];
  beforeEach(() => {
    lines = [];
    jest.spyOn(console, 'info').mockReset().mockImplementation();
    // Metrics do not pass through `console`.
    jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  });
  afterEach(() => { jest.mocked(process.stdout.write).mockRestore(); });
  return () => lines.map((line) => JSON.parse(line));
}
