import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { Script } from 'node:vm';

// Loads the `index.js` beside it with what V8 made of it before. The first process to run it leaves that there.
const file = path.join(__dirname, 'index.js');
const cacheFile = `${file}.cache`;
const cachedData = existsSync(cacheFile) ? readFileSync(cacheFile) : undefined;
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`, { filename: file, cachedData });
script.runInThisContext().call(exports, exports, createRequire(file), module, file, __dirname);

const handler = module.exports.handler;
module.exports = {
  handler: async (event: unknown, context: unknown) => {
    const answer = await handler(event, context);
    // With what was compiled on the way.
    if (!cachedData) writeFileSync(cacheFile, script.createCachedData());
    return answer;
  },
};
