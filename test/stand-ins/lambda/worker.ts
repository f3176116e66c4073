// One environment of a Lambda function: loads the bundle, then handles one event after the other.

const bundle: { handler(event: unknown): unknown } = await import(process.argv[2] ?? '');

const wordsOf = (error: unknown) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: 'Error', errorMessage: String(error) };

process.on('message', async ({ event }: { event: unknown }) => {
  try {
    process.send?.({ result: await bundle.handler(event) });
  } catch (error) {
    process.send?.({ error: wordsOf(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ result: 'ready' });
