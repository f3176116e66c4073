// Before the tests of `npm run test:aws`: what they need from PyPI.
import { installPython } from './python.ts';

export default function setup(): void {
  installPython((line) => console.log(line));
}
