/** The packages show samples in the language of their users. Run `npm run package-all` first. */
import { readFileSync } from 'node:fs';
import { contentOfArchive, jar, packageFile, VERSION, wheel } from './archives';

const FOLDER = 'io/github/cdktaskmanager';
/** What jsii adds to a sample that it can't translate, and parts of such a sample. */
const UNTRANSLATED = /examples in \S+ are coming soon|without compilation|```ts|new TaskProcessor\(this, '/;

/** Returns the code blocks of a Markdown page, with their languages. */
function codeBlocks(markdown: string): { language: string; code: string }[] {
  return [...markdown.matchAll(/^```(\S*).*\n([^]*?)^```$/gm)].map(([, language, code]) => ({ language, code }));
}

/** Returns the text of an HTML page or of Java comments, as a reader sees it. */
function text(source: string): string {
  return source.replace(/<[^>]+>/g, '').replace(/^ *\* ?/gm, '').replace(/&quot;/g, '"');
}

describe('the wheel', () => {
  test('has a README with samples in Python, without duplicates', () => {
    const readme = contentOfArchive(wheel(), `cdk_task_manager-${VERSION}.dist-info/METADATA`).toString();
    const blocks = codeBlocks(readme);

    expect(readme).not.toMatch(UNTRANSLATED);
    expect(blocks[0]).toEqual({ language: 'python', code: expect.stringContaining('task_manager = TaskManager(self, "Tasks")') });
    expect(new Set(blocks.map(({ code }) => code)).size).toBe(blocks.length);
  });

  test('has docstrings with samples in Python', () => {
    const module = contentOfArchive(wheel(), 'cdk_task_manager/__init__.py').toString();
    const [, docstring] = /^class TaskManager\(.*?\n    \'\'\'(.*?)\'\'\'/ms.exec(module)!;

    expect(module).not.toMatch(UNTRANSLATED);
    expect(docstring).toMatch(/task_manager = TaskManager\(self, "Tasks",/);
  });

  test('has the classifier of its stability', () => {
    // jsii publishes experimental packages as Beta.
    expect(contentOfArchive(wheel(), `cdk_task_manager-${VERSION}.dist-info/METADATA`).toString()).toContain('Classifier: Development Status :: 4 - Beta\n');
  });
});

describe('the jars', () => {
  test('have sources with samples in Java', () => {
    const source = text(contentOfArchive(jar('sources'), `${FOLDER}/TaskManager.java`).toString());
    expect(source).not.toMatch(UNTRANSLATED);
    expect(source).toContain('TaskManager taskManager = TaskManager.Builder.create(this, "Tasks")');
  });

  test.each(['TaskManager', 'package-summary'])('have Javadoc of %s with samples in Java', (page) => {
    const javadoc = text(contentOfArchive(jar('javadoc'), `${FOLDER}/${page}.html`).toString());
    expect(javadoc).not.toMatch(UNTRANSLATED);
    expect(javadoc).toMatch(/TaskManager taskManager = (new TaskManager\(|TaskManager\.Builder\.create\()this, "Tasks"/);
  });
});

test('the Go module has a README and comments with samples in Go', () => {
  const readme = readFileSync(packageFile('go', 'cdktaskmanager', 'README.md'), 'utf8');
  const comments = readFileSync(packageFile('go', 'cdktaskmanager', 'TaskManager.go'), 'utf8');

  expect(`${readme}${comments}`).not.toMatch(UNTRANSLATED);
  expect(codeBlocks(readme)[0].language).toBe('go');
  expect(comments).toMatch(/^\/\/ +taskManager := \S*NewTaskManager\(this, jsii\.String\("Tasks"\)/m);
});
