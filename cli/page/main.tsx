import { render } from 'preact';

render(<h1>Tasks</h1>, document.querySelector('main')!);
