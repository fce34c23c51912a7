// Runs the CDK CLI and says what it leaves unsaid: what is left after a failure,
// and the next command.
//
//   node infra/cdk.mjs synth|deploy|destroy [-c key=value ...] [--require-approval never]
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { advice, clean, exitCode } from "./advice.mjs";

const [command, ...rest] = process.argv.slice(2);
// --stacks names other stacks to remove: those of the backups, which go on without lifeboat.
const named = rest.find((word) => word.startsWith("--stacks="))?.slice("--stacks=".length).split(/[ ,]+/).filter(Boolean);
const context = rest.filter((word) => !word.startsWith("--stacks="));
const stacks = {
  synth: ["--quiet", "--strict"],
  deploy: ["--all", "--strict", "--outputs-file", "build/outputs.json"],
  // The other stacks outlive lifeboat: evidence (see newKept in infra/stacks), and
  // backups, which production needs whether or not they are drilled.
  destroy: [...(named ?? ["Lifeboat"]), "--exclusively", "--force"],
}[command];
if (!stacks) {
  console.error(`node infra/cdk.mjs ${command}: there are synth, deploy and destroy`);
  process.exit(64);
}
const unknown = (named ?? []).filter((stack) => !["Lifeboat", "Backups", "Vault"].includes(stack));
if (unknown.length > 0) {
  console.error(`STACKS=${unknown.join(",")}: Lifeboat, Backups and Vault can be removed; what lifeboat keeps cannot`);
  process.exit(64);
}
const program = process.env.LIFEBOAT_CDK ?? "node_modules/.bin/cdk";
// --ci=false: in CI the CLI reports to stdout, and what it did would be missed here.
const cdk = spawn(program, [command, ...stacks, "--ci=false", "--no-notices", "--no-version-reporting", ...context], {
  stdio: ["inherit", "inherit", "pipe"],
  // The banner about Node's end of life is for whoever chose that Node.
  env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: process.versions.node.split(".")[0] },
});
let said = "";
let line = "";
cdk.stderr.on("data", (part) => {
  said = (said + part).slice(-1_000_000);
  const lines = (line + part).split("\n");
  line = lines.pop();
  for (const whole of lines) pass(whole);
  if (/[?:] $/.test(line)) { // a question, which waits for its answer on the same line
    process.stderr.write(line);
    line = "";
  }
});
cdk.on("error", (problem) => {
  console.error(`${program}: ${problem.message}: run npm ci, or make, which does`);
  process.exit(70);
});
cdk.on("close", (code) => {
  if (line) pass(line);
  if (code !== 0) {
    const text = advice(said, { command, context: named ? [...context, `stacks=${named.join(",")}`] : context, environment: environment() });
    if (text) console.error("\n" + text);
  }
  process.exit(exitCode(code, said));
});

function pass(whole) {
  const text = clean(whole);
  if (text !== null) process.stderr.write(text + "\n");
}

// environment is where the stacks go, as the last synthesis has it.
function environment() {
  try {
    const { artifacts } = JSON.parse(readFileSync("build/cdk.out/manifest.json", "utf8"));
    const stacks = {};
    for (const a of Object.values(artifacts).filter((a) => a.type === "aws:cloudformation:stack")) {
      const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(a.environment);
      stacks[a.properties.stackName ?? a.displayName] = { account, region };
    }
    const stack = artifacts.Lifeboat.properties.stackName ?? artifacts.Lifeboat.displayName;
    return { ...stacks[stack], stack, stacks };
  } catch {
    return {}; // nothing was synthesized
  }
}
