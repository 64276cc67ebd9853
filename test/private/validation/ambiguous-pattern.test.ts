import { isExponential } from '../../../src/private/validation/ambiguous-pattern';

describe('a pattern is exponential', () => {
  test.each([
    ['a repetition contains another one', '^(a+)+$'],
    ['a repetition contains an optional one', '^(a*)*$'],
    ['alternatives are the same', '^(a|a)*$'],
    ['alternatives have the same prefix', '^(a|ab|b)*$'],
    ['one alternative is a repetition of another', '^(a|aa)+$'],
    ['character classes overlap', '^(\\w|\\d)+$'],
    ['character classes overlap in letters of other scripts', '^(\\p{L}|\\p{Lu})+$'],
    ['character classes overlap in escaped characters', '^(\\u{1f600}|[😀-😅])+$'],
    ['the separator of the repetitions is optional', '^(\\w+\\s?)*$'],
    ['the repetition matches its separator, too', '^(.*,)*$'],
    ['an optional part can be omitted in two ways', '^(x(a?|b?))*$'],
    ['a repetition contains a bounded one', '^(?:a{2,3})+$'],
    ['both repetitions are bounded', '^([a-z]{1,20}){1,100}$'],
    ['the repetition is lazy', '^(a+?)+?$'],
    ['it is in a lookahead', '^(?=(a+)+b)a'],
    ['it is in a lookbehind', '(?<!(a+)+b)a'],
    ['it is in a named group', '^(?<name>a+)+$'],
    ['it is a well-known pattern for email addresses', '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$'],
  ])('if %s: %s', (_, pattern) => {
    expect(isExponential(pattern)).toBe(true);
  });
});

describe('a pattern is not exponential', () => {
  test.each([
    ['words with hyphens', '^[a-z]+(-[a-z]+)*$'],
    ['numbers with points', '^(\\d{1,3}\\.){3}\\d{1,3}$'],
    ['groups of a fixed length', '^(\\d{4}[ -]?){4}$'],
    ['long groups of a fixed length, repeated', '^([a-z]{64})+$'],
    ['a string with escapes', '^"(?:[^"\\\\]|\\\\.)*"$'],
    ['alternatives with different prefixes', '^(a|b|c)*abb$'],
    ['an optional part that can be omitted in one way', '^(xa?b?)*$'],
    ['an optional repetition within a repetition', '^(a(?:b(?:c)?)?)+$'],
    ['words and white space with a separator', '^(\\s*\\w+\\s*;)+$'],
    ['assertions', '^(?!-)[a-z-]{1,63}(?<!-)\\b\\B$'],
    ['backreferences', '^(?<q>["\']).*\\k<q>\\1$'],
    ['character classes outside the BMP', '^(?:\\ud83d\\ude00[😁-😅])+$'],
    ['a brace in a character class, a numeric escape, a control character', '^(?:[{}]\\x41\\cJ\\0)+$'],
    ['a polynomial pattern, for which the time limit is enough', '^(ab)*(ab)*$'],
    ['the empty string', ''],
    ['the empty string, repeated', '^(?:)*(?:a{0})*$'],
    ['a semantic version', '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?$'],
    ['Base64', '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'],
  ])('that matches %s: %s', (_, pattern) => {
    expect(isExponential(pattern)).toBe(false);
  });

  test.each([
    ['more places than the limit', '^(?:(?:[a-z]{20}){20}){20}$'],
    ['more pairs of places than the limit', `^(?:${'a?'.repeat(300)}b)+$`],
  ])('if the analysis gives up on %s', (_, pattern) => {
    expect(isExponential(pattern)).toBe(false);
  });
});
