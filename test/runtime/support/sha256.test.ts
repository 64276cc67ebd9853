import { Sha256 } from '../../../src/runtime/support/sha256';

const text = (value: string) => new TextEncoder().encode(value);

async function digestOf(hash: Sha256, ...parts: string[]): Promise<string> {
  for (const part of parts) hash.update(text(part));
  return Buffer.from(await hash.digest()).toString('hex');
}

test('is SHA-256 (FIPS 180-4)', async () => {
  expect(await digestOf(new Sha256(), 'a', 'bc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('is HMAC-SHA-256 with a secret (RFC 4231)', async () => {
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  expect(await digestOf(new Sha256('Jefe'), 'what do ya want ', 'for nothing?')).toBe(expected);
  expect(await digestOf(new Sha256(text('Jefe')), 'what do ya want for nothing?')).toBe(expected);
});

test('begins again', async () => {
  const hash = new Sha256();
  hash.update(text('x'));
  hash.reset();
  expect(await digestOf(hash, 'abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
