/**
 * Compiles the sources of the CLI for jest: `import()` fails in its sandbox, so it becomes `require`; the page has JSX; and preact has ES
 * modules only. ts-jest has one configuration for all files.
 */
import ts from 'typescript';

const compilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
  esModuleInterop: true,
  jsx: ts.JsxEmit.ReactJSX,
  jsxImportSource: 'preact',
  sourceMap: true,
  inlineSources: true,
};

export default {
  process(source, fileName) {
    const { outputText, sourceMapText } = ts.transpileModule(source, { fileName, compilerOptions });
    return { code: outputText, map: sourceMapText };
  },
};
