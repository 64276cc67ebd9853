import { quietly } from '../../src/private/quietly';

describe('quietly', () => {
  const { JSII_DEPRECATED: before } = process.env;
  afterEach(() => {
    if (before === undefined) delete process.env.JSII_DEPRECATED;
    else process.env.JSII_DEPRECATED = before;
  });

  test.each([undefined, 'warn', 'fail', 'quiet'])('leaves JSII_DEPRECATED=%s as it was', (mode) => {
    if (mode === undefined) delete process.env.JSII_DEPRECATED;
    else process.env.JSII_DEPRECATED = mode;
    expect(quietly(() => process.env.JSII_DEPRECATED)).toBe('quiet');
    expect(process.env.JSII_DEPRECATED).toBe(mode);
    expect(() => quietly(() => { throw new Error('refused'); })).toThrow('refused');
    expect(process.env.JSII_DEPRECATED).toBe(mode);
  });
});
