// Runs the CDK CLI, and where the account is not bootstrapped says the line
// that mends it.
//
//   node cdk.mjs deploy|destroy [-c key=value ...]
import { spawn } from "node:child_process";

const [command, ...context] = process.argv.slice(2);
const args = [command, "--no-notices", "--no-version-reporting", ...context, ...(command === "destroy" ? ["--force"] : ["--outputs-file", "build/outputs.json"])];

const cdk = spawn("node_modules/.bin/cdk", args, { stdio: ["inherit", "inherit", "pipe"] });
let said = "";
cdk.stderr.on("data", (part) => {
  process.stderr.write(part);
  said = (said + part).slice(-100_000);
});
cdk.on("close", (code) => {
  if (code !== 0) console.error(hint(said));
  process.exit(code ?? 70);
});

function hint(text) {
  const environment = /aws:\/\/\d{12}\/[a-z0-9-]+/.exec(text)?.[0] ?? "aws://<account>/<recovery region>";
  const account = /\d{12}/.exec(environment)?.[0] ?? "<account>";
  if (/bootstrap/i.test(text)) {
    return `
This account and region are not bootstrapped for the CDK. Once, as an administrator:

  npx cdk bootstrap ${environment} --trust ${account} \\
    --cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess

The policy is what CloudFormation may do on behalf of whoever deploys; docs/deploy.md lists what lifeboat needs of it.`;
  }
  if (/credential|Unable to resolve AWS account|sign in|SSO/i.test(text)) {
    return "\nNo AWS credentials: sign in first (aws sso login, or AWS_PROFILE), or use `make synth`, which needs no account.";
  }
  return "\nNothing is lost: CloudFormation rolls a failed change back, and evidence, history and their key are kept.";
}
