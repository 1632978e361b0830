import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  build: { outDir: process.env.AURICLE_PAGE ?? "../../../artifacts/page", emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
