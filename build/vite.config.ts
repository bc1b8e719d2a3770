import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** The page, the same for Electron's `app://` and for the browser page of `serve`: hence only relative addresses. */
export default defineConfig({
  root: fileURLToPath(new URL('../renderer', import.meta.url)),
  base: './',
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('../out/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome130',
    sourcemap: true,
    // An inlined asset is a data: address, which the page's content security policy does not let in.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
  },
})
