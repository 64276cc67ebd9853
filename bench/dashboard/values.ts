import { sampleOf, Series } from './sample-data';
import { DashboardMetric, metricsOf, Widget } from '../../test/support/dashboards';

/** A line of a graph, with its values. */
export interface Line extends DashboardMetric {
  readonly values: Series;
}

/** Returns the visible lines of a widget, with data: that of metrics, by default sample data, and what the expressions make of it. */
export function linesOf(widget: Widget, dataOf: (metric: DashboardMetric) => Series = sampleOf): Line[] {
  const metrics = metricsOf(widget);
  // For one number, CloudWatch takes the whole time as one period.
  const isTotal = widget.properties.setPeriodToTimeRange === true;
  const known = new Map<string, Series>();
  const valuesOf = (metric: DashboardMetric): Series => {
    if (metric.expression !== undefined) return evaluate(metric.expression, (id) => seriesWith(id));
    const values = dataOf(metric);
    return isTotal ? [sumOf(values)] : values;
  };
  const seriesWith = (id: string): Series => {
    const values = known.get(id) ?? valuesOf(metrics.find((metric) => metric.id === id)!);
    known.set(id, values);
    return values;
  };
  return metrics.filter(({ visible }) => visible !== false).map((metric) => ({ ...metric, values: valuesOf(metric) }));
}

/** Evaluates an expression for each period. What the dashboard uses of CloudWatch's syntax is also JavaScript. */
function evaluate(expression: string, seriesWith: (id: string) => Series): Series {
  const ids = [...new Set(expression.match(/\b[a-z]\w*/g))];
  const terms = ids.map(seriesWith);
  const run = new Function('SUM', ...ids, `return ${expression}`);
  // As many as each of them has: one, or one for each period.
  return terms[0].map((_, period) => run(sumOf, ...terms.map((values) => values[period])));
}

function sumOf(values: Series): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
