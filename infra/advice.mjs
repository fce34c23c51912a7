// What to do after the CDK CLI failed, from what it said. It claims only what
// the CLI reported: CloudFormation's states are explained at
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html

// clean is a line without what the tool chain says about itself; null where
// nothing is left of it.
export function clean(line) {
  // Of jsii, at its end, after all is written, without an end of the line.
  const said = line.replace(/Runtime process exited abnormally: waitid: no child processes/, "");
  const text = plain(said).trim();
  const noise = [
    /^\d+ feature flags are not configured\./, // infra/stacks/context.go has those that matter
    /^(.*: )?Subprocess exited with error \d+$/, // the app has said why
    /^Successfully synthesized to /, // make says it as well
    /^Supply a stack id \(.*\) to display its template\.$/,
  ].some((pattern) => pattern.test(text));
  return noise || (text === "" && said !== line) ? null : said;
}

// exitCode is the app's own where it refused: 64, as the CLI of lifeboat.
export function exitCode(code, said) {
  const app = /Subprocess exited with error (\d+)/.exec(plain(said));
  if (code !== 0 && app && ["64", "70"].includes(app[1])) return Number(app[1]);
  return code ?? 70;
}

// advice is what is left, and the exact next command; "" where the app has
// refused by itself, before anything was done.
export function advice(said, { command, context = [], environment = {} }) {
  const text = plain(said);
  if (/Subprocess exited with error/.test(text) || command === "synth") return "";
  const region = environment.region ?? "<region>";
  const again = makeLine(command, context);
  const before = whatChanged(text, region);
  const accounts = otherAccount(text);
  // Where CloudFormation has ended, that is what failed, and not what the CLI tried on its way.
  if (accounts && !/failed creation|failed to deploy|is in a failed state/.test(text)) return account(accounts, before, environment, again);
  if (/terminal \(TTY\) is not attached/.test(text)) {
    return `The CDK asks before it widens permissions, and there is no terminal to answer on; ${before}. Look at the changes
(make synth, then npx cdk diff -a build/cdk.out), and where they are meant, as in a pipeline whose changes were reviewed:

  ${again.replace(/ APPROVE=\S+/, "")} APPROVE=never`;
  }
  if (/Has the environment been bootstrapped\?|requires bootstrap stack version|is not bootstrapped/.test(text)) return bootstrap(named(text) ?? environment, before, again);
  if (/Unable to resolve AWS account|Unable to locate credentials|Could not load credentials|Need to perform AWS calls for account \S+, but no credentials|security token included in the request is (invalid|expired)|ExpiredToken|SSO session/i.test(text)) {
    return `No AWS credentials, or expired ones; ${whatChanged(text, region, true)}. Sign in (aws sso login, or set AWS_PROFILE), then:\n\n  ${again}`;
  }
  const ended = [...text.matchAll(/[Ss]tack (?:named )?(lifeboat-\S+) (?:that had previously )?(?:failed creation|failed to deploy|is in a failed state)\b[^\n]*?\b([A-Z_]+_(?:COMPLETE|FAILED))\b/g)].pop();
  if (!ended) {
    const stack = environment.stack ?? "lifeboat-<deployment>";
    return `It ended before CloudFormation said what became of the stack. This says it:

  aws cloudformation describe-stacks --region ${region} --stack-name ${stack} --query 'Stacks[0].[StackStatus,StackStatusReason]'`;
  }
  const [, stack, state] = ended;
  const there = environment.stacks?.[stack]?.region ?? region; // backups lie where the databases are
  const cloudformation = (verb) => `aws cloudformation ${verb} --region ${there} --stack-name ${stack}`;
  switch (state) {
    case "ROLLBACK_COMPLETE":
      return `${taken(text)}${stack} could not be created, and CloudFormation rolled it back${left(text, stack)} The stack itself is left, empty: the next
deployment removes it first.${beside(stack)} Mend the first failure above, then repeat:

  ${again}`;
    case "ROLLBACK_FAILED":
      return `${taken(text)}${stack} could not be created, and not all of it could be removed${left(text, stack)} Mend what kept these, then remove the rest and repeat:

  ${cloudformation("delete-stack")}
  ${cloudformation("wait stack-delete-complete")}
  ${again}`;
    case "UPDATE_ROLLBACK_COMPLETE":
      return `The change of ${stack} failed, and CloudFormation rolled it back: what was deployed before is deployed again${left(text, stack)} Mend
the first failure above, then repeat:

  ${again}`;
    case "UPDATE_ROLLBACK_FAILED":
      return `The change of ${stack} failed, and so did its rollback: part of it is the old deployment, part the new one. Mend what kept the
rollback, go on with it, and repeat:

  ${cloudformation("continue-update-rollback")}
  ${cloudformation("wait stack-rollback-complete")}
  ${again}`;
    case "DELETE_FAILED":
      return `${stack} could not be removed entirely${left(text, stack)} Mend what kept these, then repeat:

  ${again}`;
  }
  return `${stack} is in state ${state}. Its events say why:

  ${cloudformation("describe-stack-events")}`;
}

// left names the resources that CloudFormation reported as not deleted.
function left(text, stack) {
  const found = new Map();
  for (const [, of, state, type, id] of text.matchAll(/^\s*(\S+)\s*\|[^\n]*?\b(DELETE_FAILED|DELETE_SKIPPED|DELETE_COMPLETE)\s*\|\s*(AWS::\S+)\s*\|\s*(\S+)/gm)) {
    if (of === stack && type !== "AWS::CloudFormation::Stack") found.set(id, { state, type });
  }
  const list = [...found].filter(([, r]) => r.state !== "DELETE_COMPLETE").map(([id, r]) => `  ${r.type} ${id}`);
  return list.length === 0 ? "; it named nothing that stayed." : "; these stayed:\n" + list.join("\n") + "\n";
}

// beside names the stack that was made before.
function beside(stack) {
  if (/-(kept|vault|backups)$/.test(stack)) return " A key that it had made is deleted by AWS after its waiting period.";
  return `\n${stack}-kept, with the evidence bucket, the history and their key, was made before it and stands: the next deployment uses it.`;
}

// named is the environment that the CLI named: a deployment with backups has two.
function named(text) {
  const found = /aws:\/\/([0-9]{12})\/([a-z0-9-]+)/.exec(text);
  return found ? { account: found[1], region: found[2] } : undefined;
}

function bootstrap({ account = "<account>", region = "<recovery region>" }, before, again) {
  const partition = region.startsWith("us-gov-") ? "aws-us-gov" : region.startsWith("cn-") ? "aws-cn" : "aws";
  return `This account and region are not bootstrapped for the CDK; ${before}. Once, as an administrator:

  npx cdk bootstrap aws://${account}/${region} --trust ${account} \\
    --cloudformation-execution-policies arn:${partition}:iam::aws:policy/AdministratorAccess

The policy is what CloudFormation may do on behalf of whoever deploys; docs/deploy.md lists what lifeboat needs of it. Then:

  ${again}`;
}

// whatChanged says what the CLI reported of stacks before it ended. A stack that
// CloudFormation works on goes on without the CLI.
function whatChanged(text, region, whereverItEnded = false) {
  const ended = [...text.matchAll(/✅\s+(?:\S+ \()?(lifeboat-[a-z0-9-]+)\)?( \(no changes\))?/g)];
  const done = new Set(ended.filter(([, , same]) => !same).map(([, stack]) => stack));
  const begun = new Set([
    ...text.matchAll(/^\s*(lifeboat-[a-z0-9-]+)\s*\|[^\n]*_(?:IN_PROGRESS|COMPLETE|FAILED)\b/gm),
    ...text.matchAll(/^\s*(?:\S+ \()?(lifeboat-[a-z0-9-]+)\)?: (?:creating CloudFormation changeset|destroying)/gm),
  ].map(([, stack]) => stack));
  for (const [, stack] of ended) begun.delete(stack);
  // The CLI names a stack by its id in the app where it begins with it. What it
  // checks first (roles, bootstrap) changes nothing.
  const unnamed = whereverItEnded && begun.size + done.size === 0 && /: (?:deploying|destroying)\.\.\. \[\d+\/\d+\]/.test(text);
  const parts = [];
  if (done.size > 0) parts.push(`${[...done].join(" and ")} was done before`);
  if (begun.size > 0) {
    parts.push(`CloudFormation had begun with ${[...begun].join(" and ")} and goes on by itself (aws cloudformation describe-stacks
--region ${region} --stack-name ${[...begun][0]} says how far it is)`);
  }
  if (unnamed) parts.push("it had begun with a stack, and may have changed it");
  return parts.length === 0 ? "nothing was changed" : parts.join("; ");
}

// otherAccount finds credentials of another account than the stacks'.
function otherAccount(text) {
  const needed = /Need to perform AWS calls for account (\S+?),? but the current credentials are for (\d+)/.exec(text);
  if (needed) return { into: needed[1], of: needed[2] };
  const role = /Could not assume role in target account using current credentials(?: \(which are for account (\d+))?/.exec(text);
  return role ? { of: role[1] } : undefined;
}

function account({ into, of }, before, environment, again) {
  into ??= environment.account ?? "<account>";
  if (!of || of === into) {
    return `The credentials may not assume the roles cdk-hnb659fds-* of account ${into}, or it has none (npx cdk bootstrap
aws://${into}/${environment.region ?? "<region>"}); ${before}. docs/deploy.md, "Permissions to deploy", says who needs what. Then:

  ${again}`;
  }
  return `The credentials are of account ${of}, and the deployment goes into ${into}; ${before}. Sign in to ${into} (AWS_PROFILE), or
where ${of} is meant, say ACCOUNT=${of} or write it as accounts.recovery in the plan; a bootstrap of ${into} with --trust ${of}
lets these credentials deploy there. Then:

  ${again}`;
}

// taken says why the name of a role may exist where no stack of this region has
// it: roles belong to the account.
function taken(text) {
  const role = /AWS::IAM::Role\b[^\n]*\b(lifeboat-[a-z0-9-]+)[^\n]* already exists/.exec(text);
  return role ? `A role ${role[1]} exists already: roles are the account's and not a region's, so a name can be deployed once per account.
Is it deployed in another region? Then choose another name (deployment). ` : "";
}

// makeLine is the command as it was given to make.
function makeLine(command, args) {
  const names = { stacks: "STACKS", plan: "PLAN", account: "ACCOUNT", perDatabase: "PER_DATABASE", authorities: "CA_BUNDLE" };
  const words = args.map((word) => /^(\w+)=(.*)$/s.exec(word)).filter((m) => m && names[m[1]] && m[2] !== "later").map(([, key, value]) => `${names[key]}=${quoted(value)}`);
  const approval = args.indexOf("--require-approval");
  if (approval >= 0) words.push(`APPROVE=${args[approval + 1]}`);
  return ["make", command, ...words].join(" ");
}

// quoted is a word as a shell and make read it back.
function quoted(word) {
  const whole = word.replaceAll("$", "$$$$");
  return /^[\w@%+=:,./~-]*$/.test(whole) ? whole : `'${whole.replaceAll("'", "'\\''")}'`;
}

// plain is a text without colours.
function plain(text) {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}
