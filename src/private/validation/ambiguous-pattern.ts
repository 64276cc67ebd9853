/** A part of a regular expression: a character (or a set of them), parts in a row, alternatives, a repetition. */
type Part =
  | { readonly character: string }
  | { readonly row: Part[] }
  | { readonly either: Part[] }
  | { readonly repeated: Part; readonly min: number; readonly max: number };

/** How often a part is written out at most for a `{n,m}`. From there on, it counts as without an end. */
const MAX_COPIES = 20;
/** A pattern that needs more is not judged: the time limit of the check holds for it, too. */
const MAX_PLACES = 2000;
const MAX_STEPS = 200_000;

/**
 * Tells whether a regular expression (Unicode mode, valid) has a repeated part that can match one text in two ways. To find that a text
 * of n characters does not match, Node.js then tries up to 2ⁿ ways. `(a+)+`, `(a|a)*` and `(\w+\s?)*` are such parts, `(-\w+)*` is none.
 *
 * The pattern becomes an automaton with a place for each character of it. It is exponential if two different paths, which read the same,
 * lead from a place back to it (A. Weber and H. Seidl, On the degree of ambiguity of finite automata, 1991). Assertions and
 * backreferences count as if they always matched.
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

const EMPTY: Part = { row: [] };
/** What matches no character by itself: an edge of the text or of a word, and a backreference. */
const WITHOUT_CHARACTER = /[$^]|\\(?:[bB]|[1-9]\d*|k<[^>]*>)/uy;
const CHARACTER = /\[(?:\\.|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|x..|c.|.)|[^\\]/suy;
const GROUP = /\((?<look>\?<?[=!])?(?:\?(?:<[^>]*>|[a-z-]*:))?/uy;
const REPETITION = /(?:(?<sign>[*+?])|\{(?<min>\d+)(?<comma>,)?(?<max>\d+)?\})\??/uy;

class Parser {
  private at = 0;
  /** The insides of lookaheads and lookbehinds, which are matched for themselves. */
  private readonly lookarounds: Part[] = [];

  constructor(private readonly pattern: string) {}

  /** Returns the expression and its lookarounds. */
  public parse(): Part[] {
    return [this.alternatives(), ...this.lookarounds];
  }

  private alternatives(): Part {
    const either = [this.row()];
    while (this.read(/\|/uy)) either.push(this.row());
    return { either };
  }

  private row(): Part {
    const row: Part[] = [];
    while (this.at < this.pattern.length && !'|)'.includes(this.pattern[this.at])) row.push(this.repetition(this.single()));
    return { row };
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

/** What can come first and last in a part. Who is there twice can be reached in two ways. */
interface Ends {
  readonly first: number[];
  readonly last: number[];
  /** In how many ways the part matches the empty text. */
  readonly empty: number;
}

/** The automaton of Glushkov, which keeps apart the ways from one place to another. */
class Automaton {
  /** The character of each place. */
  private readonly characters: string[] = [];
  /** The places that can follow each. */
  private readonly next: number[][] = [];
  /** The characters that have one in common with each. */
  private readonly overlapping: Map<string, Set<string>>;
  private steps = 0;

  constructor(part: Part) {
    this.add(part);
    this.overlapping = overlapsOf([...new Set(this.characters)]);
  }

  public isExponential(): boolean {
    return this.next.some((next, place) => this.pairsOf(next, next, (i, k) => i < k).some(([one, other]) => this.canMeet(one, other, place)));
  }

  /** Whether two paths that read the same lead from two places to a third one. */
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

  /** The pairs that read the same. */
  private pairsOf(ones: number[], others: number[], isWanted = (_i: number, _k: number) => true): number[][] {
    this.steps += ones.length * others.length;
    if (this.steps > MAX_STEPS) throw new TooLarge();
    return ones.flatMap((one, i) => others.filter((other, k) => isWanted(i, k) && this.overlap(one, other)).map((other) => [one, other]));
  }

  private add(part: Part): Ends {
    if ('character' in part) return this.addCharacter(part.character);
    if ('row' in part) return part.row.map((member) => this.add(member)).reduce((one, other) => this.inRow(one, other), { first: [], last: [], empty: 1 });
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
      return this.add({ row: [...Array<Part>(copies).fill(part), { repeated: part, min: 0, max: rest }] });
    }
    if (max > MAX_COPIES) {
      const ends = this.add(part);
      this.connect(ends, ends);
      return { ...ends, empty: 1 };
    }
    // a{0,3} is (a(a(a)?)?)?
    const ends = max > 1 ? this.add({ row: [part, { repeated: part, min: 0, max: max - 1 }] }) : this.add(part);
    // An optional part that matches nothing counts as left out: https://tc39.es/ecma262/#sec-runtime-semantics-repeatmatcher-abstract-closure
    return min === 0 ? { ...ends, empty: 1 } : ends;
  }

  private inRow(one: Ends, other: Ends): Ends {
    this.connect(one, other);
    return {
      first: bag([...one.first, ...Array<number[]>(one.empty).fill(other.first).flat()]),
      last: bag([...other.last, ...Array<number[]>(other.empty).fill(one.last).flat()]),
      empty: Math.min(2, one.empty * other.empty),
    };
  }

  private connect({ last }: Ends, { first }: Ends): void {
    for (const place of new Set(last)) this.next[place] = bag([...this.next[place], ...last.filter((other) => other === place).flatMap(() => first)]);
  }

  /** Whether there is a character that both places match. */
  private overlap(one: number, other: number): boolean {
    return this.overlapping.get(this.characters[one])!.has(this.characters[other]);
  }
}

/** Leaves each of the places in at most twice: more ways are no worse. */
function bag(places: number[]): number[] {
  const once = new Set<number>();
  const twice = new Set<number>();
  for (const place of places) (once.has(place) ? twice : once).add(place);
  return [...once, ...twice];
}

/** Letters, digits, marks and white space of several scripts, for the sake of sets such as `\p{L}`. */
const SAMPLES = [...Array.from({ length: 0x180 }, (_, code) => String.fromCodePoint(code)), ...'αΩяЖ中あ한اא٣५Ⅷ²€–“\u0301\u2028\u3000\ufeff😀𐐀'];

function overlapsOf(characters: string[]): Map<string, Set<string>> {
  const samples = [...new Set([...SAMPLES, ...characters.flatMap(namedIn)])];
  const matched = new Map(characters.map((character) => {
    const matcher = new RegExp(`^${character}$`, 'u');
    return [character, new Set(samples.filter((sample) => matcher.test(sample)))];
  }));
  return new Map(characters.map((one) => {
    return [one, new Set(characters.filter((other) => other === one || [...matched.get(one)!].some((sample) => matched.get(other)!.has(sample))))];
  }));
}

/** The characters that a set such as `[^à-ü]` names, and those beside them. */
function namedIn(set: string): string[] {
  const escaped = [...set.matchAll(/\\(?:u\{([^}]*)\}|u(....)|x(..))/gu)].map(([, ...codes]) => parseInt(codes.join(''), 16));
  const codes = [...[...set].map((character) => character.codePointAt(0)!), ...escaped];
  const withNeighbours = codes.flatMap((code) => [code - 1, code, code + 1]);
  return withNeighbours.filter((code) => code >= 0 && code <= 0x10ffff).map((code) => String.fromCodePoint(code));
}
