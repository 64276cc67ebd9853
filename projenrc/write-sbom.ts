/**
 * Writes the bill of materials of the package in the CycloneDX format: the packages that its Lambda functions contain. The manifest has no
 * dependencies, so tools that read it find none.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BundledPackage, bundledPackages } from './bundled-packages';

const { name, version, description, license } = JSON.parse(readFileSync('package.json', 'utf8'));
const { packages: locked } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

const packages = bundledPackages();
const ref = purl({ name, version });
const main = { 'type': 'library', 'bom-ref': ref, name, version, description, 'licenses': licenses(license), 'purl': ref };

mkdirSync('dist', { recursive: true });
writeFileSync('dist/sbom.cdx.json', `${JSON.stringify({
  $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: main },
  components: packages.map(component),
  dependencies: [{ ref: main.purl, dependsOn: packages.map(purl) }],
}, undefined, 2)}\n`);

function component(bundled: BundledPackage): object {
  const hash = Buffer.from(locked[bundled.directory].integrity.replace('sha512-', ''), 'base64').toString('hex');
  return {
    'type': 'library',
    'bom-ref': purl(bundled),
    'name': bundled.name,
    'version': bundled.version,
    'licenses': licenses(bundled.license),
    'purl': purl(bundled),
    // The hash of the installed package. A bundle contains parts of it.
    'hashes': [{ alg: 'SHA-512', content: hash }],
    'properties': bundled.bundles.map((bundle) => ({ name: `${name}:bundle`, value: bundle })),
  };
}

function licenses(id: string): object[] {
  return [{ license: { id } }];
}

/** @see https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
function purl(one: { name: string; version: string }): string {
  return `pkg:npm/${one.name.replace('@', '%40')}@${one.version}`;
}
