import { isExponential } from '../../../src/private/validation/ambiguous-pattern';

describe('a pattern is exponential', () => {
  test.each([
    ['within a repetition is another one', '^(a+)+$'],
    ['within a repetition is an optional one', '^(a*)*$'],
    ['alternatives are the same', '^(a|a)*$'],
    ['alternatives begin alike', '^(a|ab|b)*$'],
    ['alternatives are powers of each other', '^(a|aa)+$'],
    ['sets overlap', '^(\\w|\\d)+$'],
    ['sets overlap in letters of other scripts', '^(\\p{L}|\\p{Lu})+$'],
    ['sets overlap in characters that are written as escapes', '^(\\u{1f600}|[😀-😅])+$'],
    ['what parts the repetitions may be missing', '^(\\w+\\s?)*$'],
    ['what parts the repetitions matches them, too', '^(.*,)*$'],
    ['an optional part can be left out in two ways', '^(x(a?|b?))*$'],
    ['a bounded repetition is within one', '^(?:a{2,3})+$'],
    ['both repetitions are bounded', '^([a-z]{1,20}){1,100}$'],
    ['the repetition is lazy', '^(a+?)+?$'],
    ['it is in a lookahead', '^(?=(a+)+b)a'],
    ['it is in a lookbehind', '(?<!(a+)+b)a'],
    ['it is in a group with a name', '^(?<name>a+)+$'],
    ['it is a well-known one of mail addresses', '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$'],
  ])('when %s: %s', (_, pattern) => {
    expect(isExponential(pattern)).toBe(true);
  });
});

describe('a pattern is not exponential', () => {
  test.each([
    ['words with hyphens', '^[a-z]+(-[a-z]+)*$'],
    ['numbers with points', '^(\\d{1,3}\\.){3}\\d{1,3}$'],
    ['groups of a fixed length', '^(\\d{4}[ -]?){4}$'],
    ['long groups of a fixed length, repeated', '^([a-z]{64})+$'],
    ['a text with escapes', '^"(?:[^"\\\\]|\\\\.)*"$'],
    ['alternatives of which each begins otherwise', '^(a|b|c)*abb$'],
    ['an optional part that is left out in one way', '^(xa?b?)*$'],
    ['an optional repetition within a repetition', '^(a(?:b(?:c)?)?)+$'],
    ['words and white space with a mark between them', '^(\\s*\\w+\\s*;)+$'],
    ['assertions', '^(?!-)[a-z-]{1,63}(?<!-)\\b\\B$'],
    ['backreferences', '^(?<q>["\']).*\\k<q>\\1$'],
    ['sets of characters outside the BMP', '^(?:\\ud83d\\ude00[😁-😅])+$'],
    ['a brace in a set, an escape by number, a control character', '^(?:[{}]\\x41\\cJ\\0)+$'],
    ['a polynomial, which the time limit is for', '^(ab)*(ab)*$'],
    ['nothing', ''],
    ['nothing, repeated', '^(?:)*(?:a{0})*$'],
    ['a semantic version', '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?$'],
    ['Base64', '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'],
  ])('that matches %s: %s', (_, pattern) => {
    expect(isExponential(pattern)).toBe(false);
  });

  test.each([
    ['more places than are looked at', '^(?:(?:[a-z]{20}){20}){20}$'],
    ['more pairs of places than are looked at', `^(?:${'a?'.repeat(300)}b)+$`],
  ])('as far as can be told, with %s', (_, pattern) => {
    expect(isExponential(pattern)).toBe(false);
  });
});
