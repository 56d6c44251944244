#!/usr/bin/env node
// The `pingo` command. The code is TypeScript under src/; `npm run build` compiles it to dist/.
import "../dist/app/pingo.js";
