import { awscdk, Component, TextFile } from 'projen';

const MAX_LINE_LENGTH = 140;

/** Sets up the tools of maintainers: one code style, the editor, the debugger, and a check before each commit. */
export class DeveloperTools extends Component {
  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);

    // The oldest supported version, as in the build workflow.
    new TextFile(project, '.nvmrc', { lines: [project.minNodeVersion!, ''] });
    new TextFile(project, '.editorconfig', {
      lines: [
        'root = true',
        '',
        '[*]',
        'charset = utf-8',
        'end_of_line = lf',
        'indent_style = space',
        'indent_size = 2',
        'insert_final_newline = true',
        'trim_trailing_whitespace = true',
        `max_line_length = ${MAX_LINE_LENGTH}`,
        '',
        '[*.py]',
        'indent_size = 4',
        '',
        '[{*.go,go.mod}]',
        'indent_style = tab',
        '',
      ],
    });
    project.npmignore?.exclude('/.nvmrc', '/.editorconfig', '/.githooks/', '/ruff.toml');

    const maxLength = { code: MAX_LINE_LENGTH, ignoreUrls: true, ignoreRegExpLiterals: true };
    project.eslint?.addRules({
      '@stylistic/arrow-parens': ['error', 'always'],
      '@stylistic/max-len': ['error', maxLength],
    });
    project.eslint?.addOverride({
      files: ['src/**'],
      rules: { '@typescript-eslint/explicit-member-accessibility': ['error', { overrides: { constructors: 'no-public' } }] },
    });
    // Rows of tables, names and messages are easier to read on one line.
    project.eslint?.addOverride({
      files: ['bench/**', 'examples/**', 'test/**'],
      rules: { '@stylistic/max-len': ['error', { ...maxLength, ignoreStrings: true, ignoreTemplateLiterals: true }] },
    });

    project.addScripts({
      'format': 'projen eslint --fix && npm run lint:python -- --fix',
      'lint:python': 'node --import tsx projenrc/ruff.ts',
      'hooks': 'git config core.hooksPath .githooks',
    });

    const launch = project.vscode!.launchConfiguration;
    const jest = {
      type: 'node',
      request: 'launch',
      program: '${workspaceFolder}/node_modules/jest/bin/jest.js',
      skipFiles: ['<node_internals>/**', '**/node_modules/**'],
    };
    launch.addConfiguration({
      ...jest,
      name: 'Test: current file',
      args: ['--runInBand', '--testTimeout=3600000', '${relativeFile}'],
    });
    launch.addConfiguration({
      ...jest,
      name: 'Test: selected test name',
      args: ['--runInBand', '--testTimeout=3600000', '${relativeFile}', '--testNamePattern', '${selectedText}'],
    });
    launch.addConfiguration({
      type: 'node',
      request: 'launch',
      name: 'Synthesize the example',
      runtimeArgs: ['--import', 'tsx'],
      program: '${workspaceFolder}/examples/typescript/app.ts',
      skipFiles: ['<node_internals>/**'],
      env: { TSX_TSCONFIG_PATH: '${workspaceFolder}/tsconfig.dev.json' },
    });
  }
}
