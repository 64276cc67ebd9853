import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DIMENSION, METRIC, METRIC_NAMESPACE } from '../../protocol/metrics';

type Name = typeof METRIC[keyof typeof METRIC];
type Unit = typeof MetricUnit[keyof typeof MetricUnit];

/** Values of the dimensions that a metric has besides the TaskManager. */
export type Dimensions = Partial<Record<typeof DIMENSION[keyof typeof DIMENSION], string>>;

/** What has happened in an invocation, for one combination of dimensions. */
interface Values {
  readonly counts: Map<Name, number>;
  /** A metric keeps all its values, so that CloudWatch can calculate percentiles. */
  readonly measurements: { readonly name: Name; readonly unit: Unit; readonly value: number }[];
  readonly writer: Metrics;
}

/**
 * Collects the metrics of an invocation, and writes them to its log in the embedded metric format, from which CloudWatch makes metrics. So
 * they take no call.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class InvocationMetrics {
  private readonly sets = new Map<string, Values>();

  /** @param eventSource the value of the dimension that all metrics have */
  constructor(private readonly eventSource: string) {}

  /** Adds one to a count. */
  public count(name: Name, dimensions?: Dimensions): void {
    const { counts } = this.valuesOf(dimensions);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  /** Adds a value to a metric. Leaves out what is not a number: CloudWatch would drop the whole line. */
  public measure(name: Name, unit: Unit, value: number, dimensions?: Dimensions): void {
    if (Number.isFinite(value)) this.valuesOf(dimensions).measurements.push({ name, unit, value });
  }

  /** Writes what was collected since the last call: a line for each combination of dimensions. */
  public write(): void {
    for (const { counts, measurements, writer } of this.sets.values()) {
      for (const [name, count] of counts) writer.addMetric(name, MetricUnit.Count, count);
      // A line has at most 100 values of a metric. Powertools writes a full line at once, and begins another one.
      for (const { name, unit, value } of measurements) writer.addMetric(name, unit, value);
      if (writer.hasStoredMetrics()) writer.publishStoredMetrics();
    }
    this.discard();
  }

  /** Forgets what was collected since the last call of {@link write}. */
  public discard(): void {
    for (const { counts, measurements } of this.sets.values()) {
      counts.clear();
      measurements.length = 0;
    }
  }

  private valuesOf(dimensions: Dimensions = {}): Values {
    const key = JSON.stringify(dimensions);
    const values = this.sets.get(key) ?? { counts: new Map(), measurements: [], writer: this.writerFor(dimensions) };
    this.sets.set(key, values);
    return values;
  }

  private writerFor(dimensions: Dimensions): Metrics {
    const writer = new Metrics({ namespace: METRIC_NAMESPACE });
    // Powertools has one for the name of a service.
    writer.clearDefaultDimensions();
    return writer.setDefaultDimensions({ [DIMENSION.TASK_MANAGER]: this.eventSource, ...dimensions });
  }
}
