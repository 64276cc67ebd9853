/** In which languages the packages show samples: in that of their users. They must have been built, by `npm run package-all`. */
import { readFileSync } from 'node:fs';
import { contentOfArchive, jar, packageFile, VERSION, wheel } from './archives';

const FOLDER = 'io/github/cdktaskmanager';
/** What jsii puts before a sample that it could not translate, and what would be in it. */
const UNTRANSLATED = /examples in \S+ are coming soon|without compilation|```ts|new TaskProcessor\(this, '/;

/** The code blocks of a page in Markdown, each with its language. */
function codeBlocks(markdown: string): { language: string; code: string }[] {
  return [...markdown.matchAll(/^```(\S*).*\n([^]*?)^```$/gm)].map(([, language, code]) => ({ language, code }));
}

/** The text of a page in HTML or of comments in Java, as a reader sees it. */
function text(source: string): string {
  return source.replace(/<[^>]+>/g, '').replace(/^ *\* ?/gm, '').replace(/&quot;/g, '"');
}

describe('the wheel', () => {
  test('has a README whose samples are in Python, each once', () => {
    const readme = contentOfArchive(wheel(), `cdk_task_manager-${VERSION}.dist-info/METADATA`).toString();
    const blocks = codeBlocks(readme);

    expect(readme).not.toMatch(UNTRANSLATED);
    expect(blocks[0]).toEqual({ language: 'python', code: expect.stringContaining('task_manager = TaskManager(self, "Tasks")') });
    expect(new Set(blocks.map(({ code }) => code)).size).toBe(blocks.length);
  });

  test('has docstrings whose samples are in Python', () => {
    const module = contentOfArchive(wheel(), 'cdk_task_manager/__init__.py').toString();
    const [, docstring] = /^class TaskManager\(.*?\n    \'\'\'(.*?)\'\'\'/ms.exec(module)!;

    expect(module).not.toMatch(UNTRANSLATED);
    expect(docstring).toMatch(/task_manager = TaskManager\(self, "Tasks",/);
  });

  test('says on PyPI what the README says about stability', () => {
    // What jsii calls experimental is Beta on PyPI.
    expect(contentOfArchive(wheel(), `cdk_task_manager-${VERSION}.dist-info/METADATA`).toString()).toContain('Classifier: Development Status :: 4 - Beta\n');
  });
});

describe('the jars', () => {
  test('have sources whose samples are in Java', () => {
    const source = text(contentOfArchive(jar('sources'), `${FOLDER}/TaskManager.java`).toString());
    expect(source).not.toMatch(UNTRANSLATED);
    expect(source).toContain('TaskManager taskManager = TaskManager.Builder.create(this, "Tasks")');
  });

  test.each(['TaskManager', 'package-summary'])('have Javadoc of %s whose samples are in Java', (page) => {
    const javadoc = text(contentOfArchive(jar('javadoc'), `${FOLDER}/${page}.html`).toString());
    expect(javadoc).not.toMatch(UNTRANSLATED);
    expect(javadoc).toMatch(/TaskManager taskManager = (new TaskManager\(|TaskManager\.Builder\.create\()this, "Tasks"/);
  });
});

test('the Go module has a README and comments whose samples are in Go', () => {
  const readme = readFileSync(packageFile('go', 'cdktaskmanager', 'README.md'), 'utf8');
  const comments = readFileSync(packageFile('go', 'cdktaskmanager', 'TaskManager.go'), 'utf8');

  expect(`${readme}${comments}`).not.toMatch(UNTRANSLATED);
  expect(codeBlocks(readme)[0].language).toBe('go');
  expect(comments).toMatch(/^\/\/ +taskManager := \S*NewTaskManager\(this, jsii\.String\("Tasks"\)/m);
});
