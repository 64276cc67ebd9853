import { costCasesTable, costTable, idleTable } from '../../bench/cost-tables';
import { section } from '../../bench/documentation';
import { lifeCasesTable, lifeTable } from '../../bench/life-tables';
import { resourcesTable } from '../../bench/resources';

// When one fails: `npm run bench -- --only counts` writes them anew.
describe('docs/performance.md has the tables that follow from the code', () => {
  test.each(Object.entries({
    'life': lifeTable, 'life-cases': lifeCasesTable, 'cost': costTable, 'cost-cases': costCasesTable, 'idle': idleTable, 'resources': resourcesTable,
  }))('%s', async (name, table) => {
    expect(section(name)).toBe(await table());
  });
});
