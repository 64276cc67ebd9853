/** Returns the anchors that GitHub creates for the headings of a Markdown page, and those that the page defines itself. */
export function anchorsOf(markdown: string): string[] {
  const text = markdown.replace(/^```.*?^```$/gms, '');
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1'));
  const slugs = headings.map((heading) => heading.toLowerCase().replace(/[^\p{Letter}\p{Number}\s_-]/gu, '').replace(/\s/g, '-'));
  return [...slugs, ...[...text.matchAll(/<a (?:name|id)="([^"]+)"/g)].map(([, name]) => name)];
}
