import { EVENT_SOURCE } from './builders';
import { Dimensions, InvocationMetrics } from '../../src/runtime/support/invocation-metrics';

/** A value of a metric, with the dimensions that the metric has besides the TaskManager. */
export interface RecordedValue extends Dimensions {
  readonly name: string;
  readonly value: number;
}

/** Keeps the metrics that are written, instead of writing them to the log. */
export class RecordedMetrics extends InvocationMetrics {
  public readonly written: RecordedValue[] = [];
  private readonly collected: RecordedValue[] = [];

  constructor() {
    super(EVENT_SOURCE);
  }

  public override count(name: string, dimensions?: Dimensions): void {
    this.collected.push({ name, value: 1, ...dimensions });
  }

  public override measure(name: string, _unit: string, value: number, dimensions?: Dimensions): void {
    this.collected.push({ name, value, ...dimensions });
  }

  public override write(): void {
    this.written.push(...this.collected.splice(0));
  }

  public override discard(): void {
    this.collected.length = 0;
  }
}
