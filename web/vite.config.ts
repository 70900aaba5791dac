import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { defineConfig, type Plugin } from 'vite';

const here = import.meta.dirname;

async function bundleText(entry: string, define: Record<string, string> = {}): Promise<string> {
  const result = await bundle({
    entryPoints: [resolve(here, entry)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    define,
  });
  return result.outputFiles[0]?.text ?? '';
}

/**
 * `virtual:sandbox` is the URL of the sandbox frame: one HTML file that holds the frame's script and, as a string, the worker's.
 * An opaque origin can fetch nothing, so the frame must carry all of its code.
 */
function sandbox(): Plugin {
  const id = '\0virtual:sandbox';
  return {
    name: 'pellucid-sandbox',
    resolveId: (source) => (source === 'virtual:sandbox' ? id : null),
    async load(source) {
      if (source !== id) return null;
      for (const file of ['worker', 'frame', 'boot']) this.addWatchFile(resolve(here, `src/sandbox/${file}.ts`));
      const worker = await bundleText('src/sandbox/worker.ts');
      const frame = await bundleText('src/sandbox/frame.ts', { WORKER_SOURCE: JSON.stringify(worker) });
      const csp = [
        "default-src 'none'",
        "script-src 'unsafe-inline' 'wasm-unsafe-eval' blob: data:",
        'worker-src blob: data:',
        "connect-src 'none'",
      ].join('; ');
      const html = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${csp}"><title>Sandbox</title><script>${frame.replaceAll('</script', '<\\/script')}</script>`;
      const reference = this.emitFile({ type: 'asset', name: 'frame.html', source: html });
      return `export default import.meta.ROLLUP_FILE_URL_${reference}`;
    },
  };
}

/** A `.br` beside each file that gains by it, made once here at the highest quality rather than by a server in a hurry. */
function precompress(): Plugin {
  return {
    name: 'pellucid-precompress',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|html)$/.test(name)) continue;
        const path = resolve(dir ?? '', name);
        writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path)));
      }
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [sandbox(), precompress()],
  build: {
    outDir: '../src/pellucid/server/static',
    emptyOutDir: true,
    manifest: 'manifest.json',
    assetsDir: '',
    target: 'es2022',
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: [resolve(here, 'src/main.ts'), resolve(here, 'src/early.ts'), resolve(here, 'src/check.ts')],
    },
  },
});
