/** Shown if the page can't get its settings. */
export function StartFailure({ error }: { readonly error: Error }) {
  return (
    <main class="page narrow">
      <h1>The console does not answer</h1>
      <p>
        The program that serves this page has probably ended, or was started again with another address. Start{' '}
        <code>task-manager console</code> in a terminal, and open the address that it prints.
      </p>
      <p class="quiet">{error.message}</p>
      <p><button type="button" class="button primary" onClick={() => location.reload()}>Try again</button></p>
    </main>
  );
}
