// Writes one JSON Schema for each type exported from shapes.ts into the file named on the command line.
import { readFileSync, writeFileSync } from 'node:fs';
import * as tsj from 'ts-json-schema-generator';

const settings = { path: 'shapes.ts', tsconfig: 'tsconfig.json', skipTypeCheck: true, additionalProperties: true, topRef: false };
const program = tsj.createProgram(settings);
const names = [...readFileSync('shapes.ts', 'utf8').matchAll(/^export type (\w+)/gm)].map((found) => found[1]);
const schemas = {};
for (const name of names) {
  const config = { ...settings, type: name };
  schemas[name] = new tsj.SchemaGenerator(program, tsj.createParser(program, config), tsj.createFormatter(config), config).createSchema(name);
}
writeFileSync(process.argv[2], JSON.stringify(schemas));
