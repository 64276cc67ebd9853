import { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

/** Context of an expression: the item, and the names and values of the request. */
export interface Scope {
  readonly item: Item;
  readonly names: Record<string, string>;
  readonly values: Item;
}

type Operand = (scope: Scope) => AttributeValue | undefined;
export type Condition = (scope: Scope) => boolean;
export type Update = (scope: Scope) => Item;

const TOKEN = /\s*(#\w+|:\w+|\w+|<=|>=|<>|[=<>+(),])/y;

/** Evaluates the part of DynamoDB's expressions that the store uses. Throws on all others. */
class Parser {
  private readonly tokens: string[] = [];
  private position = 0;

  constructor(private readonly text: string) {
    TOKEN.lastIndex = 0;
    for (let match; (match = TOKEN.exec(text));) this.tokens.push(match[1]);
    if (this.tokens.join('') !== text.replaceAll(/\s/g, '')) throw new Error(`unknown token in ${text}`);
  }

  public condition(): Condition {
    const result = this.or();
    this.end();
    return result;
  }

  public update(): Update {
    const sets: { name: Operand & { attribute: (scope: Scope) => string }; value: Operand }[] = [];
    const removes: ((scope: Scope) => string)[] = [];
    while (this.position < this.tokens.length) {
      const clause = this.take();
      do {
        const name = this.path();
        if (clause === 'SET') {
          this.expect('=');
          sets.push({ name, value: this.sum() });
        } else if (clause === 'REMOVE') {
          removes.push(name.attribute);
        } else {
          throw new Error(`unknown clause ${clause} in ${this.text}`);
        }
      } while (this.skip(','));
    }
    return (scope) => {
      const item = { ...scope.item };
      // Operands are evaluated on the item before the update.
      for (const { name, value } of sets) item[name.attribute(scope)] = required(value(scope), this.text);
      for (const attribute of removes) delete item[attribute(scope)];
      return item;
    };
  }

  private or(): Condition {
    let left = this.and();
    while (this.skip('OR')) {
      const [a, b] = [left, this.and()];
      left = (scope) => a(scope) || b(scope);
    }
    return left;
  }

  private and(): Condition {
    let left = this.comparison();
    while (this.skip('AND')) {
      const [a, b] = [left, this.comparison()];
      left = (scope) => a(scope) && b(scope);
    }
    return left;
  }

  private comparison(): Condition {
    if (this.skip('(')) {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    if (this.tokens[this.position] === 'attribute_not_exists') {
      this.take();
      this.expect('(');
      const path = this.path();
      this.expect(')');
      return (scope) => path(scope) === undefined;
    }
    const left = this.operand();
    const operator = this.take();
    if (operator === 'IN') {
      this.expect('(');
      const candidates = [this.operand()];
      while (this.skip(',')) candidates.push(this.operand());
      this.expect(')');
      return (scope) => candidates.some((candidate) => compare(left(scope), candidate(scope)) === 0);
    }
    const holds = COMPARATORS[operator];
    if (!holds) throw new Error(`unknown operator ${operator} in ${this.text}`);
    const right = this.operand();
    return (scope) => {
      const order = compare(left(scope), right(scope));
      return order !== undefined && holds(order);
    };
  }

  private sum(): Operand {
    const left = this.operand();
    if (!this.skip('+')) return left;
    const right = this.operand();
    return (scope) => ({ N: String(number(left(scope)) + number(right(scope))) });
  }

  private operand(): Operand {
    if (this.tokens[this.position] === 'if_not_exists') {
      this.take();
      this.expect('(');
      const path = this.path();
      this.expect(',');
      const otherwise = this.operand();
      this.expect(')');
      return (scope) => path(scope) ?? otherwise(scope);
    }
    if (this.tokens[this.position]?.startsWith(':')) {
      const name = this.take();
      return ({ values }) => required(values[name], name);
    }
    return this.path();
  }

  private path(): Operand & { attribute: (scope: Scope) => string } {
    const token = this.take();
    const attribute = token.startsWith('#') ? ({ names }: Scope) => required(names[token], token) : () => token;
    return Object.assign(({ item, names, values }: Scope) => item[attribute({ item, names, values })], { attribute });
  }

  private take(): string {
    return required(this.tokens[this.position++], this.text);
  }

  private skip(token: string): boolean {
    const found = this.tokens[this.position] === token;
    if (found) this.position++;
    return found;
  }

  private expect(token: string): void {
    if (!this.skip(token)) throw new Error(`expected ${token} in ${this.text}`);
  }

  private end(): void {
    if (this.position < this.tokens.length) throw new Error(`unexpected end of ${this.text}`);
  }
}

const COMPARATORS: Record<string, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Returns undefined if the two values can't be compared. Then every comparison is false. */
function compare(a: AttributeValue | undefined, b: AttributeValue | undefined): number | undefined {
  if (a?.S !== undefined && b?.S !== undefined) return a.S < b.S ? -1 : Number(a.S > b.S);
  if (a?.N !== undefined && b?.N !== undefined) return Number(a.N) - Number(b.N);
  return undefined;
}

function number(value: AttributeValue | undefined): number {
  return Number(required(value?.N, 'a number'));
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`ValidationException: ${what} is not defined`);
  return value;
}

const conditions = new Map<string, Condition>();
const updates = new Map<string, Update>();

export function parseCondition(text: string): Condition {
  return cached(conditions, text, () => new Parser(text).condition());
}

export function parseUpdate(text: string): Update {
  return cached(updates, text, () => new Parser(text).update());
}

function cached<T>(cache: Map<string, T>, text: string, make: () => T): T {
  const known = cache.get(text) ?? make();
  cache.set(text, known);
  return known;
}
