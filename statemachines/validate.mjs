// Checks state machines twice, with our own loader and with asl-validator (a
// second opinion by other people), and writes them to a folder with their
// substitutions filled in, as they would be deployed.
//
//   node validate.mjs LIFEBOAT OUTDIR FILE.asl.json...
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const validate = createRequire(import.meta.url)("asl-validator");
const [lifeboat, outDir, ...files] = process.argv.slice(2);

// asl-validator 4.0.0 holds some valid things for errors. They are listed here,
// one by one, so that anything else still fails.
const knownFalse = [];

// ${SelectBackup} is a function's ARN at deployment; any ARN will do here.
const filled = (text) =>
  text.replace(/\$\{([A-Za-z0-9]+)\}/g, (_, name) => {
    const folder = name.replace(/[A-Z]/g, (c, i) => (i ? "-" : "") + c.toLowerCase());
    return `arn:aws:lambda:eu-west-1:123456789012:function:lifeboat-${folder}:1`;
  });

let failed = false;
mkdirSync(outDir, { recursive: true });
for (const file of files) {
  execFileSync(lifeboat, ["machine", "check", file], { stdio: ["ignore", "ignore", "inherit"] });

  const text = filled(readFileSync(file, "utf8"));
  // asl-validator changes what it is given: hand it a copy of its own.
  const { isValid, errors } = validate(JSON.parse(text));
  const real = errors.filter((e) => !knownFalse.some((known) => known(e)));
  if (!isValid && real.length > 0) {
    failed = true;
    for (const e of real) console.error(`${file}: asl-validator: ${e["Error code"] ?? e.code ?? ""} ${e.Message ?? e.message} ${e.path ?? ""}`);
    continue;
  }

  const out = path.join(outDir, path.basename(file));
  writeFileSync(out, text);
  console.log(`synth: ${file}: valid (own loader, asl-validator), ${Object.keys(JSON.parse(text).States).length} states, written to ${out}`);
}
process.exit(failed ? 1 : 0);
