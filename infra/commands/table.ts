// Tables for the terminal: columns as wide as their widest cell.

/** One line for each row; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(column < row.length - 1 ? (widths[column] ?? 0) : 0))
      .join('  ')
      .trimEnd(),
  );
}
