/** A part of a regular expression: a character (or a character class), a sequence, alternatives, or a repetition. */
type Part =
  | { readonly character: string }
  | { readonly sequence: Part[] }
  | { readonly either: Part[] }
  | { readonly repeated: Part; readonly min: number; readonly max: number };

/** Maximum number of copies of a part for `{n,m}`. A higher number counts as infinite. */
const MAX_COPIES = 20;
/** A pattern that exceeds these limits is accepted: the function limits the time of each check anyway. */
const MAX_PLACES = 2000;
const MAX_STEPS = 200_000;

/**
 * Returns whether a valid regular expression in Unicode mode has a repeated part that can match a string in two ways, such as `(a+)+`,
 * `(a|a)*` and `(\w+\s?)*`, but not `(-\w+)*`. For a string of n characters that does not match, Node.js then tries up to 2ⁿ ways.
 *
 * The pattern becomes an automaton that has a place for each character of the pattern. It is exponential if two different paths lead from
 * a place back to it and read the same string (A. Weber and H. Seidl, On the degree of ambiguity of finite automata, 1991). Assertions and
 * backreferences count as always matching.
 */
export function isExponential(pattern: string): boolean {
  return new Parser(pattern).parse().some((part) => {
    try {
      return new Automaton(part).isExponential();
    } catch (error) {
      if (error instanceof TooLarge) return false;
      throw error;
    }
  });
}

const EMPTY: Part = { sequence: [] };
/** Anchors, word boundaries and backreferences, which count as matching the empty string. */
const WITHOUT_CHARACTER = /[$^]|\\(?:[bB]|[1-9]\d*|k<[^>]*>)/uy;
const CHARACTER = /\[(?:\\.|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|x..|c.|.)|[^\\]/suy;
const GROUP = /\((?<look>\?<?[=!])?(?:\?(?:<[^>]*>|[a-z-]*:))?/uy;
const REPETITION = /(?:(?<sign>[*+?])|\{(?<min>\d+)(?<comma>,)?(?<max>\d+)?\})\??/uy;

class Parser {
  private at = 0;
  /** The contents of lookaheads and lookbehinds, which are matched separately. */
  private readonly lookarounds: Part[] = [];

  constructor(private readonly pattern: string) {}

  /** Returns the expression and its lookarounds. */
  public parse(): Part[] {
    return [this.alternatives(), ...this.lookarounds];
  }

  private alternatives(): Part {
    const either = [this.sequence()];
    while (this.read(/\|/uy)) either.push(this.sequence());
    return { either };
  }

  private sequence(): Part {
    const sequence: Part[] = [];
    while (this.at < this.pattern.length && !'|)'.includes(this.pattern[this.at])) sequence.push(this.repetition(this.single()));
    return { sequence };
  }

  private single(): Part {
    if (this.read(WITHOUT_CHARACTER)) return EMPTY;
    const group = this.read(GROUP);
    if (!group) return { character: this.read(CHARACTER)![0] };
    const inside = this.alternatives();
    this.at++; // the closing parenthesis
    if (!group.groups!.look) return inside;
    this.lookarounds.push(inside);
    return EMPTY;
  }

  private repetition(repeated: Part): Part {
    const { sign, min, max, comma } = this.read(REPETITION)?.groups ?? {};
    if (sign) return { repeated, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity };
    return min === undefined ? repeated : { repeated, min: Number(min), max: Number(max ?? (comma ? Infinity : min)) };
  }

  private read(token: RegExp): RegExpExecArray | null {
    token.lastIndex = this.at;
    const found = token.exec(this.pattern);
    if (found) this.at = token.lastIndex;
    return found;
  }
}

class TooLarge extends Error {}

/** The places that can come first and last in a part. A place that can be reached in two ways is there twice. */
interface Ends {
  readonly first: number[];
  readonly last: number[];
  /** Number of ways in which the part matches the empty string. */
  readonly empty: number;
}

/** The Glushkov automaton of a part, which keeps different ways from one place to another apart. */
class Automaton {
  /** The character of each place. */
  private readonly characters: string[] = [];
  /** The places that can follow each. */
  private readonly next: number[][] = [];
  /** The character classes that overlap with each. */
  private readonly overlapping: Map<string, Set<string>>;
  private steps = 0;

  constructor(part: Part) {
    this.add(part);
    this.overlapping = overlapsOf([...new Set(this.characters)]);
  }

  public isExponential(): boolean {
    return this.next.some((next, place) => {
      return this.pairsOf(next, next, (i, k) => i < k).some(([one, other]) => this.canMeet(one, other, place));
    });
  }

  /** Returns whether two paths that read the same string lead from two places to a third one. */
  private canMeet(one: number, other: number, place: number): boolean {
    const seen = new Set<string>();
    const waiting = [[one, other]];
    for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
      const [a, b] = pair;
      if (a === place && b === place) return true;
      if (seen.has(`${a} ${b}`)) continue;
      seen.add(`${a} ${b}`);
      waiting.push(...this.pairsOf(this.next[a], this.next[b]));
    }
    return false;
  }

  /** Returns the pairs of places that can read the same character. */
  private pairsOf(ones: number[], others: number[], isWanted = (_i: number, _k: number) => true): number[][] {
    this.steps += ones.length * others.length;
    if (this.steps > MAX_STEPS) throw new TooLarge();
    return ones.flatMap((one, i) => others.filter((other, k) => isWanted(i, k) && this.overlap(one, other)).map((other) => [one, other]));
  }

  private add(part: Part): Ends {
    if ('character' in part) return this.addCharacter(part.character);
    if ('sequence' in part) {
      const ends = part.sequence.map((member) => this.add(member));
      return ends.reduce((one, other) => this.inSequence(one, other), { first: [], last: [], empty: 1 });
    }
    if ('either' in part) {
      const ends = part.either.map((member) => this.add(member));
      return {
        first: bag(ends.flatMap(({ first }) => first)),
        last: bag(ends.flatMap(({ last }) => last)),
        empty: Math.min(2, ends.reduce((sum, { empty }) => sum + empty, 0)),
      };
    }
    return this.addRepetition(part.repeated, part.min, part.max);
  }

  private addCharacter(character: string): Ends {
    const place = this.characters.push(character) - 1;
    if (place >= MAX_PLACES) throw new TooLarge();
    this.next.push([]);
    return { first: [place], last: [place], empty: 0 };
  }

  private addRepetition(part: Part, min: number, max: number): Ends {
    if (max === 0) return this.add(EMPTY);
    if (min > 0 && max > 1) {
      const copies = Math.min(min, MAX_COPIES);
      const rest = min === max ? 0 : max - min;
      return this.add({ sequence: [...Array<Part>(copies).fill(part), { repeated: part, min: 0, max: rest }] });
    }
    if (max > MAX_COPIES) {
      const ends = this.add(part);
      this.connect(ends, ends);
      return { ...ends, empty: 1 };
    }
    // a{0,3} is (a(a(a)?)?)?
    const ends = max > 1 ? this.add({ sequence: [part, { repeated: part, min: 0, max: max - 1 }] }) : this.add(part);
    // An optional part that matches the empty string counts as omitted:
    // https://tc39.es/ecma262/#sec-runtime-semantics-repeatmatcher-abstract-closure
    return min === 0 ? { ...ends, empty: 1 } : ends;
  }

  private inSequence(one: Ends, other: Ends): Ends {
    this.connect(one, other);
    return {
      first: bag([...one.first, ...Array<number[]>(one.empty).fill(other.first).flat()]),
      last: bag([...other.last, ...Array<number[]>(other.empty).fill(one.last).flat()]),
      empty: Math.min(2, one.empty * other.empty),
    };
  }

  private connect({ last }: Ends, { first }: Ends): void {
    for (const place of new Set(last)) {
      this.next[place] = bag([...this.next[place], ...last.filter((other) => other === place).flatMap(() => first)]);
    }
  }

  /** Returns whether both places match a common character. */
  private overlap(one: number, other: number): boolean {
    return this.overlapping.get(this.characters[one])!.has(this.characters[other]);
  }
}

/** Keeps each place at most twice: two ways are enough to be ambiguous. */
function bag(places: number[]): number[] {
  const once = new Set<number>();
  const twice = new Set<number>();
  for (const place of places) (once.has(place) ? twice : once).add(place);
  return [...once, ...twice];
}

/** Letters, digits, marks and white space of several scripts, to compare classes such as `\p{L}`. */
const SAMPLES = [
  ...Array.from({ length: 0x180 }, (_, code) => String.fromCodePoint(code)),
  ...'αΩяЖ中あ한اא٣५Ⅷ²€–“\u0301\u2028\u3000\ufeff😀𐐀',
];

function overlapsOf(characters: string[]): Map<string, Set<string>> {
  const samples = [...new Set([...SAMPLES, ...characters.flatMap(namedIn)])];
  const matched = new Map(characters.map((character) => {
    const matcher = new RegExp(`^${character}$`, 'u');
    return [character, new Set(samples.filter((sample) => matcher.test(sample)))];
  }));
  const overlap = (one: string, other: string) => other === one || [...matched.get(one)!].some((sample) => matched.get(other)!.has(sample));
  return new Map(characters.map((one) => [one, new Set(characters.filter((other) => overlap(one, other)))]));
}

/** Returns the characters in a class such as `[^à-ü]`, and their neighbours. */
function namedIn(set: string): string[] {
  const escaped = [...set.matchAll(/\\(?:u\{([^}]*)\}|u(....)|x(..))/gu)].map(([, ...codes]) => parseInt(codes.join(''), 16));
  const codes = [...[...set].map((character) => character.codePointAt(0)!), ...escaped];
  const withNeighbours = codes.flatMap((code) => [code - 1, code, code + 1]);
  return withNeighbours.filter((code) => code >= 0 && code <= 0x10ffff).map((code) => String.fromCodePoint(code));
}
