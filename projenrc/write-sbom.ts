/**
 * Writes the bill of materials of a release in the CycloneDX format: the packages that the Lambda functions contain, and those that the CLI
 * contains. The manifests have no dependencies, so tools that read them find none.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BundledPackage, bundledPackages, CLI_METAFILES, LAMBDA_METAFILES } from './bundled-packages';

interface Manifest { readonly name: string; readonly version: string; readonly description: string; readonly license: string }

const main: Manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const cli: Manifest = { ...JSON.parse(readFileSync('cli/package.json', 'utf8')), version: main.version };
const { packages: locked } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

const ofMain = bundledPackages(LAMBDA_METAFILES);
const ofCli = bundledPackages(CLI_METAFILES);

mkdirSync('dist', { recursive: true });
writeFileSync('dist/sbom.cdx.json', `${JSON.stringify({
  $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: released(main, 'library') },
  components: [released(cli, 'application'), ...bundledPackages([...LAMBDA_METAFILES, ...CLI_METAFILES]).map(component)],
  dependencies: [{ ref: purl(main), dependsOn: ofMain.map(purl) }, { ref: purl(cli), dependsOn: ofCli.map(purl) }],
}, undefined, 2)}\n`);

function released(manifest: Manifest, type: 'application' | 'library'): object {
  const { name, version, description, license } = manifest;
  return { type, 'bom-ref': purl(manifest), name, version, description, 'licenses': licenses(license), 'purl': purl(manifest) };
}

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
    'properties': bundled.bundles.map((bundle) => ({ name: `${main.name}:bundle`, value: bundle })),
  };
}

function licenses(id: string): object[] {
  return [{ license: { id } }];
}

/** @see https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
function purl(one: { name: string; version: string }): string {
  return `pkg:npm/${one.name.replace('@', '%40')}@${one.version}`;
}
