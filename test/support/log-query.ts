/** A line as Lambda writes it. */
export interface LogLine {
  readonly '@timestamp': string;
  readonly '@log': string;
  readonly '@message': string;
}

type Row = Record<string, unknown>;

/**
 * Runs a query of CloudWatch Logs Insights, with the parts of the language that the saved queries use. Throws if the query has a field that
 * no line has: CloudWatch would only leave its column empty.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
export function runQuery(query: string, lines: readonly LogLine[]): Row[] {
  const commands = query.split('\n').filter((line) => !line.startsWith('#')).join(' ').split(' | ').map((command) => command.trim());
  const rows = lines.map((line): Row => ({ ...line, ...flat(JSON.parse(line['@message'])) }));
  const known = new Set(rows.flatMap((row) => Object.keys(row)));
  const missing = fieldsOf(commands).filter((field) => !known.has(field));
  if (missing.length > 0) throw new Error(`no line has ${missing.join(', ')}`);
  return commands.reduce(run, rows);
}

function run(rows: Row[], command: string): Row[] {
  const [, name, rest] = /^(\w+) (.*)$/.exec(command)!;
  if (name === 'filter') return rows.filter((row) => matches(row, rest));
  if (name === 'limit') return rows.slice(0, Number(rest));
  if (name === 'stats') return count(rows, rest);
  if (name === 'sort') {
    const [field, order] = rest.split(' ');
    return [...rows].sort((a, b) => (order === 'desc' ? -1 : 1) * compare(a[field], b[field]));
  }
  if (name === 'fields') return rows;
  throw new Error(`the command ${name} is not known`);
}

/** `and` binds stronger than `or`. */
function matches(row: Row, condition: string): boolean {
  return condition.split(' or ').some((all) => all.split(' and ').every((one) => holds(row, one)));
}

function holds(row: Row, condition: string): boolean {
  const [, present] = /^ispresent\((\S+)\)$/.exec(condition) ?? [];
  if (present) return row[present] !== undefined;
  const [, field, operator, operand] = /^(\S+) (=|like|in) (.*)$/.exec(condition)!;
  const value = JSON.parse(operand);
  if (operator === 'like') return String(row[field] ?? '').includes(value);
  return operator === 'in' ? value.includes(row[field]) : row[field] === value;
}

function count(rows: Row[], stats: string): Row[] {
  const [, alias, by] = /^count\(\*\) as (\w+) by (.*)$/.exec(stats)!;
  const groups = new Map<string, Row>();
  for (const row of rows) {
    const group = Object.fromEntries(by.split(', ').map((field) => [field, row[field]]));
    const key = JSON.stringify(group);
    groups.set(key, { ...group, [alias]: (groups.get(key)?.[alias] as number ?? 0) + 1 });
  }
  return [...groups.values()];
}

/** Returns the fields that a query reads from the lines. */
function fieldsOf(commands: string[]): string[] {
  const text = commands.join(' ').replace(/"[^"]*"/g, '');
  const aliases = [...text.matchAll(/ as (\w+)/g)].map(([, alias]) => alias);
  const words = text.match(/[@\w]+(\.\w+)+|@\w+|\b\w+\b/g)!;
  return words.filter((word) => !KEYWORDS.has(word) && !aliases.includes(word) && !/^\d+$/.test(word));
}

const KEYWORDS = new Set(['fields', 'filter', 'sort', 'limit', 'stats', 'count', 'as', 'by', 'asc', 'desc', 'and', 'or', 'in', 'like', 'ispresent']);

/** CloudWatch names the fields of objects with dots. */
function flat(value: Row, prefix = ''): Row {
  return Object.fromEntries(Object.entries(value).flatMap(([key, member]) => (
    typeof member === 'object' && member !== null ? Object.entries(flat(member as Row, `${prefix}${key}.`)) : [[`${prefix}${key}`, member]]
  )));
}

function compare(a: unknown, b: unknown): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
}
