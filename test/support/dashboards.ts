import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** A widget of a dashboard. */
export interface Widget {
  readonly type: 'metric' | 'text' | 'alarm';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
  readonly properties: any;
}

/** A line of a graph, or a number. */
export interface DashboardMetric {
  readonly id?: string;
  readonly label?: string;
  readonly color?: string;
  readonly visible?: boolean;
  /** Of a metric, not of an expression. */
  readonly namespace?: string;
  readonly name?: string;
  readonly dimensions: Record<string, string>;
  readonly stat?: string;
  readonly expression?: string;
}

/** Returns the body of the only dashboard of a stack. References are in braces: `{TasksTaskStatus}`. */
export function dashboardIn(stack: Stack): { readonly start: string; readonly widgets: Widget[] } {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  return JSON.parse(withReferences(Properties.DashboardBody));
}

/** Returns the metrics and expressions of a widget. */
export function metricsOf({ properties }: Widget): DashboardMetric[] {
  return (properties.metrics ?? []).map((parts: any[]) => {
    const [namespace, name, ...dimensions] = parts.filter((part) => typeof part === 'string');
    const pairs = dimensions.flatMap((dimension, i) => i % 2 === 0 ? [[dimension, dimensions[i + 1]]] : []);
    return { namespace, name, dimensions: Object.fromEntries(pairs), ...parts.find((part) => typeof part === 'object') };
  });
}

function withReferences(value: any): string {
  if (typeof value === 'string') return value;
  if (value.Ref) return `{${value.Ref}}`;
  return value['Fn::GetAtt'] ? `{${value['Fn::GetAtt'][0]}}` : value['Fn::Join'][1].map(withReferences).join('');
}
