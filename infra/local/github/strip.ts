// Prints the files that it is given, without their types, as a JSON array.
// It is a process of its own, since Node prints a warning once per process that this is experimental.
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

const sources = process.argv.slice(2).map((file) => stripTypeScriptTypes(readFileSync(file, 'utf8')));
process.stdout.write(JSON.stringify(sources));
