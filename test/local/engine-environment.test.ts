import { engineEnvironment } from '../../local/engine/engine-environment';

const SETTINGS = { port: 4566, auth: false, maxWorkers: 4, alarmPeriodScale: 1, scratch: '/tmp/engine', identity: 'id' };
const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
});

test('functions get no variables of the user who starts the engine', () => {
  process.env.AWS_PROFILE = 'production';
  process.env.NODE_OPTIONS = '--inspect';
  delete process.env.VSCODE_INSPECTOR_OPTIONS;
  expect(Object.keys(engineEnvironment(SETTINGS))).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(AWS_PROFILE|NODE_OPTIONS)$/)]));
});

test('functions get the debugger of Visual Studio Code if the engine has it', () => {
  Object.assign(process.env, { NODE_OPTIONS: '--require bootloader.js', VSCODE_INSPECTOR_OPTIONS: '{}' });
  expect(engineEnvironment(SETTINGS)).toMatchObject({ NODE_OPTIONS: '--require bootloader.js', VSCODE_INSPECTOR_OPTIONS: '{}' });
});
